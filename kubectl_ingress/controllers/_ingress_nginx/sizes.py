"""Sizes as nginx writes them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"([0-9]+)([kKmMgG]?)")
_UNITS = {"": 0, "k": 10, "m": 20, "g": 30}

UNLIMITED = 1 << 63
NGINX_BODY = 1 << 20
"""client_max_body_size where nobody sets it, in bytes."""


def size(text: str) -> int | None:
    """``10k``, ``1m``, ``2G`` in bytes; None for what is no size (template.go, isValidByteSize)."""
    found = _SIZE.fullmatch(text.strip())
    return int(found[1]) << _UNITS[found[2].lower()] if found else None


def body_limit(text: str) -> int:
    """proxy-body-size in bytes: 0 is no limit, and what is no size leaves nginx's own."""
    found = size(text)
    return NGINX_BODY if found is None else found or UNLIMITED
