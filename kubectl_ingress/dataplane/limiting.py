"""limit-rps and limit-rpm as the proxy keeps them: nginx's leaky bucket for each client.

ngx_http_limit_req_module, with ``nodelay`` as ingress-nginx has it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct, field

from kubectl_ingress.controllers._ingress_nginx.limits import ClientLimits
from kubectl_ingress.controllers._ingress_nginx.sight import is_in
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step

_MOST_CLIENTS = 10_000


class Buckets(Struct):
    """How far each client is ahead of its rate, in requests; of the same unit of time and burst."""

    clock: Callable[[], float] = time.monotonic
    _ahead: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def takes(self, zone: str, client: str, rate: float, burst: int) -> bool:
        """Whether one request more is let through; `rate` is in requests a second."""
        now = self.clock()
        key = zone, client
        ahead = 0.0
        if key in self._ahead:
            before, last = self._ahead[key]
            ahead = max(before - (now - last) * rate + 1, 0)
            if ahead > burst:
                return False
        elif len(self._ahead) >= _MOST_CLIENTS:
            # As nginx, which forgets the oldest where its memory is full.
            del self._ahead[next(iter(self._ahead))]
        self._ahead[key] = ahead, now
        return True


class Limited(Action, Struct, frozen=True):
    """503 for a client that is too far ahead; to ask is to count."""

    limits: ClientLimits
    buckets: Buckets

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """503, or None where the request may go on."""
        limits = self.limits
        client = limits.sight.client(request)
        if client is None or is_in(client, limits.free):
            return None
        for number, seconds in ((limits.per_second, 1), (limits.per_minute, 60)):
            zone, burst = f"{limits.owner} {number}/{seconds}", number * limits.multiplier
            if number and not self.buckets.takes(zone, str(client), number / seconds, burst):
                return Outcome(OutcomeKind.REPLY, 503)
        return None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Nobody asks a proxy why."""
        return ()
