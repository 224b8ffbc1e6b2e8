"""rewrites and rewrite-target: what becomes of the path for pods."""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.controllers._f5_nginx.variables import expanded
from kubectl_ingress.controllers._nginx import arguments
from kubectl_ingress.core import patterns
from kubectl_ingress.core.paths import encode
from kubectl_ingress.core.request import Request

# $1 or $name, as ngx_http_script_compile reads a target; braces are not allowed here.
VARIABLE = re.compile(r"\$(?:([1-9])|([A-Za-z0-9_]+)|)")


class Swap(Struct, frozen=True):
    """``proxy_pass http://upstream/uri``: the location's name is replaced, plain text."""

    name: str
    replacement: str

    def target(self, request: Request, path: str) -> str | None:
        """The replacement with what follows the name, escaped again if anything was escaped."""
        rest = path[len(self.name) :]
        escaped = encode(rest) if "%" in request.path else rest
        return self.replacement + escaped + arguments(request)

    def __str__(self) -> str:
        return f"rewrites {self.replacement}"


class Substitute(Struct, frozen=True):
    """``rewrite PATTERN TARGET break``: the whole URI, where the pattern is found in the path."""

    pattern: str
    replacement: str

    def target(self, request: Request, path: str) -> str | None:
        """The new URI; None where the pattern is not found. Raises GaveUp."""
        found = patterns.search(self.pattern, path)
        if found is None:
            return None

        def value(match: re.Match[str]) -> str:
            if match[1] is None:
                named = found.named.get(match[2] or "")
                return expanded(match[0], request, path) if named is None else named
            number = int(match[1])
            return found.groups[number - 1] if number <= len(found.groups) else ""

        whole, mark, query = self.replacement.partition("?")
        changed = encode(VARIABLE.sub(value, whole))
        if not mark:
            return changed + arguments(request)
        # A question mark at the end leaves the client's own query out.
        own, dropped = query.removesuffix("?"), not query or query.endswith("?")
        given = "" if dropped else request.query or ""
        joined = "&".join(part for part in (VARIABLE.sub(value, own), given) if part)
        return f"{changed}?{joined}" if joined else changed

    def __str__(self) -> str:
        return f"rewrite-target {self.replacement}"
