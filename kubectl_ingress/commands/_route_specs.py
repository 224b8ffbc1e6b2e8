"""``kubectl ingress test --spec``: route tests, judged against manifests or sent."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import typer

from kubectl_ingress.commands._asked_specs import (
    FORMS,
    LINES,
    AskedSpecs,
    show,
    show_findings,
    status_of,
)
from kubectl_ingress.controllers._profile import Meant
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.expectations import AnswerExpected, TextExpected
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.question import Expectation
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.route_test import Expected, RouteTest
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.routing import snapshot_of_files
from kubectl_ingress.testing.specs import OfflineTests, Spec, read_specs

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


def _check(context: typer.Context, asked: AskedSpecs) -> None:
    if not (asked.specs or asked.own or (asked.target and not asked.manifests)):
        raise _nothing_to_test(asked)
    forms = ("text", *FORMS) if asked.manifests else ("text", *FORMS, LINES)
    if asked.output not in forms:
        raise UsageError(f"-o {asked.output!r} is not known", f"one of: {', '.join(forms)}")
    if asked.specs and asked.own:
        raise UsageError("--spec and --all do not go together", "one after the other")
    if asked.save and (not asked.own or asked.contexts):
        raise UsageError("--save writes the tests of --all of one cluster", "--all --save FILE")
    if "-" in asked.specs and "-" in asked.manifests:
        raise UsageError("stdin cannot be both the tests and the manifests", "name a file for one")
    if asked.controller and asked.diff is not None and not asked.own:
        step = "OLD and NEW are asked, whoever serves them"
        raise UsageError("--controller goes with --diff only where --all makes the tests", step)
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
        files = [word for name in asked.manifests for word in ("-f", name)]
        url = asked.target.name if asked.target else "URL"
        one = f"or, for one request: {command('ingress', 'trace', url, *files)}"
        step = f"{_EXAMPLE} {shlex.join(files)}\n{one}"
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
