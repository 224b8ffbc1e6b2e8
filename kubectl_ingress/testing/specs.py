"""Route tests in files, judged against manifests: what is predicted, nothing is sent."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TextIO

from msgspec import Struct

from kubectl_ingress.controllers._choice import find_controller
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.route_judging import Judged, JudgedSpec, judge_route, not_judged
from kubectl_ingress.core.route_test import (
    API_VERSION,
    KIND,
    RouteTest,
    RouteTests,
    parse_route_tests,
)
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.errors import IngressError, InputError, UsageError
from kubectl_ingress.ports.files import Document, compose, documents
from kubectl_ingress.ports.json_path import read_json_path
from kubectl_ingress.ports.sources import Source, read_sources
from kubectl_ingress.ports.yaml_nodes import Node, nearest
from kubectl_ingress.routing import choose


class Spec(Struct, frozen=True):
    """The tests of one document, and the file it stands in."""

    source: str
    tests: RouteTests


def read_specs(paths: Sequence[str], stdin: TextIO, *, recursive: bool = False) -> list[Spec]:
    """The route tests behind each --spec; other objects beside them are passed over.

    Raises UsageError for the paths, InputError for what is in them, and where
    there is no test at all.
    """
    sources = read_sources(paths, stdin, recursive=recursive)
    found = [Spec(source.name, tests) for source in sources for tests in _route_tests(source)]
    if not found:
        names = ", ".join(source.name for source in sources)
        step = f"a route test begins with apiVersion: {API_VERSION} and kind: {KIND}"
        raise InputError(f"{names}: no {KIND} in there", step)
    return found


def _route_tests(source: Source) -> Iterator[RouteTests]:
    for document in documents(source):
        where = _places(source, document)
        data = document.data
        kind = data.get("kind") if isinstance(data, dict) else None
        if not isinstance(kind, str):
            step = f"a route test begins with apiVersion: {API_VERSION} and kind: {KIND}"
            raise InputError(f"{where(())}: this has no kind", step)
        if kind == KIND:
            yield parse_route_tests(data, where, read_json_path)
        elif difflib.get_close_matches(kind.lower(), [KIND.lower()], 1, cutoff=0.8):
            raise InputError(f"{where(('kind',))}: kind is {kind!r}", f"write kind: {KIND}")


def _places(source: Source, document: Document) -> Callable[[tuple[str | int, ...]], str]:
    @cache
    def root() -> Node | None:
        if document.root is not None:
            return document.root
        # JSON is nearly YAML, and the YAML reader knows places.
        try:
            return next(node for node in compose(source) if node.start == document.start)
        except (InputError, StopIteration):
            return None

    def where(path: tuple[str | int, ...]) -> str:
        found = root()
        return nearest(found, path).where if found else f"{source.name}:{document.line}:1"

    return where


class OfflineTests:
    """Judges route tests against manifests, compiling each controller's table once.

    `ingress_class` and `controller` are what was typed, "" for nothing: that controller
    is asked then, whichever a document names.
    """

    def __init__(self, snapshot: Snapshot, ingress_class: str = "", controller: str = "") -> None:
        self.snapshot = snapshot
        self.ingress_class = ingress_class
        self.controller = controller
        # By controller and what it was told, by what was asked for, and what had no one answer.
        self._tables: dict[tuple[object, ...], RouteTable] = {}
        self._by_host: dict[tuple[object, ...], RouteTable] = {}
        self._several: set[tuple[object, ...]] = set()

    def check(self, specs: Sequence[Spec]) -> None:
        """Raises InputError where a document names a controller that is not known.

        UsageError, where the one that was typed is not.
        """
        if self.controller:
            find_controller(self.controller)
        for spec in specs:
            if spec.tests.controller:
                try:
                    find_controller(spec.tests.controller)
                except UsageError as error:
                    place = spec.tests.where
                    raise InputError(f"{place}: {error.sentence}", error.next_step) from None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the manifests, and where the controller is a guess."""
        guesses = [one for table in self._tables.values() for one in table.findings]
        found = [one for one in self.snapshot.findings if one.code.startswith("KI9")]
        found += [one for one in guesses if one.code == "KI207"]
        return tuple(dict.fromkeys(found))

    def judge(self, spec: Spec) -> JudgedSpec:
        """All tests of one document. One that cannot be judged is an error among the others."""
        return JudgedSpec(spec.source, tuple(self._one(spec, test) for test in spec.tests.tests))

    def _one(self, spec: Spec, test: RouteTest) -> Judged:
        try:
            table = self._table(spec, test.request.host)
        except IngressError as error:
            return not_judged(test, " · ".join([error.sentence, *error.next_step.splitlines()]))
        return judge_route(test, table.decide(test.request), self.snapshot)

    def _table(self, spec: Spec, host: str) -> RouteTable:
        """By class, where all lead to one controller; else by that of the host's Ingresses."""
        asked = self._asked(spec.tests)
        if asked not in self._several:
            try:
                return self._chosen(*asked, "")
            except UsageError:
                self._several.add(asked)
        return self._chosen(*asked, host)

    def _asked(self, tests: RouteTests) -> tuple[str, tuple[str, ...], str]:
        """Which controller, and what it was told: a document tells it of its own one alone."""
        if self.controller and tests.controller:
            typed, written = (find_controller(one) for one in (self.controller, tests.controller))
            if typed.PROFILE.name != written.PROFILE.name:
                return self.controller, (), ""
        return self.controller or tests.controller, tests.flags, tests.router_flavor

    def _chosen(
        self, controller: str, flags: tuple[str, ...], router_flavor: str, host: str
    ) -> RouteTable:
        asked = (controller, flags, router_flavor, host)
        if asked not in self._by_host:
            told = Told(flags, router_flavor=router_flavor)
            chosen = choose(self.snapshot, controller, self.ingress_class, told, host)
            name = chosen.controller.PROFILE.name
            key = (name, chosen.ingress_class, flags, router_flavor)
            if key not in self._tables:
                self._tables[key] = chosen.compile(self.snapshot)
            self._by_host[asked] = self._tables[key]
        return self._by_host[asked]
