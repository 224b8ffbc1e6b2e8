"""limit-rps, limit-rpm and limit-connections: how much one client may ask for.

Upstream: internal/ingress/annotations/ratelimit, buildRateLimitZones of
template.go. A Decision is about a request whose client asks for nothing else,
so a limit answers none; whoever serves a table carries it out.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.config_map import read_networks
from kubectl_ingress.controllers._ingress_nginx.reading import Values
from kubectl_ingress.controllers._ingress_nginx.sight import Sight
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.networks import Network
from kubectl_ingress.core.request import Outcome, Request, Step

_USUAL_MULTIPLIER = 5


class ClientLimits(Action, Struct, frozen=True):
    """503 for a client that asks for more; `owner` is the Ingress that counts, ``ns/name``.

    Requests a second and a minute may run ahead by `multiplier` times as many;
    clients among `free` are not counted. 0 is no limit.
    """

    sight: Sight
    owner: str
    per_second: int = 0
    per_minute: int = 0
    connections: int = 0
    multiplier: int = _USUAL_MULTIPLIER
    free: tuple[Network, ...] = ()

    @classmethod
    def of(cls, sight: Sight, owner: str, values: Values) -> ClientLimits | None:
        """Those of an Ingress, None where it has none."""

        def number(name: str) -> int:
            return max(values.number(name) or 0, 0)

        found = cls(
            sight,
            owner,
            number("limit-rps"),
            number("limit-rpm"),
            number("limit-connections"),
            number("limit-burst-multiplier") or _USUAL_MULTIPLIER,
            read_networks(values.words("limit-allowlist")),
        )
        return found if found.per_second or found.per_minute or found.connections else None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """None: the first request passes."""
        return None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """None, as it answers nothing."""
        return ()
