"""A request's path and host as Traefik reads them, and what its pods get.

Traefik is a Go program: net/url reads the path, then Traefik writes it in its
normal form (pkg/server/server_entrypoint_tcp.go, normalizePath and sanitizePath)
and sends that on. Rules are compared with the same path, all but the reserved
characters decoded (pkg/muxer/http/mux.go, withRoutingPath). Measured, too.

Paths have one character per byte (core.paths).
"""

from __future__ import annotations

import re

from kubectl_ingress.core.paths import as_bytes, decode_unreserved, resolved
from kubectl_ingress.core.request import Request

LABEL = r"[^.]*"
"""What the star of ``*.example.com`` stands for: anything without a dot, even nothing."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MALFORMED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]")
# What net/url writes as %XX, and what it takes for well written when it stands there.
_ESCAPE = re.compile(r"[^A-Za-z0-9\-._~$&+,/:;=@]")
_BADLY_WRITTEN = re.compile(r"[^A-Za-z0-9\-._~$&+,/:;=@!'()*\[\]%]")
# golang.org/x/net/http/httpguts, ValidHostHeader.
_BAD_HOST = re.compile(r"[^A-Za-z0-9!$%&()*+,\-.:;='\[\]_~]")


def canonical_host(host: str) -> str | None:
    """The host that rules are compared with: lower case, without one final dot.

    None is a 400. An empty one is no error: rules without a host still apply.
    """
    if _BAD_HOST.search(host):
        return None
    if host.count(":") == 1:
        # net.SplitHostPort takes anything for a port.
        host = host.partition(":")[0]
    return host.lower().removesuffix(".")


def routing_path(raw: str) -> str | None:
    """The path that rules are compared with; None is a 400."""
    written = normal_path(raw)
    return None if written is None else decode_unreserved(written)


def normal_path(raw: str) -> str | None:
    """The path that pods get: dots resolved, slashes merged, ``%66`` decoded, ``%2f`` as %2F.

    None where Traefik answers 400: a control character, ``#``, a malformed escape.
    """
    text = _one_per_byte(raw)
    if not text.startswith("/") or "#" in text or _CONTROL.search(text):
        return None
    if _MALFORMED.search(text):
        return None
    # Unreserved characters need no escape; the hexadecimal digits become capitals.
    text = _ESCAPED.sub(_decoded_if_unreserved, text)
    return clean(_written(text))


def query_text(request: Request) -> str:
    """The query with its question mark; a semicolon separates as ``&`` does (net/http)."""
    return _one_per_byte(request.query_text).replace(";", "&")


def decoded(text: str) -> str | None:
    """Every escape decoded (url.PathUnescape); None for a malformed one."""
    return None if _MALFORMED.search(text) else _ESCAPED.sub(lambda m: _character(m[0]), text)


def encoded(path: str) -> str:
    """A decoded path as net/url writes it."""
    return _ESCAPE.sub(lambda m: f"%{ord(m[0]):02X}", path)


def _written(text: str) -> str:
    """URL.EscapedPath: as it stands where that is well written, else all written anew."""
    if not _BADLY_WRITTEN.search(text):
        return text
    return encoded(_ESCAPED.sub(lambda m: _character(m[0]), text))


def rewritten(text: str) -> str | None:
    """A path that a middleware made, as it is sent; None for a malformed escape."""
    return None if _MALFORMED.search(text) else _written(text)


def clean(path: str) -> str:
    """URL.JoinPath without arguments: one slash for many, dots resolved, a final slash kept."""
    relative = not path.startswith("/")
    result = "/" + "/".join(resolved(path))
    if path.endswith("/") and not result.endswith("/"):
        result += "/"
    return result[1:] if relative else result


def _decoded_if_unreserved(match: re.Match[str]) -> str:
    character = _character(match[0])
    return character if _UNRESERVED.fullmatch(character) else match[0].upper()


def _character(escape: str) -> str:
    return chr(int(escape[1:], 16))


def _one_per_byte(raw: str) -> str:
    # Text from a terminal is characters, from a recorded request it is bytes already:
    # bytes that are no UTF-8 when they are read as such are taken for characters.
    if raw.isascii():
        return raw
    try:
        raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return as_bytes(raw)
    return raw
