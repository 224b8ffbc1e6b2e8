"""``kubectl ingress list``: every route as the controller has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from kubectl_ingress.commands._routing_flags import (
    ControllerFlag,
    ControllerName,
    Filename,
    IngressClass,
    Recursive,
    RouterFlavor,
    arguments_of,
)
from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.core.text import printable
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.options import with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.controllers._profile import Meant
    from kubectl_ingress.core.listing import Listing
    from kubectl_ingress.core.objects import Finding, Snapshot
    from kubectl_ingress.core.table import RouteTable
    from kubectl_ingress.env import Environment

_OUTPUTS = ("text", "wide", "json", "yaml", "csv", "name")


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    filename: Filename = None,
    recursive: Recursive = False,
    all_namespaces: Annotated[
        bool, typer.Option("-A", "--all-namespaces", help="Routes of all namespaces.")
    ] = False,
    host: Annotated[str, typer.Option("--host", metavar="HOST", help="Routes of this host.")] = "",
    backend: Annotated[
        str,
        typer.Option("--backend", metavar="SERVICE[:PORT]", help="Routes that lead to this one."),
    ] = "",
    selector: Annotated[
        str, typer.Option("-l", "--selector", metavar="LABELS", help="Labels of the Ingresses.")
    ] = "",
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Routes that others take something from.")
    ] = False,
    dead: Annotated[bool, typer.Option("--dead", help="Routes that never answer.")] = False,
    ingress_class: IngressClass = "",
    controller: ControllerName = "",
    flag: ControllerFlag = None,
    router_flavor: RouterFlavor = "",
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="text|wide|json|yaml|csv|name")
    ] = "text",
) -> ExitStatus:
    """List all routes as the controller has them, and which of them never answer.

    A path is shown as the controller compares it. With -f, files are looked at
    and no cluster, and all that is in them is listed.

    \b
    Examples:
      kubectl ingress list -A
      kubectl ingress list --host shop.example.com -o wide
      kubectl ingress list -f manifests/ --dead
    """
    from kubectl_ingress.controllers._profile import Meant, Told
    from kubectl_ingress.core.selectors import parse_selector

    environment: Environment = context.obj
    if output not in _OUTPUTS:
        raise UsageError(f"-o {output!r} is not known", f"one of: {', '.join(_OUTPUTS)}")
    if all_namespaces and connection.namespace:
        raise UsageError("-A and -n contradict each other", "leave one of them out")
    labels = parse_selector(selector) if selector else None
    told = Told(arguments_of(flag), router_flavor=router_flavor)
    meant = Meant(controller, ingress_class, told)
    namespace = connection.namespace or ""
    if filename:
        tables, snapshot = _of_files(environment, filename, recursive, namespace, meant)
    else:
        tables, snapshot, own = _of_cluster(environment, connection, meant)
        namespace = "" if all_namespaces else own
    from kubectl_ingress.core.listing import Wanted, listing

    wanted = Wanted(namespace, host.lower(), backend, labels, conflicts, dead)
    found = listing(tables, snapshot, wanted)
    if not tables:
        found = replace(found, findings=(_nobody(), *found.findings))
    _print(environment, _addressed(found, connection, filename), _days(snapshot), output)
    return ExitStatus.OK


def _of_files(
    environment: Environment, files: Sequence[str], recursive: bool, namespace: str, meant: Meant
) -> tuple[tuple[RouteTable, ...], Snapshot]:
    from kubectl_ingress.routing import all_tables, snapshot_of_files

    stdin = environment.stdin
    snapshot = snapshot_of_files(files, stdin, namespace or "default", recursive=recursive)
    return all_tables(snapshot, meant), snapshot


def _of_cluster(
    environment: Environment, connection: ClusterOptions, meant: Meant
) -> tuple[tuple[RouteTable, ...], Snapshot, str]:
    from kubectl_ingress.livetable import read_for_routing

    cluster = environment.cluster(connection)
    snapshot = read_for_routing(cluster, meant.controller)
    from kubectl_ingress.livechoice import live_tables

    found = live_tables(snapshot, meant.controller, meant.ingress_class, meant.told)
    return tuple(one.table for one in found), snapshot, cluster.namespace


def _nobody() -> Finding:
    from kubectl_ingress.core.objects import Finding

    message = "no ingress controller runs in this cluster, so no Ingress has any effect"
    return Finding("KI203", "error", message, fix="kubectl ingress install")


def _addressed(found: Listing, connection: ClusterOptions, files: Sequence[str] | None) -> Listing:
    """With suggested commands that lead to the same cluster, or to the same files."""
    from kubectl_ingress.core.reasons import edit_in_file

    def mended(finding: Finding) -> Finding:
        if files:
            line = finding.origin.line
            fix = edit_in_file(finding.fix, str(finding.origin)) if line else finding.fix
            return replace(finding, fix=fix)
        return replace(finding, fix=addressed(finding.fix, connection))

    return replace(
        found,
        refused=tuple(map(mended, found.refused)),
        ignored=tuple((key, mended(finding)) for key, finding in found.ignored),
        findings=tuple(map(mended, found.findings)),
    )


def _print(
    environment: Environment,
    found: Listing,
    days: Callable[[str], int | None],
    output: str,
) -> None:
    import json

    from kubectl_ingress.render import routes

    stdout = environment.stdout
    if output == "json":
        print(json.dumps(routes.as_data(found, days), indent=2), file=stdout)
    elif output == "yaml":
        from kubectl_ingress.ports.files import dump_yaml

        stdout.write(dump_yaml([routes.as_data(found, days)]))
    elif output == "csv":
        routes.render_csv(found, days, stdout)
    elif output == "name":
        for name in routes.names_of(found):
            print(printable(name), file=stdout)
    else:
        colour = environment.has_colour(stdout)
        routes.render_text(found, days, stdout, colour=colour, wide=output == "wide")


def _days(snapshot: Snapshot) -> Callable[[str], int | None]:
    """Days left of the certificate in a Secret, each looked at once."""
    from datetime import UTC, datetime
    from functools import cache

    from kubectl_ingress.core.certificate import days_left

    now = datetime.now(UTC)

    @cache
    def days(key: str) -> int | None:
        from kubectl_ingress.certificates import describe_pem

        namespace, _, name = key.partition("/")
        secret = snapshot.secret_by_key.get((namespace, name))
        found = describe_pem(secret.certificate) if secret else None
        return None if found is None else days_left(found, now)

    return days
