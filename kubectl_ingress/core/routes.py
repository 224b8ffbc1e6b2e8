"""All routes of a table as rows: what each leads to, and which of them never answer."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.hosts import NameKind, parse_host_name
from kubectl_ingress.core.matching import Matcher, MatchKind
from kubectl_ingress.core.objects import Ingress, ServiceBackend, Snapshot
from kubectl_ingress.core.paths import encode
from kubectl_ingress.core.patterns import literal_start
from kubectl_ingress.core.request import Backend, Decision, OutcomeKind, Request, Route
from kubectl_ingress.core.table import Entry, Lost, RouteTable, Server, backends_of
from kubectl_ingress.core.witness import FRESH, witnesses

SERVED, DEAD, SHADOWED, LOST, CHANCE = "served", "dead", "shadowed", "lost", "chance"
"""What becomes of a route: it answers, never does, does for a part of its paths, was
left out by the controller, or is one of several that are left to chance."""

# Whether its pods are ready or not: behind a port that is not there is none of them.
_NO_PORT = ("KI104", "KI115")
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")


class Destination(Struct, frozen=True):
    """A Service port of a row; ready of total endpoints, None where nothing tells.

    `ingress` is the name of the Ingress that gives it, "" for the row's own.
    """

    namespace: str
    service: str
    port: str
    weight: int = 1
    ready: int | None = None
    total: int | None = None
    ingress: str = ""


class Row(Struct, frozen=True):
    """One route of one host.

    `matcher` is what the controller compares the path with, `path` what was
    written. `certificate` is the Secret's key, "" for the controller's own,
    None without TLS. `by` is the ``namespace/name`` that takes the requests of
    a route that is dead or shadowed, `sure` whether its death is proved and not
    just shown by an example. `problem` is the code of what is wrong with its backend.
    """

    route: Route
    matcher: str
    destinations: tuple[Destination, ...]
    certificate: str | None
    controller: str
    ingress_class: str
    labels: Mapping[str, str]
    state: str = SERVED
    by: str = ""
    sure: bool = True
    because: str = ""
    problem: str = ""
    aliases: tuple[str, ...] = ()
    inherited: bool = False
    rewrite: str = ""
    conditions: tuple[str, ...] = ()

    @property
    def namespace(self) -> str:
        """That of the object which has the route."""
        return self.route.ingress.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The name of the object which has the route."""
        return self.route.ingress.rpartition("/")[2]


def rows(table: RouteTable, snapshot: Snapshot) -> tuple[Row, ...]:
    """All routes: by host, those of a host as they are tried, what is lost behind them."""
    return tuple(row for part in table.parts for row in _Rows(part, snapshot).all())


def contested(table: RouteTable, snapshot: Snapshot) -> tuple[Row, ...]:
    """The routes that others take something from, without those that are lost."""
    found = (row for part in table.parts for row in _Rows(part, snapshot).contested())
    return tuple(row for row in found if row.state != SERVED)


def witness_requests(table: RouteTable, without: Container[str] = ()) -> Iterator[Request]:
    """Requests for every entry that a table has, where examples of them can be made up.

    `without` are hosts whose servers nobody asks for.
    """
    for part in table.parts:
        for server in (*part.servers, part.default):
            for entry in server.entries if server.host not in without else ():
                yield from _requests(part, server, entry)


def _requests(table: RouteTable, server: Server, entry: Entry) -> Iterator[Request]:
    host = _witness_host(server)
    for path in witnesses(entry.matcher):
        target = encode(path)
        if table.dialect.path(target) != path:
            continue
        request = _admitted(entry, Request(host, target))
        if request is not None:
            yield request


class _Rows:
    def __init__(self, table: RouteTable, snapshot: Snapshot) -> None:
        self.table = table
        self.snapshot = snapshot
        self.ingresses = {one.meta.key: one for one in snapshot.ingresses}
        # Of a backend, which many routes share, by its identity: to compare them costs more.
        # It is kept too, so that no other can have that.
        self._destinations: dict[int, tuple[Backend, Destination]] = {}

    def all(self) -> Iterator[Row]:
        table = self.table
        lost: dict[str, list[Lost]] = {}
        for one in table.lost:
            lost.setdefault(one.route.host, []).append(one)
        for server in (*sorted(table.servers, key=lambda one: one.host), table.default):
            yield from self._of_server(server)
            yield from map(self._never_served, lost.pop(server.host, ()))
        for host in sorted(lost):
            yield from map(self._never_served, lost[host])

    def contested(self) -> Iterator[Row]:
        for server in (*self.table.servers, self.table.default):
            if self.table.dialect.every_server or _may_contest(server):
                yield from self._of_server(server)

    def _of_server(self, server: Server) -> Iterator[Row]:
        # One written path can be several entries, most often one after the other.
        groups: dict[tuple[Route, tuple[str, ...], bool], list[Entry]] = {}
        route: Route | None = None
        group: list[Entry] = []
        for entry in server.entries:
            if entry.route is None or entry.implied:
                continue
            if entry.route is not route or entry.conditions or group[-1].conditions:
                route = entry.route
                conditions = tuple(map(str, entry.conditions)) if entry.conditions else ()
                group = groups.setdefault((route, conditions, entry.inherited), [])
            group.append(entry)
        for (route, conditions, _), entries in groups.items():
            row = self._row(server, route, entries, conditions)
            yield self._judged(row, server, entries)

    def _row(
        self, server: Server, route: Route, entries: list[Entry], conditions: tuple[str, ...]
    ) -> Row:
        matcher = _shortest(entries)
        destinations = tuple(map(self._destination, backends_of(entries[0])))
        problem = ""
        if not destinations and (written := self._written(route)) is not None:
            findings = (action.finding for action in entries[0].actions)
            problem = next((one.code for one in findings if one is not None), "")
            destinations = (self._broken(route, written, problem),)
        return Row(
            route,
            matcher.text if matcher.kind is MatchKind.REGEX else route.path,
            destinations,
            server.certificate if server.tls else None,
            self.table.controller,
            self.table.ingress_class,
            self._labels(route),
            problem=problem,
            aliases=_aliases(server) if server.names else (),
            inherited=entries[0].inherited,
            rewrite=_rewrite_of(entries[0]),
            conditions=conditions,
        )

    def _never_served(self, one: Lost) -> Row:
        named, _, port = one.backend.rpartition(":")
        own = one.route.ingress.rpartition("/")[0]
        namespace, _, service = named.rpartition("/")
        destination = Destination(namespace or own, service, port)
        return Row(
            one.route,
            one.route.path,
            (destination,) if service else (),
            None,
            self.table.controller,
            self.table.ingress_class,
            self._labels(one.route),
            state=LOST,
            because=one.finding.message,
            problem=one.finding.code,
        )

    def _labels(self, route: Route) -> Mapping[str, str]:
        found = self.ingresses.get(route.ingress) if route.kind == "Ingress" else None
        return found.meta.labels if found is not None else {}

    def _destination(self, backend: Backend) -> Destination:
        found = self._destinations.get(id(backend))
        if found is None:
            found = (backend, self._make_destination(backend))
            self._destinations[id(backend)] = found
        return found[1]

    def _make_destination(self, backend: Backend) -> Destination:
        ready = sum(end.ready for end in backend.endpoints)
        known = bool(backend.endpoints) or not self.snapshot.offline
        return Destination(
            backend.namespace,
            backend.service,
            backend.port,
            backend.weight,
            ready if known else None,
            len(backend.endpoints) if known else None,
            backend.canary.rpartition("/")[2],
        )

    def _written(self, route: Route) -> ServiceBackend | None:
        """The backend of a rule that leads nowhere."""
        ingress = self.ingresses.get(route.ingress) if route.kind == "Ingress" else None
        if ingress is None:
            return None
        return _backend_of(ingress, route)

    def _broken(self, route: Route, written: ServiceBackend, problem: str) -> Destination:
        namespace = route.ingress.rpartition("/")[0]
        slices = self.snapshot.slices_by_service.get((namespace, written.service), ())
        ends = {end.address: end.ready for piece in slices for end in piece.endpoints}
        if not ends and self.snapshot.offline:
            # Files that hold no endpoint say nothing of how many there are.
            return Destination(namespace, written.service, str(written.port))
        ready = 0 if problem in _NO_PORT else sum(ends.values())
        return Destination(namespace, written.service, str(written.port), 1, ready, len(ends))

    def _judged(self, row: Row, server: Server, entries: list[Entry]) -> Row:
        """The row with what becomes of requests that it would take."""
        if self.table.refused is not None or self._is_unrivalled(row.route, server, entries):
            return row
        decisions = [
            (entry, decision) for entry in entries for decision in self._decisions(server, entry)
        ]
        if not decisions:
            return row
        others = [one for one in decisions if one[1].route != row.route]
        chance = [one for _, one in others if one.outcome.kind is OutcomeKind.UNDEFINED]
        if chance:
            findings = chance[0].findings
            return replace(row, state=CHANCE, because=findings[0].message if findings else "")
        if not others:
            return row
        winner = others[0][1].route
        by = winner.ingress if winner is not None else ""
        if len(others) < len(decisions):
            return replace(row, state=SHADOWED, by=by)
        # Where servers compete, the order of one's entries is not that of trying.
        sure = not self.table.dialect.every_server and _is_proof(server, entries)
        return replace(row, state=DEAD, by=by, sure=sure)

    def _is_unrivalled(self, route: Route, server: Server, entries: list[Entry]) -> bool:
        """Whether all that is tried before the last of the entries, literals, has their route."""
        if self.table.dialect.every_server or server.first:
            return False
        for entry in server.entries:
            other = entry.route
            if entry.matcher.kind is MatchKind.REGEX or not (other is route or other == route):
                return False
            if entry is entries[-1]:
                break
        return self.table.server_for(_witness_host(server)) is server

    def _decisions(self, server: Server, entry: Entry) -> Iterator[Decision]:
        for request in _requests(self.table, server, entry):
            decision = self.table.decide(request)
            if decision.route != entry.route:
                # One whose plain http is redirected as a whole answers https.
                secure = replace(request, scheme="https")
                other = self.table.decide(secure) if entry.admits(secure) else decision
                decision = other if other.route == entry.route else decision
            yield decision


def _may_contest(server: Server) -> bool:
    """Whether an entry may take all that another would: literals of other text never do.

    Where the most specific server alone decides, they are tried by their length.
    """
    seen = set()
    for entry in server.entries:
        matcher = entry.matcher
        key = (matcher.kind, matcher.text)
        if matcher.kind is MatchKind.REGEX or entry.conditions or key in seen:
            return True
        seen.add(key)
    return False


def _shortest(entries: list[Entry]) -> Matcher:
    found = entries[0].matcher
    for entry in entries:
        if len(entry.matcher.text) < len(found.text):
            found = entry.matcher
    return found


def _rewrite_of(entry: Entry) -> str:
    for action in entry.actions:
        rewrite = getattr(action, "rewrite", None)
        if rewrite is not None:
            return str(rewrite)
    return ""


def _aliases(server: Server) -> tuple[str, ...]:
    own = str(parse_host_name(server.host))
    return tuple(text for name in server.names if (text := str(name)) not in (own, server.host))


def _backend_of(ingress: Ingress, route: Route) -> ServiceBackend | None:
    if not route.path:
        return ingress.default_backend
    for rule in ingress.rules:
        for path in rule.paths:
            if (path.path or "/") == route.path and rule.host == route.host:
                return path.backend
    return ingress.default_backend


def _witness_host(server: Server) -> str:
    """A host that leads to the server; one that no rule names for the default one."""
    if not server.host:
        return f"{FRESH}.invalid"
    name = parse_host_name(server.host)
    if name.kind in (NameKind.LABEL, NameKind.SUFFIX):
        return f"{FRESH}.{name.text}"
    return server.host


def _admitted(entry: Entry, request: Request) -> Request | None:
    """The request with a method and scheme that the entry's conditions let pass."""
    if entry.admits(request):
        return request
    for scheme in ("http", "https"):
        for method in _METHODS:
            tried = replace(request, method=method, scheme=scheme)
            if entry.admits(tried):
                return tried
    return None


def _is_proof(server: Server, entries: list[Entry]) -> bool:
    """Whether the examples stand for all requests: one that comes before takes all of them."""
    earlier: list[Matcher] = []
    left = list(entries)
    for entry in server.entries:
        if entry in left:
            left.remove(entry)
            if not any(_covers(matcher, entry.matcher) for matcher in earlier):
                return False
        elif not entry.conditions:
            earlier.append(entry.matcher)
    return not left


def _covers(one: Matcher, other: Matcher) -> bool:
    """Whether `one` takes every path that `other` takes, as far as literals tell."""
    if other.ignore_case and not one.ignore_case:
        return False
    text, beginning = one.text, other.text
    if other.kind is MatchKind.REGEX:
        beginning = literal_start(other.text)
    if one.kind is MatchKind.REGEX:
        text = literal_start(one.text)
        if one.text != f"^{text}":
            return False
    if one.ignore_case:
        text, beginning = text.lower(), beginning.lower()
    if one.kind is MatchKind.EXACT:
        return other.kind is MatchKind.EXACT and text == beginning
    if one.kind is MatchKind.ELEMENTS:
        same = text == beginning and other.kind in (MatchKind.EXACT, MatchKind.ELEMENTS)
        return same or beginning.startswith(f"{text}/")
    return beginning.startswith(text)
