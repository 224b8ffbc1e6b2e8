"""``kubectl ingress address``: where the load balancer is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from kubectl_ingress.commands._routing_flags import ControllerName
from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.core.duration import parse_timeout
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, NotReady, UsageError
from kubectl_ingress.options import with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.entrypoint import Entry

POLL_SECONDS = 2.0


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    ingress: Annotated[
        str | None,
        typer.Argument(
            metavar="INGRESS", help="An Ingress's own address; default: the controller's."
        ),
    ] = None,
    wait: Annotated[
        str, typer.Option("--wait", metavar="TIME", help="Wait for it this long: 30s, 5m.")
    ] = "0",
    ingress_class: Annotated[
        str, typer.Option("--class", metavar="NAME", help="Class whose controller is meant.")
    ] = "",
    controller: ControllerName = "",
    output: Annotated[str, typer.Option("-o", "--output", metavar="text|json")] = "text",
) -> ExitStatus:
    """Print the load balancer's DNS name, or its IP.

    Where there is none by design, it is a node's address with the port there.

    \b
    Examples:
      kubectl ingress address
      kubectl ingress address --wait 5m
      curl -H 'Host: jko.example.com' "http://$(kubectl ingress address)/"
      kubectl ingress address ingress-example
    """
    from kubectl_ingress.entrypoint import address_of, entry
    from kubectl_ingress.ports.waiting import look_until

    environment: Environment = context.obj
    if output not in ("text", "json"):
        raise UsageError(f"-o {output!r} is not known", "one of: text, json")
    seconds = parse_timeout(wait, "--wait")
    cluster = environment.cluster(connection)

    def look() -> Entry | NotReady:
        try:
            if ingress:
                return address_of(cluster, ingress, ingress_class, controller)
            return entry(cluster, ingress_class, controller)
        except NotReady as error:
            return error

    found = look_until(look, _missing, environment, seconds, POLL_SECONDS)
    if isinstance(found, NotReady):
        raise found
    if output == "json":
        print(json.dumps(_as_json(*found), indent=2), file=environment.stdout)
    else:
        from kubectl_ingress.core.text import printable

        print(printable(_as_text(*found)), file=environment.stdout)
    return ExitStatus.OK


def _missing(found: Entry | NotReady) -> str:
    return found.sentence if isinstance(found, NotReady) else ""


def _as_text(address: str, port: int | None) -> str:
    """As it stands in a URL, where it has a port."""
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _as_json(address: str, port: int | None) -> dict[str, str | int | None]:
    from kubectl_ingress.core.hosts import is_ip

    return {
        "hostname": None if is_ip(address) else address,
        "ip": address if is_ip(address) else None,
        "port": port,
    }
