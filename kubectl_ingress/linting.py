"""From files or a cluster to a lint report, with the line and column of each finding."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.controllers._choice import find_controller
from kubectl_ingress.controllers._profile import NOTHING_TOLD, Meant
from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.objects import Finding, Origin, Snapshot
from kubectl_ingress.core.reasons import edit_in_file
from kubectl_ingress.core.report import LEVELS, Found, Report
from kubectl_ingress.errors import InputError, UsageError
from kubectl_ingress.lint.engine import (
    COMMENT,
    Looking,
    Rule,
    Suppression,
    lint,
    named_in,
)
from kubectl_ingress.lint.subject import Compiled, Routes, Subject
from kubectl_ingress.livechoice import Live, live_tables
from kubectl_ingress.livetable import read_for_routing
from kubectl_ingress.ports.places import Places
from kubectl_ingress.ports.sources import Source, names_of, read_source, typed_paths
from kubectl_ingress.routing import all_chosen, snapshot_of_files

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

# What rules look at and no controller does.
ALSO = (
    *(KINDS[name] for name in ("NetworkPolicy", "Namespace", "StatefulSet", "Node")),
    Kind("Issuer", "cert-manager.io/v1", "issuers"),
    Kind("ClusterIssuer", "cert-manager.io/v1", "clusterissuers", namespaced=False),
    Kind("IngressClassParams", "elbv2.k8s.aws/v1beta1", "ingressclassparams", namespaced=False),
    Kind("IngressClassParams", "eks.amazonaws.com/v1", "ingressclassparams", namespaced=False),
    Kind(
        "IngressClassParameters",
        "configuration.konghq.com/v1alpha1",
        "ingressclassparameterses",
    ),
)
_COMMENT = re.compile(rf"#\s*{COMMENT}\b[ \t:]*([^\n]*)")


class Wanted(Struct, frozen=True):
    """What is to be told: findings of `level` or worse, about `namespace` ("" for all of them)."""

    level: str = LEVELS[-1]
    namespace: str = ""

    def __call__(self, finding: Finding) -> bool:
        """Whether a finding is to be told."""
        if LEVELS.index(finding.level) > LEVELS.index(self.level):
            return False
        namespace, slash, _ = finding.object.partition(" ")[2].partition("/")
        return not self.namespace or not slash or namespace == self.namespace


class Files(Struct, frozen=True):
    """What -f names, and how it is looked at; `stdin` gives what came from there again and again.

    `instead` has texts, by name, that were changed and not written yet.
    """

    paths: Sequence[str]
    stdin: Callable[[], TextIO]
    namespace: str
    recursive: bool
    meant: Meant
    rules: Sequence[Rule]
    wanted: Wanted
    instead: Mapping[str, Source] = field(default_factory=dict)


class Look(Struct, frozen=True):
    """What files hold, what controllers make of it, and what is wrong with that."""

    snapshot: Snapshot
    compiled: tuple[Compiled, ...]
    report: Report


def look_at(files: Files) -> Look:
    """Reads manifests and lints them. Raises UsageError and InputError as reading does."""
    snapshot = snapshot_of_files(
        files.paths, files.stdin(), files.namespace, files.recursive, files.instead
    )
    # Before the tables are made: what is free again then is used for them.
    comments = tuple(_comments(files))
    compiled = tuple(compiled_by_files(snapshot, files.meant))
    subject = Subject(snapshot, Routes(compiled, snapshot), datetime.now(UTC))
    places = Places(files.stdin, files.instead)
    report = lint(subject, files.rules, Looking(places.place_of, comments, files.wanted))
    return Look(snapshot, compiled, replace(report, found=tuple(map(_edited, report.found))))


def lint_cluster(cluster: Cluster, meant: Meant, rules: Sequence[Rule], wanted: Wanted) -> Report:
    """What is wrong with the objects of a cluster. Raises ApiError."""
    snapshot = read_for_routing(cluster, meant.controller, also=ALSO)
    live = live_tables(snapshot, meant.controller, meant.ingress_class, meant.told)
    report, namespace = lint_live(snapshot, live, rules, wanted), wanted.namespace
    if not namespace:
        return report
    count = sum(one.meta.namespace == namespace for one in snapshot.ingresses)
    return replace(report, ingresses=count, namespace=namespace)


def lint_live(
    snapshot: Snapshot, live: Sequence[Live], rules: Sequence[Rule], wanted: Wanted
) -> Report:
    """What is wrong with objects that were read of a cluster, by the tables of its controllers."""
    compiled = tuple(compiled_live(one, snapshot) for one in live)
    subject = Subject(snapshot, Routes(compiled, snapshot), datetime.now(UTC))
    return lint(subject, rules, Looking(lambda origin, field: None, (), wanted))


def _edited(found: Found) -> Found:
    """With the file where the fix would edit the object of a cluster."""
    finding = found.finding
    if found.place is None:
        return found
    fix = edit_in_file(finding.fix, f"{finding.origin.source}:{found.place[0]}")
    return replace(found, finding=replace(finding, fix=fix))


def compiled_by_files(snapshot: Snapshot, meant: Meant) -> Iterator[Compiled]:
    """The controllers that files may be meant for; none where nothing in them is a route."""
    nobody = not (snapshot.ingresses or snapshot.http_routes or snapshot.gateways)
    if nobody and not meant.controller:
        return
    for one in all_chosen(snapshot, meant):
        yield Compiled(one.controller, one.settings, one.compile(snapshot))


def compiled_live(live: Live, snapshot: Snapshot) -> Compiled:
    """One controller that runs, or that is outside the cluster."""
    if live.running is not None:
        return Compiled(live.running.controller, live.running.settings, live.table)
    controller = find_controller(live.table.controller)
    told = replace(NOTHING_TOLD, ingress_class=live.table.ingress_class)
    return Compiled(controller, controller.settings_of(told, snapshot), live.table)


def _comments(files: Files) -> Iterator[Suppression]:
    for path in typed_paths(files.paths):
        try:
            names = ["-"] if path == "-" else names_of(path, files.recursive)
            for name in names:
                source = read_source(name, files.stdin())
                source = files.instead.get(source.name, source)
                if COMMENT in source.text:
                    yield from _in_text(source.name, source.text)
        except (InputError, UsageError, OSError):
            # Told where the objects were read.
            continue


def _in_text(name: str, text: str) -> Iterator[Suppression]:
    """One for each comment: about its own line, or the next one where it has that for itself."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        found = _COMMENT.search(line)
        if found is None:
            continue
        own = not line[: found.start()].strip()
        at = number + 1 if own else number
        yield Suppression(named_in(found[1]), Origin(name), (at, found.start() + 1))
