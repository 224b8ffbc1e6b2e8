"""Canaries: when a request goes to the second backend, and how many do.

Upstream: rootfs/etc/nginx/lua/balancer.lua (route_to_alternative_balancer),
balancer/sticky.lua; measured.
"""

from __future__ import annotations

import hashlib
import re

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.access import Access
from kubectl_ingress.controllers._ingress_nginx.reading import Values
from kubectl_ingress.controllers._ingress_nginx.variables import request_cookie, request_header
from kubectl_ingress.core import patterns
from kubectl_ingress.core.actions import Action, Forward, PathChange
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Request, Step

_USUAL_COOKIE = "INGRESSCOOKIE"
_LEAST_TOTAL = 100


class Policy(Struct, frozen=True):
    """What an Ingress says of when it is the canary; "" for what it does not say."""

    source: str
    header: str = ""
    value: str = ""
    pattern: str = ""
    cookie: str = ""
    weight: int = 0
    total: int = _LEAST_TOTAL
    legacy: bool = False

    @classmethod
    def by(cls, source: str, values: Values) -> Policy:
        """The annotations of a canary."""
        return cls(
            source,
            values.text("canary-by-header"),
            values.text("canary-by-header-value"),
            values.text("canary-by-header-pattern"),
            values.text("canary-by-cookie"),
            values.number("canary-weight") or 0,
            max(values.number("canary-weight-total") or 0, _LEAST_TOTAL),
            values.text("affinity-canary-behavior") == "legacy",
        )

    @property
    def share(self) -> int:
        """How many of `total` requests go to the canary where nothing else decides."""
        return min(max(self.weight, 0), self.total)

    def shared(self, main: Backend, canary: Backend) -> tuple[Backend, Backend]:
        """Both with what they get of requests for which nothing else decides."""
        other = replace(canary, weight=self.share, canary=self.source)
        return replace(main, weight=self.total - self.share), other


class Stickiness(Struct, frozen=True):
    """The cookie that keeps a client at one side; each side has its key in it."""

    cookie: str
    main: str
    canary: str = ""

    @classmethod
    def of(cls, cookie: str, main: str, canary: str) -> Stickiness:
        """`main` and `canary` are names of upstreams, "" for one without stickiness."""
        return cls(cookie or _USUAL_COOKIE, _key(main), _key(canary) if canary else "")

    def side(self, request: Request) -> bool | None:
        """True for the canary, False for the main backend, None for neither."""
        _, _, rest = (request.cookie(self.cookie) or "").partition("|")
        key = rest.partition("|")[0]
        if key == self.main:
            return False
        return True if key and key == self.canary else None


def _key(upstream: str) -> str:
    inner = hashlib.md5(upstream.encode(), usedforsecurity=False).hexdigest()
    return hashlib.md5((inner + upstream).encode(), usedforsecurity=False).hexdigest()


class Headers(Struct, frozen=True):
    """Which headers nginx looks at: those with strange signs in their names it drops."""

    underscores: bool = False
    strange: bool = False

    def value(self, name: str, request: Request) -> str | None:
        """The header that a policy names, one character per byte; dashes match underscores."""
        usual = r"[A-Za-z0-9_-]+" if self.underscores else r"[A-Za-z0-9-]+"
        if self.strange:
            return request_header(name, request)
        kept = tuple(pair for pair in request.headers if re.fullmatch(usual, pair[0]))
        return request_header(name, replace(request, headers=kept))


class Split(Action, Struct, frozen=True):
    """Sends a request to the main backend or to the canary, or some to each.

    `access` and `notes` as in Send.
    """

    main: Backend
    canary: Backend
    policy: Policy
    headers: Headers
    stickiness: Stickiness | None = None
    rewrite: PathChange | None = None
    access: Access | None = None
    notes: tuple[Finding, ...] = ()
    backends: tuple[Backend, ...] = ()

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers, with the weights that both sides have for this request."""
        backends, _ = self._chosen(request)
        changed = self.rewrite.target(request, path) if self.rewrite else None
        target = request.target if changed is None else changed
        return Outcome(OutcomeKind.FORWARD, upstream_path=target, backends=backends)

    def _chosen(self, request: Request) -> tuple[tuple[Backend, ...], str]:
        weight, total, why = self._weight(request)
        shares = ((self.main, total - weight), (self.canary, weight))
        chosen = [(backend, share) for backend, share in shares if share > 0]
        if len(chosen) == 1:
            return (chosen[0][0],), why
        return tuple(replace(backend, weight=share) for backend, share in chosen), why

    def _weight(self, request: Request) -> tuple[int, int, str]:
        """How many of how many requests go to the canary, and why."""
        side = self.stickiness.side(request) if self.stickiness else None
        decided, why = (side, "its cookie") if side is not None else self._by_policy(request)
        if decided is not None:
            return int(decided), 1, why
        policy = self.policy
        return policy.share, policy.total, f"canary-weight {policy.weight} of {policy.total}"

    def _by_policy(self, request: Request) -> tuple[bool | None, str]:
        policy = self.policy
        header = self.headers.value(policy.header, request) if policy.header else None
        if header is not None:
            decided = self._by_header(header)
            if decided is not None:
                return decided, f"header {policy.header}"
        cookie = request_cookie(policy.cookie, request) if policy.cookie else None
        if cookie in ("always", "never"):
            return cookie == "always", f"cookie {policy.cookie}"
        return None, ""

    def _by_header(self, header: str) -> bool | None:
        policy = self.policy
        if policy.value:
            return True if header == as_bytes(policy.value) else None
        if policy.pattern:
            pattern = as_bytes(policy.pattern)
            try:
                found = patterns.search(pattern, header)
            except patterns.GaveUp:
                return False
            return True if found else False if patterns.check_pattern(pattern) else None
        return header == "always" if header in ("always", "never") else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Which side and why, then as a Forward."""
        backends, why = self._chosen(request)
        text = f"{' and '.join(map(str, backends))}, by {why}"
        step = Step("canary", text, self.policy.source, field=("metadata", "annotations"))
        return (step, *Forward(backends, self.rewrite).steps(request, path))

    def findings(self, request: Request, path: str) -> tuple[Finding, ...]:
        """What is uncertain."""
        doubts = self.access.doubts(request) if self.access else ()
        return (*doubts, *self.notes)


class Send(Forward, frozen=True):
    """A Forward behind checks that may refuse, and whose answer may be replaced.

    `access` has let the request in as far as anybody can know; `notes` are
    about every request; `instead_of` is the status that a spare backend is
    told it answers for.
    """

    access: Access | None = None
    notes: tuple[Finding, ...] = ()
    instead_of: int | None = None

    def findings(self, request: Request, path: str) -> tuple[Finding, ...]:
        """What is uncertain."""
        doubts = self.access.doubts(request) if self.access else ()
        return (*doubts, *self.notes)
