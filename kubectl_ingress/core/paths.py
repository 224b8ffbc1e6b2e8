"""Request paths: what a server makes of them before it matches.

A path is held as text with one character per byte (Latin-1), because nginx
matches bytes and a request may hold any.
"""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})?")
# Where a path may not be what it stands for already.
_CHANGED = re.compile(r"[%#\x00-\x20\x7f]|/[./]")
_CONTROLS = re.compile(r"[\x00-\x20\x7f]")

# What nginx writes as %XX when it sends a changed URI on (ngx_escape_uri,
# NGX_ESCAPE_URI, since 1.21.1): controls, space, these signs and all above 126.
_ESCAPE_AGAIN = re.compile(r'[\x00-\x20"#%<>?\\^`{|}\x7f-\xff]')


def as_bytes(text: str) -> str:
    """Text from a manifest, one character per UTF-8 byte."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def normalise(raw: str) -> str | None:
    """The path that nginx matches: percent-decoded, dots resolved, slashes merged.

    A fragment is cut. None where nginx answers 400: a malformed escape, a control
    character, a space, an encoded NUL, or ``..`` above the root. Source:
    ngx_http_parse_request_line, ngx_http_parse_complex_uri, and measured.
    """
    if raw.isascii() and raw.startswith("/") and not _CHANGED.search(raw):
        return raw
    decoded = None if _CONTROLS.search(raw) else _decode(raw.partition("#")[0])
    if decoded is None or not decoded.startswith("/"):
        return None
    kept: list[str] = []
    segments = decoded.split("/")[1:]
    for segment in segments:
        if segment == "..":
            if not kept:
                return None
            kept.pop()
        elif segment not in ("", "."):
            kept.append(segment)
    ends_in_slash = segments[-1] in ("", ".", "..")
    return "/" + "/".join(kept) + ("/" if ends_in_slash and kept else "")


def _decode(raw: str) -> str | None:
    malformed = False

    def character(match: re.Match[str]) -> str:
        nonlocal malformed
        digits = match[1]
        if digits is None or digits == "00":
            malformed = True
            return ""
        return chr(int(digits, 16))

    decoded = _ESCAPED.sub(character, as_bytes(raw))
    return None if malformed else decoded


# RFC 3986, section 2.2, and the percent sign: decoding one would change the meaning.
_RESERVED = frozenset(":/?#[]@!$&'()*+,;=%")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


def decode_unreserved(path: str) -> str:
    """Escapes decoded but those of reserved characters, which get capitals; others stay."""

    def character(match: re.Match[str]) -> str:
        decoded = chr(int(match[1], 16))
        return match[0].upper() if decoded in _RESERVED else decoded

    return _ESCAPE.sub(character, path)


def resolved(path: str) -> list[str]:
    """The elements of a path without dots; ``..`` does not lead above the root."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return kept


def encode(path: str) -> str:
    """A changed path as nginx sends it to the upstream."""
    return _ESCAPE_AGAIN.sub(lambda match: f"%{ord(match[0]):02X}", path)


def elements(path: str) -> list[str]:
    """The elements of a path, a trailing slash ignored: ``/a/b/`` -> [a, b].

    Kubernetes API reference, HTTPIngressPath.pathType Prefix.
    """
    return [part for part in path.split("/") if part]


def has_prefix(path: str, prefix: str) -> bool:
    """Element-wise, as pathType Prefix: /foo is a prefix of /foo and /foo/x, not of /foobar."""
    wanted = elements(prefix)
    return elements(path)[: len(wanted)] == wanted
