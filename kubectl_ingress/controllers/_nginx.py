"""How nginx reads requests and settings, whichever controller it runs for."""

from __future__ import annotations

import re

from kubectl_ingress.core.request import Request

_PLAIN_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_REFUSED_IN_HOST = re.compile(r"[\x00-\x20/\x7f]|\.\.")
_SIZE = re.compile(r"([0-9]{1,99})([kKmMgG]?)")
_SHIFTS = {"": 0, "k": 10, "m": 20, "g": 30}

BODY = 1 << 20
"""client_max_body_size where nobody sets it, in bytes."""


def host_of(host: str) -> str | None:
    """What server names are compared with, None where nginx answers 400.

    ngx_http_validate_host: one final dot is cut, and what follows a colon;
    neither nothing nor a slash, a space or two dots in a row is a host.
    """
    if _PLAIN_HOST.fullmatch(host):
        return host
    if host.startswith("["):
        name = host.partition("]")[0] + "]"
    elif host.count(":") > 1:
        name = f"[{host}]"
    else:
        name = host.partition(":")[0]
    if _REFUSED_IN_HOST.search(name):
        return None
    return name.removesuffix(".").lower() or None


def arguments(request: Request) -> str:
    """The query as nginx writes it anew: an empty one loses its question mark."""
    return request.query_text if request.query else ""


def size(text: str) -> int | None:
    """``10k``, ``1m``, ``2G`` in bytes; None for what is no size."""
    found = _SIZE.fullmatch(text.strip())
    return int(found[1]) << _SHIFTS[found[2].lower()] if found else None
