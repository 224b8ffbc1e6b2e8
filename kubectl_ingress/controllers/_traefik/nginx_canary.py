"""Canaries of the provider for ingress-nginx: more rules, and shares of requests.

pkg/provider/kubernetes/ingress-nginx/{build,translator}.go. A canary whose header or
cookie decides is a router of its own, with a longer rule than the one it is for; that
rule can be longer than those of longer paths, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from kubectl_ingress.controllers._traefik.nginx_annotations import Values
from kubectl_ingress.controllers._traefik.nginx_backends import Resolved, Resolver
from kubectl_ingress.controllers._traefik.rules import quoted
from kubectl_ingress.core import patterns, re2
from kubectl_ingress.core.objects import Ingress, PathRule, ServiceBackend
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Request

_LEAST_TOTAL = 100


class Canary(Struct, frozen=True):
    """What stands beside a primary backend. `total` is the sum of both weights."""

    ingress: str
    backend: Resolved
    weight: int
    total: int
    header: str = ""
    value: str = ""
    pattern: str = ""
    cookie: str = ""

    @property
    def decides(self) -> bool:
        """Whether a header or a cookie can send a request to it."""
        return bool(self.header or self.cookie)

    @property
    def lets_off(self) -> bool:
        """Whether a header or a cookie can keep a request away from it."""
        return self.weight > 0 and bool(self._words_count or self.cookie)

    @property
    def _words_count(self) -> bool:
        """Whether the header's always and never mean something."""
        return bool(self.header) and not self.value and not self.pattern

    @property
    def problem(self) -> str:
        """Why there is no router for it."""
        if not self.header or self.value or not self.pattern:
            return ""
        return re2.problem(as_bytes(self.pattern))

    def wanted_rule(self, rule: str) -> str:
        """The text of the rule for those that it decides about."""
        clauses = []
        if self.header and self.pattern and not self.value:
            clauses.append(f"HeaderRegexp({quoted(self.header)}, {quoted(self.pattern)})")
        elif self.header:
            clauses.append(f"Header({quoted(self.header)}, {quoted(self.value or 'always')})")
        if self.cookie:
            clause = self._cookie_clause("always")
            if self._words_count:
                clause = f'({clause} && !Header({quoted(self.header)}, "never"))'
            clauses.append(clause)
        return f"({rule}) && ({' || '.join(clauses)})"

    def unwanted_rule(self, rule: str) -> str:
        """The text of the rule for those that it keeps away."""
        clauses = []
        if self._words_count:
            clauses.append(f'Header({quoted(self.header)}, "never")')
        if self.cookie:
            clauses.append(self._cookie_clause("never"))
        return f"({rule}) && ({' || '.join(clauses)})"

    def _cookie_clause(self, word: str) -> str:
        pattern = rf"(^|;\s*){self.cookie}={word}(;|$)"
        return f'HeaderRegexp("Cookie", {quoted(pattern)})'

    def wants(self, request: Request) -> bool:
        """Whether a header or a cookie sends a request to it."""
        values = request.header_values(self.header) if self.header else ()
        if self._words_count:
            if "always" in values:
                return True
            return self._has_cookie(request, "always") and "never" not in values
        if self.value:
            by_header = self.value in values
        else:
            pattern = as_bytes(self.pattern)
            by_header = any(patterns.find(pattern, as_bytes(value)) for value in values)
        return by_header or self._has_cookie(request, "always")

    def refuses(self, request: Request) -> bool:
        """Whether a header or a cookie keeps a request away from it."""
        values = request.header_values(self.header) if self._words_count else ()
        return "never" in values or self._has_cookie(request, "never")

    def _has_cookie(self, request: Request, word: str) -> bool:
        pattern = rf"(^|;\s*){re.escape(self.cookie)}={word}(;|$)"
        lines = request.header_values("Cookie") if self.cookie else ()
        return any(re.search(pattern, line) for line in lines)


class Wanted(Struct, frozen=True):
    """A header or a cookie sends the request to the canary."""

    canary: Canary

    def met(self, request: Request) -> bool:
        """Whether one does."""
        return self.canary.wants(request)

    def __str__(self) -> str:
        return f"canary {self.canary.ingress}"


class Unwanted(Struct, frozen=True):
    """A header or a cookie keeps the request away from the canary."""

    canary: Canary

    def met(self, request: Request) -> bool:
        """Whether one does."""
        return self.canary.refuses(request)

    def __str__(self) -> str:
        return f"not canary {self.canary.ingress}"


PrimaryKey = tuple[str, str, str]
"""Namespace, Service and port, as they are written."""


def primary_key(namespace: str, backend: ServiceBackend) -> PrimaryKey:
    """What canaries hang on: every path that names this Service and port."""
    return namespace, backend.service, str(backend.port)


def find_canaries(
    regular: Iterable[tuple[Ingress, Values]],
    canaries: Iterable[tuple[Ingress, Values]],
    resolver: Resolver,
) -> dict[PrimaryKey, Canary]:
    """The canaries by their primary backend; both sequences from the oldest on.

    A canary counts where a regular Ingress of its namespace has its host, path and
    path type, and it has endpoints; the first one takes the path.
    """
    primaries = {
        key: (path.backend, values)
        for ingress, values in regular
        for key, path in _paths(ingress)
        if path.backend is not None
    }
    found: dict[PrimaryKey, Canary] = {}
    taken: set[tuple[str, str]] = set()
    for ingress, values in canaries:
        for key, path in _paths(ingress):
            primary = primaries.get(key)
            if primary is None or primary[0] is None or path.backend is None or key in taken:
                continue
            backend, own = primary
            namespace = ingress.meta.namespace
            if primary_key(namespace, backend) == primary_key(namespace, path.backend):
                continue
            resolved = resolver.resolve(namespace, path.backend, own)
            if resolved.usable:
                taken.add(key)
                found[primary_key(namespace, backend)] = _canary(ingress, values, resolved)
    return found


def _paths(ingress: Ingress) -> Iterable[tuple[tuple[str, str], PathRule]]:
    for rule in ingress.rules:
        for path in rule.paths:
            kind = path.path_type or "Prefix"
            yield (ingress.meta.namespace, f"{rule.host}{path.path}/{kind}"), path


def _canary(ingress: Ingress, values: Values, backend: Resolved) -> Canary:
    total = max(values.number("canary-weight-total"), _LEAST_TOTAL)
    return Canary(
        ingress.meta.key,
        backend,
        min(max(values.number("canary-weight"), 0), total),
        total,
        values.text("canary-by-header"),
        values.text("canary-by-header-value"),
        values.text("canary-by-header-pattern"),
        values.text("canary-by-cookie"),
    )
