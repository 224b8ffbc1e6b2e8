"""``kubectl ingress test``: send a request, compare it with what should happen, say why not."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from kubectl_ingress.commands import _repeat_flags as repeat
from kubectl_ingress.commands import _vantage_flags as vantage
from kubectl_ingress.commands._again import TEST, TRACE, with_flags
from kubectl_ingress.commands._routing_flags import ControllerName, Filename, Recursive
from kubectl_ingress.commands._sending_flags import Typed, with_sending_flags
from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.core.duration import parse_duration
from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.options import with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.core.result import RouteResult
    from kubectl_ingress.core.verdict import Expectation


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
    request was predicted to reach a backend, did, and the status is below 400.
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
    from kubectl_ingress.core.target import parse_target

    _check_silent(connection, nothing_else=not (target or spec or own))
    expectation = _expectation(expect_status, expect_body)
    meant = vantage.Typed(via, sender, image, job_namespace, parallelism)
    if spec or own or diff or save or contexts or filename or controller or target is None:
        from kubectl_ingress.commands._route_specs import AskedSpecs, judge_specs, target_test

        one = None
        if target is not None:
            request = parse_target(target, "", typed.method, typed.headers())
            request = replace(request, user=typed.user_name)
            one = target_test(request, target, expectation, count)
        asked_specs = AskedSpecs(
            specs=tuple(spec or ()),
            manifests=tuple(filename or ()),
            recursive=recursive,
            connection=connection,
            ingress_class=ingress_class,
            output=output,
            sending=typed.sending(),
            own=own,
            save=save,
            diff=diff,
            contexts=contexts,
            target=one,
            wait=parse_duration(wait, "--wait"),
            vantage=meant.vantage(),
            curl=typed.curl,
            controller=controller,
        )
        meant.check_sender()
        return judge_specs(context, asked_specs)
    from kubectl_ingress.commands._onlooker import Onlooker
    from kubectl_ingress.render.route_json import render_json
    from kubectl_ingress.render.route_result import render_text
    from kubectl_ingress.testing.attempt import Asked
    from kubectl_ingress.testing.looking import until_it_passes

    environment: Environment = context.obj
    if output not in ("text", "json"):
        raise UsageError(f"-o {output!r} is not known", "one of: text, json")
    words = tuple(command or ())
    repetition = repeat.parse_repetition(
        repeat.Typed(count, concurrency, duration, rate, watch, until_fail, during, words)
    )
    if typed.location and not repetition.once:
        raise UsageError("-L follows a single request", "leave it out, or send just one")
    meant.check(repetition, typed.sending())
    asked = Asked(
        target=target,
        method=typed.method,
        headers=typed.headers(),
        body=typed.body(environment.stdin),
        sending=typed.sending(),
        repetition=repetition,
        wait=parse_duration(wait, "--wait"),
        ingress_class=ingress_class,
        expectation=expectation,
        again=shlex.join(["kubectl", "ingress", "test", target, *meant.words()]),
        vantage=meant.vantage(),
        user=typed.user_name,
    )
    # A wrong word shall not cost a round trip to the cluster.
    parse_target(asked.target, "checked-later.invalid", asked.method, asked.headers)
    onlooker = Onlooker(environment, repetition, as_json=output == "json")
    try:
        result = until_it_passes(environment, environment.cluster(connection), asked, onlooker)
    except KeyboardInterrupt:
        onlooker.interrupted()
        raise
    finally:
        onlooker.close()
    of_class = [["--class", ingress_class]] if ingress_class else []
    flags = {TEST: [*typed.again(), *of_class], TRACE: [*typed.traced(), *of_class]}
    result = _addressed(result, lambda fix: addressed(with_flags(fix, target, flags), connection))
    if output == "json":
        render_json(result, environment.stdout)
    else:
        render_text(
            result,
            environment.stdout,
            colour=environment.has_colour(environment.stdout),
            verbose=bool(environment.verbosity),
            curl=typed.curl,
        )
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
            f"-s is kubectl's --server here, and {server!r} was taken as one",
            "leave it out: there is nothing that curl's --silent would silence",
        )


def _expectation(expect_status: list[str], expect_body: str) -> Expectation:
    from kubectl_ingress.core.verdict import Expectation, is_status

    statuses = tuple(part for word in expect_status for part in word.split(","))
    for status in statuses:
        if not is_status(status):
            raise UsageError(f"--expect-status {status!r} is no status", "examples: 200, 2xx")
    return Expectation(statuses, expect_body)


def _addressed(result: RouteResult, mended: Callable[[str], str]) -> RouteResult:
    """The result with suggested commands that ask the same, of the cluster that was asked."""
    verdict = replace(result.verdict, fix=mended(result.verdict.fix))
    result = replace(result, verdict=verdict)
    decision = result.decision
    if decision is None:
        return result
    findings = tuple(replace(one, fix=mended(one.fix)) for one in decision.findings)
    return replace(result, decision=decision.with_findings(findings))
