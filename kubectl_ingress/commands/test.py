"""``kubectl ingress test``: send a request, compare it with what should happen, say why not."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from kubectl_ingress.commands._routing_flags import Filename, Recursive
from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.core.duration import parse_duration
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.options import with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.core.result import RouteResult


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    target: Annotated[
        str | None, typer.Argument(metavar="PATH|URL", help="/path, or http://host/path.")
    ] = None,
    request: Annotated[
        str | None, typer.Option("-X", "--request", metavar="METHOD", help="As curl's.")
    ] = None,
    header: Annotated[
        list[str], typer.Option("-H", "--header", metavar="'NAME: VALUE'", help="Repeatable.")
    ] = [],  # noqa: B006  # typer copies it
    data: Annotated[
        str | None, typer.Option("-d", "--data", help="Body; @FILE or @- reads it. Implies POST.")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("-k", "--insecure", help="Accept any certificate of the route.")
    ] = False,
    max_time: Annotated[
        str, typer.Option("--max-time", metavar="SECONDS", help="For one whole request.")
    ] = "30",
    count: Annotated[
        int, typer.Option("--count", min=1, help="Send it N times and show which pods answer.")
    ] = 1,
    wait: Annotated[
        str, typer.Option("--wait", metavar="TIME", help="Repeat until it passes: 30s, 5m.")
    ] = "0",
    ingress_class: Annotated[
        str, typer.Option("--class", metavar="NAME", help="Class whose controller is asked.")
    ] = "",
    expect_status: Annotated[
        list[str], typer.Option("--expect-status", metavar="200|2xx", help="Repeatable.")
    ] = [],  # noqa: B006
    expect_body: Annotated[
        str, typer.Option("--expect-body", metavar="TEXT", help="Text the body must hold.")
    ] = "",
    spec: Annotated[
        list[str] | None,
        typer.Option("--spec", metavar="FILE", help="Route tests, judged against -f. Repeatable."),
    ] = None,
    filename: Filename = None,
    recursive: Recursive = False,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="text|json|junit|tap|markdown",
            help="The last three with --spec.",
        ),
    ] = "text",
) -> ExitStatus:
    """Test a route: send a request and say why it fails.

    A path is asked of the load balancer under its own name, as curl would; a
    URL goes to the same load balancer under the URL's host. It passes when the
    request was predicted to reach a backend, did, and the status is below 400.
    With --spec and -f nothing is sent: what the manifests lead to is compared
    with what the tests expect.

    \b
    Examples:
      kubectl ingress test /echo-hostname
      kubectl ingress test http://jko.example.com/echo-hostname
      kubectl ingress test /echo-hostname --count 30
      kubectl ingress test /old --expect-status 404 -o json
      kubectl ingress test --spec routes.yaml -f manifests/
    """
    if spec or filename or target is None:
        from kubectl_ingress.commands._route_specs import AskedOffline, judge_specs

        namespace = connection.namespace or "default"
        specs, manifests = tuple(spec or ()), tuple(filename or ())
        offline = AskedOffline(specs, manifests, recursive, namespace, ingress_class, output)
        return judge_specs(context, offline)
    from kubectl_ingress.core.target import parse_target
    from kubectl_ingress.core.verdict import Expectation, is_status
    from kubectl_ingress.render import route_result
    from kubectl_ingress.routetest import Asked, until_it_passes

    environment: Environment = context.obj
    if output not in ("text", "json"):
        raise UsageError(f"-o {output!r} is not known", "one of: text, json")
    statuses = tuple(part for word in expect_status for part in word.split(","))
    for status in statuses:
        if not is_status(status):
            raise UsageError(f"--expect-status {status!r} is no status", "examples: 200, 2xx")
    asked = Asked(
        target=target,
        method=request or ("GET" if data is None else "POST"),
        headers=_headers(header, data is not None),
        body=None if data is None else _body(data, environment),
        insecure=insecure,
        max_time=_positive(max_time, "--max-time"),
        count=count,
        wait=parse_duration(wait, "--wait"),
        ingress_class=ingress_class,
        expectation=Expectation(statuses, expect_body),
        again=shlex.join(["kubectl", "ingress", "test", target]),
    )
    # A wrong word shall not cost a round trip to the cluster.
    parse_target(asked.target, "checked-later.invalid", asked.method, asked.headers)
    result = until_it_passes(environment, environment.cluster(connection), asked)
    result = _addressed(result, connection)
    if output == "json":
        route_result.render_json(result, environment.stdout)
    else:
        route_result.render_text(
            result,
            environment.stdout,
            colour=environment.has_colour(environment.stdout),
            verbose=bool(environment.verbosity),
        )
    return ExitStatus.OK if result.verdict.passed else ExitStatus.FAILED


def _addressed(result: RouteResult, connection: ClusterOptions) -> RouteResult:
    """The result with suggested commands that lead to the cluster that was asked."""
    fix = addressed(result.verdict.fix, connection)
    result = replace(result, verdict=replace(result.verdict, fix=fix))
    decision = result.decision
    if decision is None:
        return result
    findings = tuple(replace(f, fix=addressed(f.fix, connection)) for f in decision.findings)
    return replace(result, decision=decision.with_findings(findings))


def _headers(typed: list[str], has_body: bool) -> tuple[tuple[str, str], ...]:
    from kubectl_ingress.core.target import parse_header

    headers = [parse_header(word) for word in typed]
    if has_body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    return tuple(headers)


def _body(typed: str, environment: Environment) -> bytes:
    from kubectl_ingress.ports.body import read_body

    return read_body(typed, environment.stdin)


def _positive(typed: str, flag: str) -> float:
    value = parse_duration(typed, flag)
    if value <= 0:
        raise UsageError(f"{flag} must be more than 0", "example: --max-time 5")
    return value
