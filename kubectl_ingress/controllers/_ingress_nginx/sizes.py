"""The largest body that ingress-nginx lets pass."""

from __future__ import annotations

from kubectl_ingress.controllers._nginx import BODY, size

UNLIMITED = 1 << 63
NGINX_BODY = BODY


def body_limit(text: str) -> int:
    """proxy-body-size in bytes: 0 is no limit, and what is no size leaves nginx's own."""
    found = size(text)
    return BODY if found is None else found or UNLIMITED
