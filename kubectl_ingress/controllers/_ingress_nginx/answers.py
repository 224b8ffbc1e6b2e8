"""What nginx answers by itself, without asking a backend."""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.sight import AS_IT_IS, Sight
from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.guards import BodyLimit as BodyLimit
from kubectl_ingress.core.networks import Network, is_in
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.values import Value


class Preflight(Action, Struct, frozen=True):
    """204 for OPTIONS; the Origin header must end in one of `origins`, None for any.

    template.go, buildCorsOriginRegex: the pattern has no beginning.
    """

    origins: tuple[str, ...] | None
    because: Value

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """204, where the origin is allowed."""
        if request.method != "OPTIONS" or not self._allows(request.header("origin")):
            return None
        return Outcome(OutcomeKind.REPLY, 204)

    def _allows(self, origin: str | None) -> bool:
        if self.origins is None:
            return True
        return origin is not None and any(_ends_in(origin, one) for one in self.origins)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """That a backend never sees it."""
        text = "OPTIONS of an allowed origin is answered by enable-cors: 204"
        return self.because.step("cors", text)


def _ends_in(origin: str, allowed: str) -> bool:
    """Whether an origin ends in an allowed one, whose first star is letters, digits and dashes."""
    head, star, tail = allowed.lower().partition("*")
    origin = origin.lower()
    if not star:
        return origin.endswith(head)
    if not origin.endswith(tail):
        return False
    rest = origin[: len(origin) - len(tail)]
    bare = rest.rstrip("abcdefghijklmnopqrstuvwxyz0123456789-")
    # The star may stop short of the longest run, where what is before it ends in such signs.
    return any(rest[:end].endswith(head) for end in range(len(bare), len(rest)))


_ORIGIN = re.compile(r"(https?://(\*\.)?[A-Za-z0-9\-.]*(:[0-9]+)?)?")


def read_origins(text: str) -> tuple[str, ...] | None:
    """cors-allow-origin as Preflight has it; what is no origin is left out of the list.

    Nothing behind the last comma is an alternative too: one that all origins meet.
    """
    words = [word.strip() for word in text.split(",")]
    kept = [word for word in words if _ORIGIN.fullmatch(word)]
    if not text or "*" in words or (kept and not kept[-1]):
        return None
    return tuple(word for word in kept if word)


class StatusPage(Reply, frozen=True):
    """``/nginx_status`` of the default server: 200 for `clients`, 403 for all others.

    ngx_http_stub_status_module: 405 for whatever does not only read.
    """

    sight: Sight = AS_IT_IS
    clients: tuple[Network, ...] = ()

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        client = self.sight.client(request)
        if client is None or not is_in(client, self.clients):
            return Outcome(OutcomeKind.REPLY, self.status)
        return Outcome(OutcomeKind.REPLY, 200 if request.method in ("GET", "HEAD") else 405)
