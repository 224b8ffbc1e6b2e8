"""From hosts and paths to the RouteTable: the frontends of haproxy.tmpl.

A request passes the same stations for every host: redirects of /, redirect-to,
the paths of hosts, redirect-from, the paths of no host, the default backend. So
all entries compete, first by their station.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from kubectl_ingress.controllers._backends import resolve, sent_to
from kubectl_ingress.controllers._haproxy.actions import To, ToHost, ToHttps
from kubectl_ingress.controllers._haproxy.answers import Answers
from kubectl_ingress.controllers._haproxy.hosts import Host, HostPath, World, find_port
from kubectl_ingress.controllers._haproxy.order import NO_HOST, Line, Match, Rank, rank
from kubectl_ingress.controllers._haproxy.quoting import has_alternatives
from kubectl_ingress.controllers._haproxy.requests import Malformed, NotBelow, OnBase
from kubectl_ingress.controllers._haproxy.settings import Settings
from kubectl_ingress.controllers._haproxy.values import flag
from kubectl_ingress.core.actions import Action, Answer, Reply
from kubectl_ingress.core.conditions import SchemeIs
from kubectl_ingress.core.hosts import HostName, NameKind, host_name
from kubectl_ingress.core.matching import EVERYTHING, Condition, Matcher, MatchKind
from kubectl_ingress.core.objects import PortRef, ServiceBackend, Snapshot
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import Entry, Server
from kubectl_ingress.core.values import Value

_HTTP, _HTTPS = SchemeIs("http"), SchemeIs("https")
_ROOT = Matcher(MatchKind.EXACT, "/")
_ANY_HOST = HostName(NameKind.REGEX, "")


class Station(IntEnum):
    """Where on its way a request meets an entry."""

    PASSTHROUGH = 0
    MALFORMED = 1
    ROOT_TO_HTTPS = 2
    ROOT_BY_HTTP = 3
    REDIRECT_TO = 4
    ROOT_BY_HTTPS = 5
    CLIENT_CERTIFICATE = 6
    HOST = 7
    REDIRECT_FROM = 8
    NO_HOST = 9
    NOBODY = 10


class Frontends:
    """The servers of a table, filled host by host."""

    def __init__(
        self, snapshot: Snapshot, settings: Settings, world: World, answers: Answers
    ) -> None:
        self.snapshot, self.settings = snapshot, settings
        self.world, self.answers = world, answers
        self.lines: list[tuple[Line, HostPath]] = []
        self.entries: dict[tuple[str, HostName], list[Entry]] = {}
        self.default: list[Entry] = []
        self.nobody = self._nobody()
        order = self.settings.checked("path-type-order").split(",")
        named = [host for name, host in sorted(world.hosts.items()) if name != NO_HOST]
        self._add_paths(named, order)
        for host in named:
            self._add_host(host)
        self._add_default(order)

    def servers(self) -> tuple[Server, ...]:
        """One for each name of a host."""
        tls = {host.name: host for host in self.world.hosts.values() if self._has_tls(host)}
        return tuple(
            Server(
                host,
                tuple(entries),
                names=(name,),
                tls=host in tls,
                certificate=tls[host].certificate if host in tls else "",
            )
            for (host, name), entries in self.entries.items()
        )

    def default_server(self) -> Server:
        """What takes hosts that no rule has."""
        return Server("", tuple(self.default))

    def _has_tls(self, host: Host) -> bool:
        return host.has_tls or flag(host.value("ssl-always-add-https", self.settings).text)

    def _nobody(self) -> Action:
        """The default backend, or the controller's own 404."""
        namespace, _, name = self.settings.default_service.partition("/")
        service = self.snapshot.service_by_key.get((namespace, name))
        if service is not None and service.ports:
            port = PortRef(service.ports[0].number)
            found = resolve(self.snapshot, namespace, ServiceBackend(name, port), find_port)
            return sent_to(found, 503)
        location = self.settings.value("default-backend-redirect")
        if location.text:
            status = self.answers.redirect_code("default-backend-redirect-code")
            return To(status, location, key="default-backend-redirect")
        return Reply(404)

    # Paths of hosts.

    def _add_paths(self, hosts: list[Host], order: list[str]) -> None:
        routes: list[tuple[Line, HostPath]] = []
        redirects: list[tuple[Line, HostPath]] = []
        for host in hosts:
            for path in host.paths:
                lines = [(line, path) for line in self._lines(host, path)]
                (redirects if path.redirect else routes).extend(lines)
        self.lines += [*routes, *redirects]
        ranks = rank([line for line, _ in routes], order)
        for (line, path), place in zip(routes, ranks, strict=True):
            by_alias = line.pattern or line.name != path.host
            actions = self._actions(path, by_alias)
            self._add(line, path, (Station.HOST, *place), actions, self._conditions(path))
        status = self.answers.redirect_code("redirect-to-code")
        spared = self.settings.listed("no-redirect-locations")
        conditions: tuple[Condition, ...] = (NotBelow(spared),) if spared else ()
        ranks = rank([line for line, _ in redirects], order)
        for (line, path), place in zip(redirects, ranks, strict=True):
            to = To(status, path.redirect or Value(), key="redirect-to")
            self._add(line, path, (Station.REDIRECT_TO, *place), (to,), conditions)

    def _lines(self, host: Host, path: HostPath) -> Iterator[Line]:
        alias = host.value("server-alias", self.settings).text
        pattern = host.value("server-alias-regex", self.settings).text
        for name, is_pattern in ((host.name, False), (alias, False), (pattern, True)):
            if name:
                yield Line(name, path.path, path.match, path.number, path.headers, is_pattern)

    def _conditions(self, path: HostPath) -> tuple[Condition, ...]:
        host = self.world.hosts[path.host]
        only_http = not self._has_tls(host) or host.passes_through(self.settings)
        return (*path.headers, _HTTP) if only_http else path.headers

    def _actions(self, path: HostPath, by_alias: bool) -> tuple[Action, ...]:
        host = self.world.hosts[path.host]
        if path.path == "/" and host.passes_through(self.settings):
            plain = self._plain_port(host)
            if plain is not None:
                return self.answers.actions(plain)
            return (ToHttps(self.answers.redirect_code("ssl-redirect-code")), self.nobody)
        return self.answers.actions(path, by_alias) or (self.nobody,)

    def _add(
        self,
        line: Line,
        path: HostPath,
        precedence: Rank,
        actions: tuple[Action, ...],
        conditions: tuple[Condition, ...],
    ) -> None:
        matcher, name = _matcher(line), _host_name(line)
        if name is _ANY_HOST:
            matcher, conditions = EVERYTHING, (*conditions, OnBase(line.pattern_read))
        if _ends_early(line):
            # The rest of the line is the name of no backend, so nobody answers.
            actions = (self.nobody,)
        standing = f"{line.kind} {line.pattern_read or line.text}"
        entry = Entry(matcher, actions, path.route, conditions, precedence, standing)
        shown = f"~{line.name}" if line.pattern else line.name
        self.entries.setdefault((shown, name), []).append(entry)

    # What a host has beside its paths.

    def _add_host(self, host: Host) -> None:
        name = host_name(host.name, NameKind.LABEL)
        own = self.entries.setdefault((host.name, name), [])
        if host.passes_through(self.settings):
            own += self._passthrough(host)
            return
        own += self._root_redirects(host, name)
        own += self._client_certificate(host)
        for key in ("redirect-from", "redirect-from-regex"):
            value = host.value(key, self.settings)
            if value.text and host.paths:
                self._add_redirect_from(host, value, key == "redirect-from-regex")

    def _passthrough(self, host: Host) -> Iterator[Entry]:
        found = host.root.backend if host.root else None
        if found is None:
            return
        value = host.value("ssl-passthrough", self.settings)
        actions = (sent_to(found, 503),)
        yield _beside(value, host, actions, (Station.PASSTHROUGH,), (_HTTPS,))

    def _plain_port(self, host: Host) -> HostPath | None:
        """The path of the same Service whose port ssl-passthrough-http-port names."""
        wanted = host.values.get("ssl-passthrough-http-port", Value()).text
        root = host.root.port if host.root else None
        if not wanted or root is None:
            return None
        port = self.world.ports.get((root.namespace, root.service, wanted))
        return port.paths[0] if port and port.paths else None

    def _root_redirects(self, host: Host, name: HostName) -> Iterator[Entry]:
        value = host.value("app-root", self.settings)
        if not value.text:
            return
        # Names of whole hosts come before wildcards, and these may answer for them.
        place = int(name.kind is not NameKind.EXACT)
        if self._root_to_https(host):
            code = self.answers.redirect_code("ssl-redirect-code")
            first = (ToHttps(code, value), self.nobody)
            yield _beside(value, host, first, (Station.ROOT_TO_HTTPS, place), (_HTTP,), _ROOT)
        to = (To(302, value, key="app-root"),)
        yield _beside(value, host, to, (Station.ROOT_BY_HTTP, place), (_HTTP,), _ROOT)
        yield _beside(value, host, to, (Station.ROOT_BY_HTTPS, place), (_HTTPS,), _ROOT)

    def _root_to_https(self, host: Host) -> bool:
        """As the path ``/`` has it; without one, as the ConfigMap has it, TLS or not."""
        root = host.root
        if root is not None and root.port is not None:
            return self.answers.config(root).to_https is not None
        return flag(self.settings.value("ssl-redirect").text)

    def _client_certificate(self, host: Host) -> Iterator[Entry]:
        """auth-tls-secret: nobody here has a certificate to show (setAuthTLSConfig)."""
        secret = host.values.get("auth-tls-secret", Value())
        verify = host.value("auth-tls-verify-client", self.settings).text
        if not secret.text or verify in ("off", "optional", "optional_no_ca"):
            return
        namespace = secret.source.partition(" ")[2].partition("/")[0]
        found = self.snapshot.secret_by_key.get((namespace, secret.text))
        usable = found is not None and "ca.crt" in found.keys
        if not usable and not flag(host.value("auth-tls-strict", self.settings).text):
            return
        page = host.value("auth-tls-error-page", self.settings)
        answer: Action = Answer(496, "a client certificate is needed (496)", secret)
        if page.text:
            answer = To(303, page, key="auth-tls-error-page")
        yield _beside(secret, host, (answer,), (Station.CLIENT_CERTIFICATE,), (_HTTPS,))

    def _add_redirect_from(self, host: Host, value: Value, regex: bool) -> None:
        text = value.text.lower()
        name = host_name(text, NameKind.LABEL)
        if regex:
            name = HostName(NameKind.REGEX, as_bytes(text))
        status = self.answers.redirect_code("redirect-from-code")
        spared = self.settings.listed("no-redirect-locations")
        entry = _beside(
            value,
            host,
            (ToHost(status, value, host=host.name),),
            (Station.REDIRECT_FROM, int(name.kind is not NameKind.EXACT), -len(text), text),
            (NotBelow(spared),) if spared else (),
        )
        self.entries.setdefault((f"~{text}" if regex else text, name), []).append(entry)

    # What no host has.

    def _add_default(self, order: list[str]) -> None:
        host = self.world.hosts.get(NO_HOST)
        paths = host.paths if host else []
        lines = [Line(NO_HOST, p.path, p.match, p.number, p.headers) for p in paths]
        self.lines += zip(lines, paths, strict=True)
        for line, path, place in zip(lines, paths, rank(lines, order), strict=True):
            actions = self.answers.actions(path)
            conditions: tuple[Condition, ...] = path.headers
            if not actions or _ends_early(line):
                actions = (self.nobody,)
            precedence = (Station.NO_HOST, *place)
            standing = f"{line.kind} {line.text} of no host"
            self.default.append(
                Entry(_matcher(line), actions, path.route, conditions, precedence, standing)
            )
        refused = Answer(400, "the request line is malformed (400)")
        self.default.append(
            Entry(EVERYTHING, (refused,), None, (Malformed(),), (Station.MALFORMED,))
        )
        self.default.append(Entry(EVERYTHING, (self.nobody,), None, precedence=(Station.NOBODY,)))


def _beside(
    value: Value,
    host: Host,
    actions: tuple[Action, ...],
    precedence: Rank,
    conditions: tuple[Condition, ...],
    matcher: Matcher = EVERYTHING,
) -> Entry:
    """An entry of a setting and no path; its route is the Ingress that has the setting."""
    kind, _, key = value.source.partition(" ")
    route = Route(key, host.name, "/", "") if kind == "Ingress" else None
    return Entry(matcher, actions, route, conditions, precedence)


def _ends_early(line: Line) -> bool:
    """A blank in a path ends the key in haproxy's map, and what follows is its value."""
    return any(sign.isspace() for sign in line.path)


def _host_name(line: Line) -> HostName:
    """By which hosts a line is found; a pattern that is cut in two may be found by any."""
    cut = line.kind is Match.REGEX and (_ends_early(line) or has_alternatives(line.path))
    return _ANY_HOST if line.pattern or cut else host_name(line.name, NameKind.LABEL)


def _matcher(line: Line) -> Matcher:
    text = as_bytes(line.path).split()[0] if line.path.split() else ""
    wild = line.kind is Match.REGEX
    match line.match:
        case Match.EXACT:
            return Matcher(MatchKind.EXACT, text)
        case Match.REGEX:
            return Matcher(MatchKind.REGEX, f"^{text}")
        case Match.PREFIX if not wild:
            # haproxy takes slashes and question marks off both ends of a directory.
            return Matcher(MatchKind.ELEMENTS, text.rstrip("/?"))
    return Matcher(MatchKind.PREFIX, text, ignore_case=not wild)
