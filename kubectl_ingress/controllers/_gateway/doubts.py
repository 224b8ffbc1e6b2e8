"""What the specification leaves open about a request that a table decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from kubectl_ingress.controllers._gateway.attachment import Attached
from kubectl_ingress.controllers._gateway.conditions import Header, Parameter
from kubectl_ingress.controllers._gateway.entrance import Entrance, most_specific
from kubectl_ingress.controllers._gateway.hostnames import covers
from kubectl_ingress.controllers._gateway.listeners import Bound
from kubectl_ingress.core.hosts import normalise_host
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Request, Route
from kubectl_ingress.core.table import Entry

# Empty and dotted elements, escaped slashes, and escapes of what needs none.
_NORMALISED = re.compile(
    r"//|/\.\.?(?:/|$)|\\|%(?:2[fFdDeE]|5[cCfF]|7[eE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA])"
)


class Doubtful(Struct, frozen=True):
    """The names that a table looks at, its listeners, and the hostnames that are served there."""

    entrance: Entrance
    served: tuple[tuple[Bound, str], ...]
    headers: frozenset[str]
    parameters: frozenset[str]

    @classmethod
    def of(
        cls, entrance: Entrance, attached: Iterable[Attached], entries: Iterable[Entry]
    ) -> Doubtful:
        """What the entries of a table look at, which are those of attached routes."""
        served = {
            (one.bound.owner, one.bound.listener.name, name.common): (one.bound, name.common)
            for one in attached
            for name in one.hostnames
        }
        conditions = [one for entry in entries for one in entry.conditions]
        return cls(
            entrance,
            tuple(served.values()),
            frozenset(one.name.lower() for one in conditions if isinstance(one, Header)),
            frozenset(one.name for one in conditions if isinstance(one, Parameter)),
        )

    def doubts(self, request: Request, route: Route | None) -> tuple[Finding, ...]:
        """What makes the prediction for a request uncertain."""
        ways = (self._of_path, self._of_names, self._of_host)
        return tuple(
            Finding("KI401", "warning", message) for way in ways for message in way(request)
        )

    def _of_path(self, request: Request) -> Iterator[str]:
        if _NORMALISED.search(request.path):
            yield (
                f"whether {request.path} is normalised before it is matched and sent on is left to"
                " implementations; taken as it was sent"
            )

    def _of_names(self, request: Request) -> Iterator[str]:
        counted = Counter(name for name, _ in request.parameters())
        if any(count > 1 and name in self.parameters for name, count in counted.items()):
            yield "which of equal query parameters counts is left open; here the first"
        lines = Counter(name.lower() for name, _ in request.headers)
        if any(count > 1 and name in self.headers for name, count in lines.items()):
            yield "how several lines of one header are matched is left open; one with commas here"

    def _of_host(self, request: Request) -> Iterator[str]:
        sni = normalise_host(request.sni or request.host)
        hearing = self.entrance.hearing(request)
        if request.scheme == "https" and hearing and most_specific(hearing, sni) is None:
            yield (
                f"no listener has the name {sni}: most implementations refuse the TLS handshake"
                " instead of answering 404"
            )
        taking = self._taking(request)
        if len(taking) > 1:
            yield (
                f"Gateways {', '.join(sorted(taking))} all have routes for this host and port;"
                " taken as one, though the address that is connected to decides which is asked"
            )
        for gateway, hostnames in sorted(taking.items()):
            if len(hostnames) > 1:
                yield (
                    f"several listeners of Gateway {gateway} have routes for this host, of which"
                    " the most specific listener answers alone; an implementation without listener"
                    " isolation asks the routes of all"
                )

    def _taking(self, request: Request) -> dict[str, set[str]]:
        """Gateway -> hostnames of its listeners that have a route for the host and port."""
        host, port = normalise_host(request.host), self.entrance.port(request)
        found: dict[str, set[str]] = {}
        for bound, name in self.served:
            if bound.hears(port, request.scheme) and covers(name, host):
                found.setdefault(bound.gateway, set()).add(bound.listener.hostname)
        return found
