"""``kubectl ingress list``: every route as the controller has it."""

from __future__ import annotations

import io
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
    from kubectl_ingress.livechoice import Live
    from kubectl_ingress.ports.places import Places

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
    """List all routes, and which of them never answer.

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
    live: tuple[Live, ...] = ()
    if filename:
        tables, snapshot, places = _of_files(environment, filename, recursive, namespace, meant)
    else:
        places = None
        live, snapshot, own = _of_cluster(environment, connection, meant)
        tables = tuple(one.table for one in live)
        namespace = "" if all_namespaces else own
    from kubectl_ingress.core.listing import Wanted, listing

    asked = bool(controller or ingress_class)
    wanted = Wanted(namespace, host.lower(), backend, labels, selector, conflicts, dead, asked)
    found = listing(tables, snapshot, wanted)
    if not tables:
        found = replace(found, findings=(_nobody(), *found.findings))
    shut = dict.fromkeys(why for one in live if one.running for why in one.running.shut)
    found = replace(found, findings=(*shut, *found.findings))
    _print(environment, _addressed(found, connection, places), _days(snapshot), output)
    return ExitStatus.OK


def _of_files(
    environment: Environment, files: Sequence[str], recursive: bool, namespace: str, meant: Meant
) -> tuple[tuple[RouteTable, ...], Snapshot, Places]:
    from kubectl_ingress.ports.places import Places, rereadable
    from kubectl_ingress.ports.sources import typed_paths
    from kubectl_ingress.routing import all_tables, snapshot_of_files

    # Nobody has to type an end where stdin holds none of the manifests.
    again = rereadable(environment.stdin) if "-" in typed_paths(files) else io.StringIO
    snapshot = snapshot_of_files(files, again(), namespace or "default", recursive=recursive)
    return all_tables(snapshot, meant), snapshot, Places(again)


def _of_cluster(
    environment: Environment, connection: ClusterOptions, meant: Meant
) -> tuple[tuple[Live, ...], Snapshot, str]:
    from kubectl_ingress.livetable import read_for_routing

    cluster = environment.cluster(connection)
    snapshot = read_for_routing(cluster, meant.controller)
    from kubectl_ingress.livechoice import live_tables

    found = live_tables(snapshot, meant.controller, meant.ingress_class, meant.told)
    return found, snapshot, cluster.namespace


def _nobody() -> Finding:
    from kubectl_ingress.core.objects import Finding

    message = "no ingress controller runs in this cluster, so no Ingress has any effect"
    return Finding("KI203", "error", message, fix="kubectl ingress install")


def _addressed(found: Listing, connection: ClusterOptions, places: Places | None) -> Listing:
    """With suggested commands that lead to the same cluster, or to the same place in the files."""
    from kubectl_ingress.core.objects import Origin
    from kubectl_ingress.core.reasons import edit_in_file

    def mended(finding: Finding) -> Finding:
        if places is not None:
            line = places.line_of(finding.origin, finding.field)
            if not line:
                return finding
            origin = Origin(finding.origin.source, line)
            return replace(finding, origin=origin, fix=edit_in_file(finding.fix, str(origin)))
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
        wide = output == "wide"
        routes.render_text(found, days, stdout, environment.stderr, colour=colour, wide=wide)


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
