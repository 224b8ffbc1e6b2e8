"""Route tests made of a cluster's own routes: ``kubectl ingress test --all``."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kubectl_ingress.controllers._discovery import Running
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.own_tests import own_tests
from kubectl_ingress.core.route_test import parse_route_tests
from kubectl_ingress.livechoice import live_tables
from kubectl_ingress.ports.files import dump_yaml
from kubectl_ingress.ports.json_path import read_json_path
from kubectl_ingress.testing.specs import Spec


class OwnSpec(Struct, frozen=True):
    """The tests of one controller's routes, and the file that says the same.

    `spec` is None where no route can be tested; `left_out` says of which routes, and why.
    """

    spec: Spec | None
    text: str
    left_out: tuple[str, ...]


def own_specs(snapshot: Snapshot, ingress_class: str = "", namespace: str = "") -> list[OwnSpec]:
    """Those of each controller, in the order of their workloads; also outside the cluster.

    Of one class and of the routes of one namespace where they are given. Raises
    UsageError where nothing that runs serves the class.
    """
    found = []
    for live in live_tables(snapshot, ingress_class=ingress_class):
        told = _settings(live.running) if live.running else {}
        made = own_tests(live.table, snapshot, namespace, told)
        if made.document is None:
            found.append(OwnSpec(None, "", made.left_out))
            continue
        name = live.running.workload.meta.key if live.running else live.table.controller
        source = f"routes of {name}"
        tests = parse_route_tests(made.document, lambda path: "", read_json_path)
        text = dump_yaml([made.document], [made.comments])
        found.append(OwnSpec(Spec(source, tests), text, made.left_out))
    return found


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
