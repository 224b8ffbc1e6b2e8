"""What a route asks of a request beside its host and path.

Kong's kong/router/traditional.lua and transform.lua, KIC's translator/atc.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_ingress.controllers._kong.routes import HeaderTest
from kubectl_ingress.core import patterns
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Request

PATTERN = "~*"


class FoldedHeader(Struct, frozen=True):
    """The traditional routers: any value of the header, case ignored.

    `fold_pattern`: the compatible one lowers the regex as well. `lone_pattern`:
    the traditional one knows a regex only where it is the only value.
    """

    test: HeaderTest
    fold_pattern: bool = False
    lone_pattern: bool = False

    def met(self, request: Request) -> bool:
        """Whether one of the values is there."""
        found = [value.lower() for value in header_values(request, self.test.name)]
        return any(self._takes(value) for value in found)

    def _takes(self, found: str) -> bool:
        for value in self.test.values:
            is_pattern = value.startswith(PATTERN)
            if is_pattern and not (self.lone_pattern and len(self.test.values) > 1):
                pattern = value.removeprefix(PATTERN)
                if is_found(pattern.lower() if self.fold_pattern else pattern, found):
                    return True
            elif value.lower() == found:
                return True
        return False

    def __str__(self) -> str:
        return f"header {self.test.name}: {' or '.join(self.test.values)}"


class ExactHeader(Struct, frozen=True):
    """The expressions router: each value of the header that is sent, byte by byte."""

    test: HeaderTest

    def met(self, request: Request) -> bool:
        """Whether all values that are sent are among those asked for, and there is one."""
        found = header_values(request, self.test.name.lower().replace("-", "_"))
        return bool(found) and any(
            all(_is(value, one) for one in found) for value in self.test.values
        )

    def __str__(self) -> str:
        return f"header {self.test.name}: {' or '.join(self.test.values)}"


def _is(value: str, found: str) -> bool:
    if value.startswith(PATTERN):
        return is_found(value.removeprefix(PATTERN), found)
    return value == found


class QueryParameter(Struct, frozen=True):
    """A query parameter; `pattern` is whether the value is a regex."""

    name: str
    value: str
    pattern: bool

    def met(self, request: Request) -> bool:
        """Whether all values that are sent fit, and there is one."""
        found = [value for name, value in request.parameters() if name == self.name]
        fits = (is_found(self.value, v) if self.pattern else self.value == v for v in found)
        return bool(found) and all(fits)

    def __str__(self) -> str:
        return f"query parameter {self.name}={self.value}"


class ServerName(Struct, frozen=True):
    """One of these names in the TLS handshake; `only_https`: plain http does not meet it."""

    names: tuple[str, ...]
    only_https: bool

    def met(self, request: Request) -> bool:
        """Whether it is, or there is no TLS and that does not matter."""
        if request.scheme != "https":
            return not self.only_https
        return sni_of(request) in self.names

    def __str__(self) -> str:
        return f"SNI {' or '.join(self.names)}"


def sni_of(request: Request) -> str:
    """The name in the TLS handshake, "" without TLS."""
    if request.scheme != "https":
        return ""
    return request.host if request.sni is None else request.sni


def header_values(request: Request, name: str) -> tuple[str, ...]:
    """The values that ngx.req.get_headers gives: a name with ``_`` also finds one with ``-``."""
    if name.lower() == "host":
        return ()
    return request.header_values(name) or request.header_values(name.replace("_", "-"))


def header_conditions(headers: Iterable[HeaderTest], fold_pattern: bool) -> list[FoldedHeader]:
    """Those of the traditional routers."""
    return [FoldedHeader(one, fold_pattern, not fold_pattern) for one in headers]


def is_found(pattern: str, text: str) -> bool:
    """Whether a regex is found anywhere."""
    return patterns.find(as_bytes(pattern), as_bytes(text)) is not None
