"""From hosts to servers of a table: locations in nginx's order, with what they do.

Upstream: controller.go (the sorting in getBackendServers), location.go
(updateServerLocations), template.go (buildLocation, enforceRegexModifier).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from kubectl_ingress.controllers._ingress_nginx.acting import (
    NGINX_OWN_LIMIT,
    Acting,
    rewrite_target,
)
from kubectl_ingress.controllers._ingress_nginx.answers import StatusPage
from kubectl_ingress.controllers._ingress_nginx.doubts import doubt
from kubectl_ingress.controllers._ingress_nginx.names import names_of
from kubectl_ingress.controllers._ingress_nginx.redirects import AppRoot, MissingSlash
from kubectl_ingress.controllers._ingress_nginx.servers import Host, Location
from kubectl_ingress.controllers._ingress_nginx.upstreams import DEFAULT
from kubectl_ingress.controllers._ingress_nginx.variables import Text
from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import Entry, Matcher, MatchKind, Server


class Piece(Struct):
    """One location of nginx.conf: a written path can become two. `text` is as nginx compares it."""

    location: Location
    text: str
    exact: bool


def pieces_of(host: Host) -> list[Piece]:
    """The locations of a server in their order: the longest path first, then the last by name."""
    ordered = [(as_bytes(location.path), location) for location in host.locations]
    ordered.sort(key=lambda one: (len(one[0]), one[0]), reverse=True)
    exact = {location.path for location in host.locations if location.exact}
    return [piece for text, location in ordered for piece in _expanded(location, text, exact)]


def _expanded(location: Location, text: str, exact: set[str]) -> Iterable[Piece]:
    """``Prefix /p`` is ``/p/`` and exactly ``/p``, unless it is a pattern itself."""
    if location.exact or text == "/" or _is_pattern(location, text):
        return (Piece(location, text, location.exact),)
    slashed = Piece(location, text if text.endswith("/") else f"{text}/", False)
    if location.path in exact:
        return (slashed,)
    return slashed, Piece(location, text, True)


def _is_pattern(location: Location, text: str) -> bool:
    owner = location.owner
    if owner is None or owner.plain or location.bare:
        return False
    return owner.values.flag("use-regex") or bool(rewrite_target(location, text))


def pattern_maker(pieces: list[Piece]) -> Location | None:
    """The location that makes patterns of all paths of a host, None where there is none.

    ``Prefix /p`` with the target ``/p`` is one: half of it is ``/p/``.
    """
    for piece in pieces:
        if _is_pattern(piece.location, piece.text):
            return piece.location
    return None


class Locations(Struct, eq=False):
    """Makes servers of hosts."""

    acting: Acting
    health_path: str = "/healthz"
    # What many hosts have alike, made once: most have a path /, and the same answer
    # for what none of their paths takes.
    _matchers: dict[tuple[str, bool], Matcher] = field(default_factory=dict)
    _rests: dict[tuple[int, int, bool], Entry] = field(default_factory=dict)

    def server(self, host: Host, pieces: list[Piece], certificate: str) -> Server:
        """The server of a host, whose pieces are those of `pieces_of`."""
        plain = all(one.location.owner is None or one.location.owner.plain for one in pieces)
        maker = None if plain else pattern_maker(pieces)
        entries = self._entries(host, pieces, maker is not None)
        if not host.host:
            entries += self._own_pages()
        if maker is None:
            entries = _by_precedence(entries + self._missing_slashes(host, pieces))
        else:
            entries.sort(key=lambda entry: entry.matcher.kind is not MatchKind.REGEX)
        because, field = self._because(maker)
        return Server(
            host.host,
            tuple(entries),
            because,
            host.tls_of is not None,
            names_of(host),
            () if plain and host.barred is None else tuple(self._first(host, pieces)),
            certificate,
            field,
        )

    def _entries(self, host: Host, pieces: list[Piece], regex: bool) -> list[Entry]:
        acting = self.acting
        entries: list[Entry] = []
        last: Location | None = None
        route: Route | None = None
        actions: tuple[Action, ...] = ()
        findings: tuple[Finding, ...] = ()
        for piece in pieces:
            location, text = piece.location, piece.text
            # The two halves of one location do the same, unless that depends on the path.
            alike = acting.is_alike(location, text)
            if location is not last or not alike:
                route = _route(host, location)
                actions = acting.actions(host, location, text)
                findings = self._findings(host, piece)
                last = location if alike else None
            inherited = location.automatic and location.owner is not None
            matcher = self._matcher(piece, regex)
            if route is None and not findings:
                entries.append(self._rest(matcher, actions, inherited))
            else:
                entry = Entry(matcher, actions, route, inherited=inherited, findings=findings)
                entries.append(entry)
        return entries

    def _rest(self, matcher: Matcher, actions: tuple[Action, ...], inherited: bool) -> Entry:
        # Both are held by what is found, so that nothing else can have their identities.
        key = (id(matcher), id(actions), inherited)
        found = self._rests.get(key)
        if found is None:
            found = self._rests[key] = Entry(matcher, actions, None, inherited=inherited)
        return found

    def _matcher(self, piece: Piece, regex: bool) -> Matcher:
        if regex:
            return Matcher(MatchKind.REGEX, f"^{piece.text}", ignore_case=True)
        key = (piece.text, piece.exact)
        found = self._matchers.get(key)
        if found is None:
            kind = MatchKind.EXACT if piece.exact else MatchKind.PREFIX
            found = self._matchers[key] = Matcher(kind, piece.text)
        return found

    def _findings(self, host: Host, piece: Piece) -> tuple[Finding, ...]:
        owner = piece.location.owner
        if owner is None or owner.plain:
            return tuple(host.doubts)
        unknown = Text(rewrite_target(piece.location, piece.text)).undecided
        found = [*owner.doubts, *host.doubts]
        for name in unknown:
            what = f"holds ${name}, whose value nobody can predict"
            found.append(doubt(owner.ingress, self.acting.settings, "rewrite-target", what))
        return tuple(found)

    def _first(self, host: Host, pieces: list[Piece]) -> Iterator[Action]:
        """What the server does before it looks for a location."""
        if host.barred is not None:
            yield Reply(403, host.barred)
            return
        for piece in pieces:
            owner = piece.location.owner
            if owner is None or owner.plain or piece.location.bare:
                continue
            if not owner.values.has("app-root"):
                continue
            written = as_bytes(owner.values.text("app-root"))
            target = Text(written, sight=self.acting.sight)
            yield AppRoot(302, self.acting.annotation(owner, "app-root"), target=target)
            return

    def _because(self, maker: Location | None) -> tuple[str, tuple[str | int, ...]]:
        if maker is None or maker.owner is None:
            return "", ()
        by_flag = maker.owner.values.flag("use-regex")
        because = self.acting.annotation(maker.owner, "use-regex" if by_flag else "rewrite-target")
        return because.source, because.field

    def _own_pages(self) -> list[Entry]:
        """What the default server answers itself: health checks, and its status to itself."""
        config, sight = self.acting.settings.config, self.acting.sight
        status = StatusPage(403, None, sight, config.status_clients)
        return [
            Entry(Matcher(MatchKind.PREFIX, text), (NGINX_OWN_LIMIT, action), None)
            for text, action in ((self.health_path, Reply(200)), ("/nginx_status", status))
        ]

    def _missing_slashes(self, host: Host, pieces: list[Piece]) -> list[Entry]:
        """``/p`` is redirected to ``/p/`` where only the latter is a location that proxies."""
        texts = {piece.text for piece in pieces}
        missing = [
            piece
            for piece in pieces
            if (text := piece.text)[-1:] == "/" and text != "/" and text[:-1] not in texts
        ]
        if not missing:
            return []
        added: dict[str, Entry] = {}
        for piece in sorted(missing, key=lambda piece: not piece.exact):
            text, owner = piece.text[:-1], piece.location.owner
            if text in added or owner is None or owner.denied is not None:
                continue
            slash = MissingSlash(301, location=piece.text, relative=self.acting.relative(owner))
            actions = (self.acting.body(owner), slash)
            route = _route(host, piece.location)
            added[text] = Entry(Matcher(MatchKind.EXACT, text), actions, route, implied=True)
        return list(added.values())


def _route(host: Host, location: Location) -> Route | None:
    owner = location.owner
    if owner is None or (location.automatic and location.upstream == DEFAULT):
        return None
    return Route(owner.key, host.host, location.path, location.path_type)


def _by_precedence(entries: list[Entry]) -> list[Entry]:
    """nginx: an exact location first, else the longest prefix."""
    exact: list[Entry] = []
    prefixes: list[Entry] = []
    for entry in entries:
        (exact if entry.matcher.kind is MatchKind.EXACT else prefixes).append(entry)
    prefixes.sort(key=_length, reverse=True)
    return exact + prefixes


def _length(entry: Entry) -> int:
    return len(entry.matcher.text)
