"""``kubectl ingress test --spec``: route tests, judged against manifests or sent."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

import typer
from msgspec import Struct

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.controllers._profile import Meant
from kubectl_ingress.core.expectations import AnswerExpected, TextExpected
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.route_judging import JudgedSpec, Status, count
from kubectl_ingress.core.route_test import Expected, RouteTest
from kubectl_ingress.core.sending import Sending
from kubectl_ingress.core.verdict import Expectation
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.render.findings import show_finding
from kubectl_ingress.render.junit import render_junit
from kubectl_ingress.render.markdown import render_markdown
from kubectl_ingress.render.route_tests import render_text
from kubectl_ingress.render.route_tests_json import render_json
from kubectl_ingress.render.tap import render_tap
from kubectl_ingress.routing import snapshot_of_files
from kubectl_ingress.testing.placing import Vantage
from kubectl_ingress.testing.specs import OfflineTests, Spec, read_specs

_FORMS: dict[str, Callable[[Sequence[JudgedSpec], TextIO], None]] = {
    "json": render_json,
    "junit": render_junit,
    "tap": render_tap,
    "markdown": render_markdown,
}
LINES = "jsonl"
# What goes with route tests, of all that a single request may have: how they are
# sent, and not what. A test says that itself.
_SENDING = {
    *("http1", "http2", "http2_prior_knowledge", "ipv4", "ipv6", "resolve", "connect_to"),
    *("insecure", "cacert", "cert", "key", "connect_timeout", "max_time", "curl"),
}
_LIVE = {
    *("wait", "diff", "contexts"),
    *("sender", "image", "job_namespace", "parallelism"),
}
# What says which one request is sent, and what is expected of it.
_TARGET = {
    *("target", "request", "head", "header", "cookie", "credentials"),
    *("count", "expect_status", "expect_body"),
}
_IN_TEST = {*_TARGET, "data"}
_ALWAYS = {
    *("spec", "own", "save", "filename", "recursive", "output", "ingress_class", "controller"),
    "verbose",
}
_EXAMPLE = "kubectl ingress test --spec routes.yaml"
_FINDINGS_SHOWN = 10


class AskedSpecs(Struct, frozen=True):
    """What was typed. `own` is whether the tests are made of the routes that there are.

    `save` is a file for these, "" for none; `diff` has two addresses or Services,
    `contexts` what was typed after --contexts. `target` stands for a single request.
    `curl` is whether the command that sends the same is shown for each, `wait` the
    seconds for which tests that do not pass are sent again.
    """

    specs: tuple[str, ...]
    manifests: tuple[str, ...]
    recursive: bool
    connection: ClusterOptions
    ingress_class: str
    output: str
    sending: Sending
    own: bool = False
    save: str = ""
    diff: tuple[str, str] | None = None
    contexts: str = ""
    target: RouteTest | None = None
    wait: float = 0.0
    vantage: Vantage = Vantage()
    curl: bool = False
    controller: str = ""

    @property
    def is_told_at_once(self) -> bool:
        """Whether each test is a line as soon as it is judged, for good."""
        return self.output == LINES and not self.wait


def target_test(
    request: Request, name: str, expectation: Expectation, count: int | None
) -> RouteTest:
    """The one test that was typed, in the words of a file."""
    statuses = tuple(
        one if one.lower().endswith("xx") else int(one) for one in expectation.statuses
    )
    body = TextExpected(contains=(expectation.body,)) if expectation.body else None
    return RouteTest(
        name, request, Expected(statuses, answer=AnswerExpected(body)), count=count or 1
    )


def judge_specs(context: typer.Context, asked: AskedSpecs) -> ExitStatus:
    """Reads, judges and prints. Raises UsageError, InputError and ApiError."""
    _check(context, asked)
    environment: Environment = context.obj
    if not asked.manifests:
        from kubectl_ingress.commands._live_specs import send_specs

        return send_specs(environment, asked)
    namespace = asked.connection.namespace or "default"
    snapshot = snapshot_of_files(asked.manifests, environment.stdin, namespace, asked.recursive)
    specs = _specs(asked, snapshot, environment)
    offline = OfflineTests(snapshot, asked.ingress_class, asked.controller)
    offline.check(specs)
    judged = [offline.judge(spec) for spec in specs]
    show(judged, asked, environment)
    show_findings(offline.findings, environment)
    return status_of(judged)


def _specs(asked: AskedSpecs, snapshot: Snapshot, environment: Environment) -> list[Spec]:
    """The tests of the files, or those made of the manifests' own routes."""
    if not asked.own:
        return read_specs(asked.specs, environment.stdin, recursive=asked.recursive)
    from kubectl_ingress.commands._own_specs import own_tests
    from kubectl_ingress.testing.own_specs import own_specs_of_files

    meant = Meant(asked.controller, asked.ingress_class)
    found = own_specs_of_files(snapshot, meant, asked.connection.namespace or "")
    words = (word for name in asked.manifests for word in ("-f", name))
    again = shlex.join(["kubectl", "ingress", "list", *words])
    return own_tests(environment, found, asked.save, set(), again=again)


def show(judged: Sequence[JudgedSpec], asked: AskedSpecs, environment: Environment) -> None:
    """The results on stdout, in one of the forms."""
    if asked.output in _FORMS:
        _FORMS[asked.output](judged, environment.stdout)
    else:
        colour = environment.has_colour(environment.stdout)
        render_text(judged, environment.stdout, colour=colour, curl=asked.curl)


def show_findings(findings: Sequence[Finding], environment: Environment) -> None:
    """What could not be read, and the like, on stderr."""
    colour = environment.has_colour(environment.stderr)
    for finding in findings[:_FINDINGS_SHOWN]:
        show_finding(environment.stderr, finding, colour=colour)


def status_of(judged: Sequence[JudgedSpec]) -> ExitStatus:
    """1 when a test failed, else 2 when one could not be judged."""
    if count(judged, Status.FAILED):
        return ExitStatus.FAILED
    return ExitStatus.COULD_NOT_RUN if count(judged, Status.ERROR) else ExitStatus.OK


def _check(context: typer.Context, asked: AskedSpecs) -> None:
    if not (asked.specs or asked.own or asked.target):
        raise _nothing_to_test(asked)
    forms = ("text", *_FORMS) if asked.manifests else ("text", *_FORMS, LINES)
    if asked.output not in forms:
        raise UsageError(f"-o {asked.output!r} is not known", f"one of: {', '.join(forms)}")
    if asked.specs and asked.own:
        raise UsageError("--spec and --all do not go together", "one after the other")
    if asked.save and (not asked.own or asked.contexts):
        raise UsageError("--save writes the tests of --all of one cluster", "--all --save FILE")
    if "-" in asked.specs and "-" in asked.manifests:
        raise UsageError("stdin cannot be both the tests and the manifests", "name a file for one")
    if asked.controller and not asked.own and (asked.diff is not None or not asked.specs):
        step = "it says whose tests --all makes, and who is asked for those of --spec"
        raise UsageError("--controller goes with --spec and --all", step)
    if asked.contexts and asked.vantage.inside:
        raise UsageError("--contexts and --from cluster do not go together", "one after the other")
    if asked.contexts and asked.connection.context:
        raise UsageError("--context and --contexts do not go together", "leave one of them out")
    _check_company(context, asked)


def _check_company(context: typer.Context, asked: AskedSpecs) -> None:
    """That the flags go together."""
    what, known = "--spec", _SENDING | _LIVE | _ALWAYS
    if asked.own:
        what = "--all"
    elif not asked.specs:
        what, known = "--contexts" if asked.contexts else "--diff", known | _TARGET
    for name, flag in _typed(context):
        if name not in known:
            in_test = asked.specs and name in _IN_TEST
            step = "write it into the route test" if in_test else "leave it out"
            raise UsageError(f"{flag} does not go with {what}", step)
        if asked.manifests and name not in _ALWAYS:
            step = "leave -f out to send the tests"
            raise UsageError(f"{flag} does not go with -f: nothing is sent", step)


def _nothing_to_test(asked: AskedSpecs) -> UsageError:
    if asked.manifests:
        one = "or, for one request: kubectl ingress trace URL -f manifests/"
        step = f"{_EXAMPLE} -f manifests/\n{one}"
        return UsageError("test with -f needs route tests: --spec, or --all", step)
    if asked.diff is not None or asked.contexts:
        flag = "--diff OLD NEW" if asked.diff is not None else "--contexts all"
        step = f"kubectl ingress test --all {flag}\nor --spec FILE, or a URL"
        return UsageError(f"{flag.split()[0]} needs requests", step)
    return UsageError("test needs a PATH or a URL", "kubectl ingress test /PATH")


def _typed(context: typer.Context) -> Iterator[tuple[str, str]]:
    """The parameters on the command line, but for those that say which cluster; as typed."""
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        own = name.startswith("connection_")
        if source is not None and source.name == "COMMANDLINE" and not own:
            is_option = parameter.param_type_name == "option"
            yield name, max(parameter.opts, key=len) if is_option else "PATH|URL"
