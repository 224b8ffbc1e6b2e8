"""How haproxy reads a request: raw bytes, nothing decoded, merged or resolved.

Measured; the expressions are those of rootfs/etc/templates/haproxy/haproxy.tmpl.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.core import patterns
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Request

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?]*)")
# What may stand in a request line: neither blanks nor a fragment, and only ASCII.
_TARGET = re.compile(r"[\x21\x22\x24-\x7e]*")


def as_it_came(request: Request) -> Request:
    """A target that is a whole URL is kept, and goes to pods like that (measured)."""
    return request


def read_host(host: str) -> str:
    """``hdr(host),field(1,:),lower``: whatever stands behind a colon is cut."""
    return host.partition(":")[0].lower()


def read_path(path: str) -> str:
    """``path``: behind the authority of an absolute target, as it came."""
    return as_bytes(_ABSOLUTE.sub("", path, count=1))


def base(request: Request) -> str:
    """What the maps of hosts are asked: ``host#path``."""
    return f"{as_bytes(read_host(request.host))}#{read_path(request.path)}"


class Malformed(Struct, frozen=True):
    """haproxy answers 400 before any rule: bad bytes, or an authority that is not the Host."""

    def met(self, request: Request) -> bool:
        """Whether the request line is refused."""
        target = request.target
        if not _TARGET.fullmatch(target):
            return True
        absolute = _ABSOLUTE.match(target)
        if absolute is None:
            return not target.startswith("/") and target != "*"
        # The port may be left out on either side.
        return read_host(absolute[1]) != read_host(request.host)

    def __str__(self) -> str:
        return "the request line is malformed"


class NotBelow(Struct, frozen=True):
    """The path begins with none of these."""

    prefixes: tuple[str, ...]

    def met(self, request: Request) -> bool:
        """Whether it begins with none."""
        return not read_path(request.path).startswith(self.prefixes)

    def __str__(self) -> str:
        return f"a path that does not begin with {' or '.join(self.prefixes)}"


class OnBase(Struct, frozen=True):
    """A pattern is found in ``host#path``."""

    pattern: str

    def met(self, request: Request) -> bool:
        """Whether it is. Raises GaveUp."""
        return patterns.search(self.pattern, base(request)) is not None

    def __str__(self) -> str:
        return f"{self.pattern} in host#path"


class HeaderMatch(Struct, frozen=True):
    """A header has a value, or one in which a pattern is found."""

    name: str
    text: str
    regex: bool = False

    def met(self, request: Request) -> bool:
        """``hdr``: each of the values that commas separate is looked at. Raises GaveUp."""
        values = (
            as_bytes(value.strip())
            for line in request.header_values(self.name)
            for value in line.split(",")
        )
        text = as_bytes(self.text)
        if not self.regex:
            return text in values
        return any(patterns.search(text, value) for value in values)

    def __str__(self) -> str:
        return f"header {self.name}: {self.text}"
