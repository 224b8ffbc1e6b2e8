"""Which requests are sent: one for each path of each Ingress in question. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._to_pods import protocol_annotations
from kubectl_ingress.core.objects import Ingress, PathRule
from kubectl_ingress.core.paths import encode
from kubectl_ingress.core.request import Decision, OutcomeKind, Request
from kubectl_ingress.core.values import Value
from kubectl_ingress.core.vantage import asked_in
from kubectl_ingress.core.witness import example
from kubectl_ingress.doctor.case import Case, name_of
from kubectl_ingress.errors import UsageError
from kubectl_ingress.livechoice import Live

MOST = 20
"""Requests of one examination; it looks for what is broken, and is no load test."""

_PATTERN = frozenset("\\^$*+?()[]{}|")


class Planned(Struct, frozen=True):
    """One request: the Ingress it is made for, who takes it, and what should become of it."""

    ingress: Ingress
    live: Live
    decision: Decision

    @property
    def request(self) -> Request:
        """What is sent."""
        return self.decision.request

    @property
    def protocol_names(self) -> tuple[str, ...]:
        """The annotations by which the controller is told what to speak to pods, if there are."""
        settings = self.live.running.settings if self.live.running is not None else None
        return protocol_annotations(self.live.table.controller, settings)

    @property
    def protocol(self) -> Value | None:
        """What the Ingress has it speak to pods, None for plain HTTP."""
        meta = self.ingress.meta
        return asked_in(self.protocol_names, f"Ingress {meta.key}", meta.annotations)

    @property
    def address(self) -> str:
        """Where the load balancer is, "" while that is not known."""
        running = self.live.running
        known = running.addresses if running is not None else self.ingress.addresses
        return known[0] if known else ""


def planned(case: Case) -> tuple[tuple[Planned, ...], int, tuple[str, ...]]:
    """The requests, each URL once, at most MOST; how many more there would be; paths with none.

    Those of an Ingress that nobody takes are not sent, and its paths are not among the last.
    """
    found: dict[str, tuple[Ingress, Live, Request]] = {}
    unmet: list[str] = []
    for ingress in case.ingresses:
        live = case.live_of(ingress)
        if live is not None:
            for request in _requests(ingress, live):
                found.setdefault(request.url, (ingress, live, request))
            paths = (path for rule in ingress.rules for path in rule.paths)
            unmet += [path.path for path in paths if not _target(path)]
    chosen = [*found.values()][:MOST]
    decided = (Planned(one, live, _decided(live, asked)) for one, live, asked in chosen)
    return tuple(decided), len(found) - len(chosen), tuple(unmet)


def _decided(live: Live, request: Request) -> Decision:
    """What becomes of it; where that is a redirect to https, of the request that follows."""
    decision = live.table.decide(request)
    secure = replace(request, scheme="https")
    location = (decision.outcome.location or "").rstrip("/")
    is_to_it = location == secure.url.rstrip("/") and request.scheme != "https"
    if decision.outcome.kind is OutcomeKind.REDIRECT and is_to_it:
        return live.table.decide(secure)
    return decision


def _requests(ingress: Ingress, live: Live) -> Iterator[Request]:
    running = live.running
    addresses = running.addresses if running is not None else ingress.addresses
    secured = {host for entry in ingress.tls for host in entry.hosts}
    for rule in ingress.rules:
        host = name_of(rule.host) or next(iter(addresses), "")
        scheme = "https" if rule.host in secured else "http"
        for path in rule.paths:
            target = _target(path)
            if host and target:
                yield Request(host, target, scheme)
    if ingress.default_backend is not None and not ingress.rules and addresses:
        yield Request(addresses[0])


def _target(path: PathRule) -> str:
    """A path that the rule takes, "" where none can be made up."""
    written = path.path or "/"
    if _PATTERN & set(written):
        made = example(written)
        if made is None:
            return ""
        written = made
    try:
        return encode(written) if written.startswith("/") else ""
    except (UsageError, UnicodeError):
        return ""
