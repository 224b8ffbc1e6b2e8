"""What Kong does to a path: before it matches, and before it sends it on.

Kong gateway 3.9: kong/tools/uri.lua (normalize, escape) and kong/router/utils.lua
(sanitize_uri_postfix, get_upstream_uri_v0); measured.
"""

from __future__ import annotations

import re

from kubectl_ingress.core.paths import as_bytes, decode_unreserved, resolved
from kubectl_ingress.core.paths import normalise as nginx_path

_NEEDS_ESCAPING = re.compile(r"[^!#$&'()*+,/:;=?@\[\]A-Za-z0-9\-_.~%]")


def normalise(text: str) -> str:
    """Escapes of reserved characters kept (in upper case), all others decoded; dots resolved.

    Text has one character per byte, as do all paths here.
    """
    decoded = decode_unreserved(text)
    kept = resolved(decoded)
    ends_in_slash = decoded.rpartition("/")[2] in ("", ".", "..")
    return "/" + "/".join(kept) + ("/" if ends_in_slash and kept else "")


def request_path(raw: str) -> str | None:
    """The path of a request that routes are compared with, None where nginx answers 400."""
    return None if nginx_path(raw) is None else normalise(as_bytes(raw))


def escape(path: str) -> str:
    """A path as it is written into the request to the pod."""
    return _NEEDS_ESCAPING.sub(lambda match: f"%{ord(match[0]):02X}", path)


def joined(base: str, path: str, postfix: str | None) -> str:
    """The path for the pod: `base` is the Service's, `postfix` what is left after stripping.

    None where nothing is stripped (path_handling v0).
    """
    if postfix is None:
        if base.endswith("/"):
            return base + path[1:]
        return base if path == "/" else base + path
    postfix = _without_dots(postfix)
    if base.endswith("/"):
        if postfix:
            return base + postfix.removeprefix("/")
        return base if base == "/" or path.endswith("/") else base[:-1]
    if postfix:
        return base + (postfix if postfix.startswith("/") else f"/{postfix}")
    return f"{base}/" if len(path) > 1 and path.endswith("/") else base


def joined_v1(base: str, path: str, postfix: str | None) -> str:
    """The same for ``path_handling: v1``, which only the traditional router knows."""
    if postfix is None:
        return base + path[1:]
    postfix = _without_dots(postfix)
    return base + (postfix.removeprefix("/") if base.endswith("/") else postfix)


def _without_dots(postfix: str) -> str:
    if postfix in (".", ".."):
        return ""
    for dots in ("./", "../"):
        if postfix.startswith(dots):
            return postfix.removeprefix(dots)
    return postfix
