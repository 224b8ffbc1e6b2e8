"""From an Ingress, or a master with its minions, to the server block of a host."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kubectl_ingress.controllers._f5_nginx.actions import (
    AppRoot,
    RefuseHandshake,
    ToHttps,
    ToHttpsByHeader,
)
from kubectl_ingress.controllers._f5_nginx.annotations import ORG
from kubectl_ingress.controllers._f5_nginx.certificates import Certificate, certificate
from kubectl_ingress.controllers._f5_nginx.guards import Guards, guards
from kubectl_ingress.controllers._f5_nginx.locations import Location
from kubectl_ingress.controllers._f5_nginx.options import Options
from kubectl_ingress.controllers._f5_nginx.requests import Listeners, Listens
from kubectl_ingress.controllers._f5_nginx.rewriting import VARIABLE
from kubectl_ingress.controllers._f5_nginx.sending import send
from kubectl_ingress.controllers._f5_nginx.settings import Settings
from kubectl_ingress.controllers._f5_nginx.site import Place, Site
from kubectl_ingress.controllers._f5_nginx.snippets import snippet
from kubectl_ingress.controllers._f5_nginx.variables import exists, is_known
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.guards import BodyLimit
from kubectl_ingress.core.matching import MatchKind
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.core.values import Value


class IngressSites(Struct, frozen=True):
    """Makes server blocks of Ingresses."""

    snapshot: Snapshot
    settings: Settings
    listeners: Listeners

    def site(
        self, ingress: Ingress, host: str, places: list[Location], tie: Finding | None
    ) -> Site:
        """The server block of one of its hosts; `tie` says that another object may have it."""
        options = Options(ingress, self.settings)
        found = self._certificate(ingress, host)
        own = guards(self.snapshot, options)
        because = _one_regex(places)
        listens = Listens(
            self.listeners,
            () if _is_grpc_only(places) else options.http_ports,
            options.https_ports if found else (),
        )
        return Site(
            host,
            f"{ingress.meta.namespace}-{ingress.meta.name}",
            listens,
            tuple(self._place(one, own, ingress) for one in places),
            tuple(self._first(options, found, own, bool(listens.http))),
            tuple(own.actions),
            (*([tie] if tie else ()), *own.doubts, *_unclear(options, "server-snippets")),
            found.secret if found else "",
            f"Ingress {because.meta.key}" if because else "",
            ("metadata", "annotations", f"{ORG}path-regex") if because else (),
        )

    def _certificate(self, ingress: Ingress, host: str) -> Certificate | None:
        """None without TLS: only an entry with this very host counts, of several the last."""
        owner = f"Ingress {ingress.meta.key}"
        if not host:
            # The rule without host is the default server, which always has https.
            secret = self.settings.default_secret
            finding = Finding("KI302", "error", "no server has a certificate for this name", owner)
            return Certificate(secret, None if secret else finding)
        for number, entry in reversed(list(enumerate(ingress.tls))):
            if host in entry.hosts:
                return certificate(
                    self.snapshot,
                    self.settings,
                    ingress.meta.namespace,
                    entry.secret,
                    owner,
                    ("spec", "tls", number),
                )
        return None

    def _first(
        self, options: Options, found: Certificate | None, own: Guards, has_http: bool
    ) -> Iterator[Action]:
        if found and found.problem:
            because = Value("", f"Ingress {options.ingress.meta.key}", found.field)
            yield RefuseHandshake(because, found.problem)
        redirect = options.ssl_redirect
        if found and redirect and has_http:
            yield ToHttps(options.redirect_code, redirect, port=options.https_ports[0])
        by_header = options.flag("redirect-to-https")
        if by_header:
            yield ToHttpsByHeader(options.redirect_code, by_header)
        if own.error:
            yield own.error
        yield from snippet(options.value("server-snippets"), "server-snippets").answers
        root = options.value("app-root")
        if root.text:
            yield AppRoot(302, root)

    def _place(self, location: Location, server: Guards, ingress: Ingress) -> Place:
        options = location.options
        own = server
        actions: list[Action] = []
        findings: tuple[Finding, ...] = ()
        if options.ingress is not ingress:
            minion = guards(self.snapshot, options)
            own, findings = minion.over(server), minion.doubts
            actions += [minion.error] if minion.error else []
        value = options.value("location-snippets")
        actions += [*snippet(value, "location-snippets").answers, *own.actions]
        actions.append(send(self.snapshot, self.settings, location))
        return Place(
            location.name.matcher,
            location.route,
            tuple(actions),
            BodyLimit(*options.body_limit),
            (
                *findings,
                *_unclear(options, "location-snippets"),
                *_unfollowed(options),
                *_limit(options),
            ),
        )


def _is_grpc_only(places: list[Location]) -> bool:
    return bool(places) and all(one.options.speaks_grpc(one.backend.service) for one in places)


def _one_regex(places: list[Location]) -> Ingress | None:
    """The Ingress that made all paths of a host patterns, None where it is not one for all."""
    first = places[0].options.ingress if places else None
    all_of_it = all(
        one.options.ingress is first and one.name.matcher.kind is MatchKind.REGEX for one in places
    )
    return first if all_of_it else None


def _unclear(options: Options, name: str) -> Iterator[Finding]:
    value = options.value(name)
    if text := snippet(value, name).unclear:
        yield Finding("KI401", "warning", text, value.source)


def _unfollowed(options: Options) -> Iterator[Finding]:
    """Variables of a rewrite-target whose value nobody knows here."""
    for found in VARIABLE.finditer(options.rewrite_target):
        if found[2] and exists(found[2]) and not is_known(found[2]):
            value = options.value("rewrite-target")
            message = f"not known here: the value of {found[0]} in rewrite-target"
            yield Finding("KI401", "warning", message, value.source)


def _limit(options: Options) -> Iterator[Finding]:
    if options.is_limited:
        value = options.value("limit-req-rate")
        code = options.value("limit-req-reject-code").text or "429"
        message = f"limit-req-rate {value.text}: a client that sends more gets {code}"
        yield Finding("KI405", "info", message, value.source)
