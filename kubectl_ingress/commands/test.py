"""``kubectl ingress test``: send a request, compare it with what should happen, say why not."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.commands import _repeat_flags as repeat
from kubectl_ingress.commands import _vantage_flags as vantage
from kubectl_ingress.commands._again import TEST, TRACE, with_flags
from kubectl_ingress.commands._routing_flags import ControllerName, Filename, Recursive
from kubectl_ingress.commands._sending_flags import Typed, with_sending_flags
from kubectl_ingress.connection import ClusterOptions, addressed, without_password
from kubectl_ingress.core.duration import parse_duration
from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.options import with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.core.question import Expectation
    from kubectl_ingress.core.result import RouteResult
    from kubectl_ingress.core.route_test import RouteTest
    from kubectl_ingress.testing.attempt import Asked


@with_cluster_flags
@with_sending_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    typed: Typed,
    target: Annotated[
        str | None, typer.Argument(metavar="PATH|URL", help="/path, or http://host/path.")
    ] = None,
    command: repeat.Command = None,
    count: repeat.Count = None,
    concurrency: repeat.Concurrency = None,
    duration: repeat.Duration = "",
    rate: repeat.Rate = "",
    watch: repeat.Watch = False,
    until_fail: repeat.UntilFail = False,
    during: repeat.During = False,
    wait: Annotated[
        str, typer.Option("--wait", metavar="TIME", help="Repeat until it passes: 30s, 5m.")
    ] = "0",
    ingress_class: Annotated[
        str, typer.Option("--class", metavar="NAME", help="Class whose controller is asked.")
    ] = "",
    controller: ControllerName = "",
    expect_status: Annotated[
        list[str], typer.Option("--expect-status", metavar="200|2xx", help="Repeatable.")
    ] = [],  # noqa: B006
    expect_body: Annotated[
        str, typer.Option("--expect-body", metavar="TEXT", help="Text the body must hold.")
    ] = "",
    spec: Annotated[
        list[str] | None,
        typer.Option("--spec", metavar="FILE", help="Route tests: sent, or judged against -f."),
    ] = None,
    own: Annotated[bool, typer.Option("--all", help="Test every route that there is.")] = False,
    save: Annotated[
        str,
        typer.Option("--save", metavar="FILE", help="Write the tests of --all to this new file."),
    ] = "",
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--diff",
            metavar="OLD NEW",
            help="Show where two addresses (or NAMESPACE/SERVICE) answer otherwise.",
        ),
    ] = None,
    via: vantage.ViaFlag = vantage.ViaWord.LB,
    sender: vantage.From = vantage.Sender.LOCAL,
    image: vantage.Image = "",
    job_namespace: vantage.JobNamespace = "",
    parallelism: vantage.Parallelism = 1,
    contexts: Annotated[
        str,
        typer.Option(
            "--contexts", metavar="A,B|all", help="The same in many clusters, side by side."
        ),
    ] = "",
    filename: Filename = None,
    recursive: Recursive = False,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="text|json|jsonl|junit|tap|markdown",
            help="junit, tap, markdown, jsonl: only with --spec or --all.",
        ),
    ] = "text",
) -> ExitStatus:
    """Test a route: send a request and say why it fails.

    A path is asked of the load balancer under its own name, as curl would; a
    URL goes to the same load balancer under the URL's host. It passes when the
    request was predicted to reach a backend, did, and the status is below 400;
    or when its route was predicted to answer so itself, as with a redirect, and
    did. What no route takes fails, whatever the controller answers by itself,
    as at its /healthz, unless --expect-status asks for that.
    With --spec a file says which requests are sent, and what is expected; with
    -f too nothing is sent, and what the manifests lead to is compared with that.

    \b
    Examples:
      kubectl ingress test /echo-hostname
      kubectl ingress test http://jko.example.com/echo-hostname
      kubectl ingress test /echo-hostname --count 30
      kubectl ingress test /echo-hostname --during -- make deploy
      kubectl ingress test /old --expect-status 404 -o json
      kubectl ingress test /echo-hostname --via controller
      kubectl ingress test /echo --from cluster --count 90 --parallelism 3
      kubectl ingress test --all --save routes.yaml
      kubectl ingress test --spec routes.yaml --contexts all
      kubectl ingress test --spec routes.yaml -f manifests/ --controller traefik
    """
    _check_silent(connection, nothing_else=not (target or spec or own))
    expectation = _expectation(expect_status, expect_body)
    meant = vantage.Typed(via, sender, image, job_namespace, parallelism)
    if spec or own or diff or save or contexts or filename or target is None:
        from kubectl_ingress.commands._asked_specs import AskedSpecs
        from kubectl_ingress.commands._route_specs import judge_specs

        asked_specs = AskedSpecs(
            specs=tuple(spec or ()),
            manifests=tuple(filename or ()),
            recursive=recursive,
            connection=connection,
            ingress_class=ingress_class,
            output=output,
            target=_one_test(target, typed, expectation, count),
            sending=typed.sending(),
            own=own,
            save=save,
            diff=diff,
            contexts=contexts,
            wait=parse_duration(wait, "--wait"),
            vantage=meant.vantage(),
            curl=typed.curl,
            controller=controller,
        )
        meant.check_sender()
        return judge_specs(context, asked_specs)
    words = tuple(command or ())
    repeated = repeat.Typed(count, concurrency, duration, rate, watch, until_fail, during, words)
    single = _Single(
        target, typed, repeated, meant, wait, ingress_class, controller, expectation, output
    )
    return _send_one(context.obj, connection, single)


def _one_test(
    target: str | None, typed: Typed, expectation: Expectation, count: int | None
) -> RouteTest | None:
    """The request that was typed as a route test, None where none was."""
    from kubectl_ingress.commands._route_specs import target_test
    from kubectl_ingress.core.target import parse_target

    if target is None:
        return None
    request = parse_target(target, "", typed.method, typed.headers())
    request = replace(request, user=typed.user_name)
    return target_test(request, target, expectation, count)


class _Single(Struct, frozen=True):
    """One request, sent once or again and again, as typed."""

    target: str
    typed: Typed
    repeated: repeat.Typed
    meant: vantage.Typed
    wait: str
    ingress_class: str
    controller: str
    expectation: Expectation
    output: str

    def asked(self, environment: Environment) -> Asked:
        """The same, as the rest of the program has it. Raises UsageError and InputError."""
        from kubectl_ingress.core.target import parse_target
        from kubectl_ingress.testing.attempt import Asked

        typed, repetition = self.typed, repeat.parse_repetition(self.repeated)
        if self.output not in ("text", "json"):
            raise UsageError(f"-o {self.output!r} is not known", "one of: text, json")
        if typed.location and not repetition.once:
            raise UsageError("-L follows a single request", "leave it out, or send just one")
        self.meant.check(repetition, typed.sending())
        asked = Asked(
            target=self.target,
            method=typed.method,
            headers=typed.headers(),
            body=typed.body(environment.stdin),
            sending=typed.sending(),
            repetition=repetition,
            wait=parse_duration(self.wait, "--wait"),
            ingress_class=self.ingress_class,
            expectation=self.expectation,
            again=shlex.join(["kubectl", "ingress", "test", self.target, *self.meant.words()]),
            vantage=self.meant.vantage(),
            user=typed.user_name,
            controller=self.controller,
        )
        # A wrong word shall not cost a round trip to the cluster.
        parse_target(asked.target, "checked-later.invalid", asked.method, asked.headers)
        return asked

    def addressed(self, result: RouteResult, connection: ClusterOptions) -> RouteResult:
        """The result with suggested commands that ask the same, of the cluster that was asked."""
        asked = (("--class", self.ingress_class), ("--controller", self.controller))
        whom = [[flag, value] for flag, value in asked if value]
        flags = {
            TEST: [*self.typed.again(), *whom],
            TRACE: [*self.typed.traced(), *whom],
        }

        def mended(fix: str) -> str:
            return addressed(with_flags(fix, self.target, flags), connection)

        verdict = replace(result.verdict, fix=mended(result.verdict.fix))
        result = replace(result, verdict=verdict)
        decision = result.decision
        if decision is None:
            return result
        findings = tuple(replace(one, fix=mended(one.fix)) for one in decision.findings)
        return replace(result, decision=decision.with_findings(findings))


def _send_one(environment: Environment, connection: ClusterOptions, single: _Single) -> ExitStatus:
    """Sends, judges and prints. Raises UsageError, InputError and ApiError."""
    from kubectl_ingress.commands._onlooker import Onlooker
    from kubectl_ingress.render.route_json import render_json
    from kubectl_ingress.render.route_result import render_text
    from kubectl_ingress.testing.looking import until_it_passes

    asked, as_json = single.asked(environment), single.output == "json"
    repetition = asked.repetition
    onlooker = Onlooker(environment, repetition, as_json=as_json)
    try:
        result = until_it_passes(environment, environment.cluster(connection), asked, onlooker)
    except KeyboardInterrupt:
        onlooker.interrupted()
        raise
    finally:
        onlooker.close()
    result = single.addressed(result, connection)
    if as_json:
        render_json(result, environment.stdout)
    else:
        render_text(
            result,
            environment.stdout,
            colour=environment.has_colour(environment.stdout),
            verbose=bool(environment.verbosity),
            curl=single.typed.curl,
        )
        if single.typed.curl and not result.curl:
            why = "no address was reached"
            if result.place is not None and result.place.through:
                why = f"the way through the {result.place.through} is closed again"
            print(f"No curl command sends the same: {why}.", file=environment.stderr)
    words = repetition.command
    if words and (result.run is None or result.run.command is None):
        started = f"Not run: {shlex.join(words)}. A request has to pass before it is started."
        print(printable(started), file=environment.stderr)
    if result.verdict.passed and result.run and result.run.interrupted and not repetition.endless:
        # Nothing failed so far, but this is not all that was asked for.
        raise KeyboardInterrupt
    return ExitStatus.OK if result.verdict.passed else ExitStatus.FAILED


def _check_silent(connection: ClusterOptions, *, nothing_else: bool) -> None:
    """Raise UsageError where curl's -s was meant, whose next word kubectl's takes as a server."""
    server = connection.server or ""
    is_one = any(c in server for c in ".:") and not server.startswith("/")
    if server and (nothing_else or not is_one):
        raise UsageError(
            f"-s is kubectl's --server here, and {without_password(server)!r} was taken as one",
            "leave it out: there is nothing that curl's --silent would silence",
        )


def _expectation(expect_status: list[str], expect_body: str) -> Expectation:
    from kubectl_ingress.core.question import Expectation, is_status

    statuses = tuple(part for word in expect_status for part in word.split(","))
    for status in statuses:
        if not is_status(status):
            raise UsageError(f"--expect-status {status!r} is no status", "examples: 200, 2xx")
    return Expectation(statuses, expect_body)
