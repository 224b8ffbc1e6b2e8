"""A server block: which location takes a request, and the Server that this makes.

ngx_http_core_find_location: exact names, patterns as written, then the longest
prefix. A server without a name for the port that a request came by is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._f5_nginx.actions import AddSlash, NoFile
from kubectl_ingress.controllers._f5_nginx.requests import Listeners, Listens
from kubectl_ingress.controllers._nginx import BODY
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.guards import BodyLimit
from kubectl_ingress.core.hosts import HostName, NameKind, host_name
from kubectl_ingress.core.matching import EVERYTHING, Matcher, MatchKind
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import Entry, Server

# client_max_body_size where no location says otherwise.
BODY_LIMIT = BodyLimit(BODY)
# Modifiers of nginx's location.
_SIGNS = {MatchKind.EXACT: "= ", MatchKind.REGEX: "~ "}
_ANY_NAME = HostName(NameKind.REGEX, "")


class Place(Struct, frozen=True):
    """A location; the last of its actions always answers."""

    matcher: Matcher
    route: Route
    actions: tuple[Action, ...]
    limit: BodyLimit = BODY_LIMIT
    findings: tuple[Finding, ...] = ()


class Site(Struct, frozen=True):
    """A server block.

    `first` comes before every location, `guards` where no location takes a
    request; `file` is the file's name by which nginx sorts them.
    `regex_because` and `regex_field` are as in Server.
    """

    host: str
    file: str
    listens: Listens
    places: tuple[Place, ...]
    first: tuple[Action, ...] = ()
    guards: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()
    certificate: str = ""
    regex_because: str = ""
    regex_field: tuple[str | int, ...] = ()

    def server(self, listeners: Listeners) -> Server:
        """The server as it is found by its name."""
        return Server(
            self.host,
            tuple(self._entries(listeners)),
            self.regex_because,
            bool(self.listens.https),
            (host_name(self.host, NameKind.SUFFIX),),
            certificate=self.certificate,
            regex_field=self.regex_field,
        )

    def _entries(self, listeners: Listeners) -> Iterator[Entry]:
        static = [one for one in self.places if one.matcher.kind is not MatchKind.REGEX]
        exact = [one for one in static if one.matcher.kind is MatchKind.EXACT]
        prefixes = [one for one in static if one.matcher.kind is MatchKind.PREFIX]
        longest = sorted(prefixes, key=lambda one: -len(one.matcher.text))
        regexes = [one for one in self.places if one.matcher.kind is MatchKind.REGEX]
        yield from map(self._entry, exact)
        yield from map(self._entry, _missing_slash([*exact, *longest], listeners))
        yield from map(self._entry, regexes)
        yield from map(self._entry, longest)
        rest = (*self.first, BODY_LIMIT, *self.guards, NoFile())
        yield Entry(EVERYTHING, rest, None, (self.listens,), implied=True, findings=self.findings)

    def _entry(self, place: Place) -> Entry:
        actions = (*self.first, place.limit, *place.actions)
        findings = (*self.findings, *place.findings)
        sign = _SIGNS.get(place.matcher.kind, "")
        return Entry(
            place.matcher,
            actions,
            place.route,
            (self.listens,),
            standing=f"location {sign}{place.matcher.text} of {self.host or 'no host'}",
            findings=findings,
        )

    def at(self, port: int, listeners: Listeners) -> Server:
        """The server as it takes the hosts that no server on a port has a name for."""
        own = self.listens
        only = Listens(
            listeners,
            tuple(one for one in own.http if one == port),
            tuple(one for one in own.https if one == port),
        )
        return replace(replace(self, listens=only).server(listeners), names=(_ANY_NAME,))


def _missing_slash(static: list[Place], listeners: Listeners) -> Iterator[Place]:
    """The names without their last slash, unless there is such a location too (auto_redirect)."""
    seen = {one.matcher.text for one in static}
    for place in static:
        name = place.matcher.text
        short = name[:-1]
        if len(name) > 1 and name.endswith("/") and short not in seen:
            seen.add(short)
            matcher = Matcher(MatchKind.EXACT, short)
            add_slash = AddSlash(301, name=name, listeners=listeners)
            yield replace(place, matcher=matcher, actions=(add_slash,))


def servers(sites: Iterable[Site], listeners: Listeners) -> tuple[Server, ...]:
    """All servers, the first one of each port of its own standing in for unknown hosts there."""
    ordered = sorted(sites, key=lambda one: one.file)
    found = [one.server(listeners) for one in ordered if one.host]
    for port in sorted(listeners.more):
        first = next((one for one in ordered if one.listens.has(port)), None)
        if first is not None:
            found.append(first.at(port, listeners))
    return tuple(found)
