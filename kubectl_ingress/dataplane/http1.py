"""The head of an HTTP/1.1 request: what is taken, and what is refused with which status.

As in ngx_http_parse.c and ngx_http_request.c, and measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

Header = tuple[bytes, bytes]

_REQUEST_LINE = re.compile(
    rb"([A-Z_-]+) +([\x21-\x7e\x80-\xff]+) +HTTP/([1-9][0-9]{0,2})\.([0-9]{1,3}) *"
)
_ABSOLUTE = re.compile(
    rb"[A-Za-z][A-Za-z0-9+.-]*://((?:[A-Za-z0-9.-]+|\[[0-9A-Za-z:._~!$&'()*+,;=-]*\])(?::[0-9]*)?)"
    rb"([/?].*)?"
)
# Underscores are not among them: nginx drops such headers, and so much that was
# spoofed with them.
HEADER_NAME = re.compile(rb"[A-Za-z0-9-]+")
_HOST = re.compile(rb"(?!.*\.\.)[^\x00-\x20\x7f/:][^\x00-\x20\x7f/]*")
_LENGTH = re.compile(rb"[0-9]{1,18}")


class Limits(Struct, frozen=True):
    """What a client or an endpoint may take: seconds and bytes, nginx' own defaults."""

    line: int = 8 * 1024
    head: int = 32 * 1024
    body: int = 1024 * 1024
    answer: int = 4 * 1024
    """The head of an endpoint's answer."""
    idle: float = 75
    """Between two requests of a client."""
    request: float = 60
    """For the whole head of a request; between two pieces of its body, or of the answer."""
    connect: float = 5
    endpoint: float = 60
    """Between two pieces that an endpoint takes or gives."""
    linger: float = 2
    """For a client to read an answer that came before the end of its request."""


class Bad(Exception):
    """The client is to be answered with this status, and its connection ends."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Head(Struct, frozen=True):
    """A request without its body. `host` is the URL's or the Host header's, port and all.

    `target` is the raw one, from its path on. Of `headers`, those with a name
    that nginx ignores are left out.
    """

    method: bytes
    target: bytes
    host: bytes
    headers: tuple[Header, ...]
    version: bytes = b"1.1"

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header; the name in lower case."""
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def upgrade(self) -> bytes:
        """The protocol that the client would change to, b"" for none."""
        wanted = self.values(b"upgrade")
        return wanted[0] if wanted and b"upgrade" in words(self.values(b"connection")) else b""


def words(values: Iterable[bytes]) -> list[bytes]:
    """The elements of a comma-separated header, in lower case."""
    return [word.strip().lower() for value in values for word in value.split(b",") if word.strip()]


def parse_request_line(line: bytes) -> tuple[bytes, bytes, bytes]:
    """Method, raw target and b"1.0" or b"1.1". Raises Bad."""
    found = _REQUEST_LINE.fullmatch(line.removesuffix(b"\r"))
    if found is None:
        raise Bad(400)
    method, target, major, minor = found.groups()
    if not target.startswith(b"/") and not _ABSOLUTE.fullmatch(target):
        raise Bad(400)
    if int(major) > 1:
        raise Bad(505)
    if method in (b"CONNECT", b"TRACE"):
        raise Bad(405)
    return method, target, b"1.1" if int(minor) else b"1.0"


def split_target(target: bytes, headers: Iterable[Header]) -> tuple[bytes, bytes]:
    """The target from its path on, and the host it is for. Raises Bad.

    RFC 9112 section 3.2.2: the host of an absolute target is the one that counts.
    """
    hosts = [value for name, value in headers if name.lower() == b"host"]
    if not all(map(_HOST.fullmatch, hosts)):
        raise Bad(400)
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        return target, hosts[0] if hosts else b""
    host, rest = absolute[1], absolute[2] or b""
    return (rest if rest.startswith(b"/") else b"/" + rest), host


def check_lines(lines: Iterable[bytes], version: bytes, limits: Limits) -> None:
    """What h11 would let pass and nginx does not. Raises Bad.

    Folded headers (RFC 9112 section 5.2), and more than one way to say where
    the body ends: two readers may end it differently.
    """
    framing = []
    for line in lines:
        if len(line) > limits.line or line[:1] in (b" ", b"\t"):
            raise Bad(400)
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and not _LENGTH.fullmatch(value.strip()):
            raise Bad(400)
        if name.lower() in (b"content-length", b"transfer-encoding"):
            framing.append(name.lower())
    if len(framing) > 1 or (b"transfer-encoding" in framing and version == b"1.0"):
        raise Bad(400)
