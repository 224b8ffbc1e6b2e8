"""``kubectl ingress doctor``: everything in the cluster that an Ingress needs, looked over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.core.duration import parse_duration
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.options import with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.core.checkup import Checked, Checkup
    from kubectl_ingress.env import Environment

_OUTPUTS = ("text", "json", "junit")


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    ingress: Annotated[
        str, typer.Argument(metavar="INGRESS", help="Only what this one needs.")
    ] = "",
    all_namespaces: Annotated[
        bool, typer.Option("-A", "--all-namespaces", help="Ingresses of all namespaces.")
    ] = False,
    resolver: Annotated[
        list[str],
        typer.Option("--resolver", metavar="IP[:PORT]", help="Ask it for names too. Repeatable."),
    ] = [],  # noqa: B006  # typer copies it
    no_probe: Annotated[bool, typer.Option("--no-probe", help="Send no requests.")] = False,
    max_time: Annotated[
        str, typer.Option("--max-time", metavar="SECONDS", help="For one request.")
    ] = "5",
    wait: Annotated[
        str, typer.Option("--wait", metavar="TIME", help="Repeat until nothing is broken: 5m.")
    ] = "0",
    output: Annotated[str, typer.Option("-o", "--output", metavar="text|json|junit")] = "text",
) -> ExitStatus:
    """Find what is broken between an Ingress and its pods.

    Looks at controllers, classes, webhooks, load balancers, events, certificates
    and names, then sends a request for each path. One that fails is sent again to
    each hop, from the pod to the load balancer: the first that fails is where it
    breaks. It says what mends it and changes nothing. The exit status is 1 where
    something is broken.

    \b
    Examples:
      kubectl ingress doctor
      kubectl ingress doctor web -n shop
      kubectl ingress doctor -A --no-probe -o junit > doctor.xml
      kubectl ingress doctor web --wait 5m --resolver 1.1.1.1
    """
    environment: Environment = context.obj
    if output not in _OUTPUTS:
        raise UsageError(f"-o {output!r} is not known", f"one of: {', '.join(_OUTPUTS)}")
    if all_namespaces and (connection.namespace or ingress):
        raise UsageError("-A goes with neither -n nor an INGRESS", "leave one of them out")
    from kubectl_ingress.doctor.examination import Examined, until_healthy
    from kubectl_ingress.ports.names import parse_resolver

    for one in resolver:
        parse_resolver(one)
    seconds, patience = parse_duration(max_time, "--max-time"), parse_duration(wait, "--wait")
    if seconds <= 0:
        raise UsageError("--max-time must be more than 0", "example: --max-time 5")
    cluster = environment.cluster(connection)
    namespace = "" if all_namespaces else cluster.namespace
    asked = Examined(namespace, ingress, tuple(resolver), None if no_probe else seconds)
    checkup = _addressed(until_healthy(environment, cluster, asked, patience), connection)
    _print(checkup, environment, output)
    return ExitStatus.OK if checkup.healthy else ExitStatus.FAILED


def _addressed(checkup: Checkup, connection: ClusterOptions) -> Checkup:
    """With suggested commands that lead to the same cluster."""

    def mended(line: Checked) -> Checked:
        if line.finding is None:
            return line
        fix = addressed(line.finding.fix, connection)
        return replace(line, finding=replace(line.finding, fix=fix))

    return replace(
        checkup,
        sections=tuple(
            replace(section, lines=tuple(map(mended, section.lines)))
            for section in checkup.sections
        ),
    )


def _print(checkup: Checkup, environment: Environment, output: str) -> None:
    from kubectl_ingress.render import doctor as render

    stdout = environment.stdout
    if output == "json":
        render.render_json(checkup, stdout)
    elif output == "junit":
        render.render_junit(checkup, stdout)
    else:
        render.render_text(checkup, stdout, colour=environment.has_colour(stdout))
