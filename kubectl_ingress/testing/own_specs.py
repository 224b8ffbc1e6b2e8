"""Route tests made of the routes of a cluster or of files: ``kubectl ingress test --all``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from kubectl_ingress.controllers._discovery import Running
from kubectl_ingress.controllers._known import OUTSIDE
from kubectl_ingress.controllers._profile import Meant
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.own_tests import own_tests
from kubectl_ingress.core.route_test import parse_route_tests
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.livechoice import live_tables
from kubectl_ingress.ports.files import dump_yaml
from kubectl_ingress.ports.json_path import read_json_path
from kubectl_ingress.routing import all_tables
from kubectl_ingress.testing.specs import Spec


class OwnSpec(Struct, frozen=True):
    """The tests of one controller's routes, and the file that says the same.

    `spec` is None where no route can be tested; `left_out` says of which routes, and why.
    """

    spec: Spec | None
    text: str
    left_out: tuple[str, ...]


def own_specs(
    snapshot: Snapshot, controller: str = "", ingress_class: str = "", namespace: str = ""
) -> list[OwnSpec]:
    """Those of each controller of a cluster, in the order of workloads; also outside of it.

    Of one controller, of one class and of the routes of one namespace where they
    are given. Raises UsageError where nothing that runs serves the class.
    """
    return [
        _made(
            live.table,
            snapshot,
            namespace,
            live.running.workload.meta.key if live.running else live.table.controller,
            _settings(live.running) if live.running else {},
        )
        for live in live_tables(snapshot, controller, ingress_class)
    ]


def own_specs_of_files(snapshot: Snapshot, meant: Meant, namespace: str = "") -> list[OwnSpec]:
    """The same of each controller that the files may be for. Raises UsageError for none."""
    return [
        _made(table, snapshot, namespace, table.controller, {})
        for table in all_tables(snapshot, meant)
    ]


def _made(
    table: RouteTable,
    snapshot: Snapshot,
    namespace: str,
    name: str,
    settings: Mapping[str, object],
) -> OwnSpec:
    # What is outside of the cluster has an address for each Ingress, and none for others.
    everywhere = table.controller not in OUTSIDE
    made = own_tests(table, snapshot, namespace, settings, everywhere=everywhere)
    if made.document is None:
        return OwnSpec(None, "", made.left_out)
    tests = parse_route_tests(made.document, lambda path: "", read_json_path)
    text = dump_yaml([made.document], [made.comments])
    return OwnSpec(Spec(f"routes of {name}", tests), text, made.left_out)


def saved(found: Sequence[OwnSpec]) -> str:
    """The file: a document for each controller."""
    return "---\n".join(one.text for one in found if one.text)


def _settings(running: Running) -> dict[str, object]:
    """What only the controller's Deployment tells, for when the file runs against manifests."""
    told = running.told
    found: dict[str, object] = {}
    if told.arguments:
        found["flags"] = [*told.arguments]
    if told.router_flavor:
        found["router_flavor"] = told.router_flavor
    return found
