"""How nginx reads the host of a request."""

from __future__ import annotations

import re
from dataclasses import replace

from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import Dialect

_PLAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_REFUSED = re.compile(r"[\x00-\x20/\x7f]|\.\.")


def host_of(host: str) -> str | None:
    """What server names are compared with, None where nginx answers 400.

    ngx_http_validate_host: one final dot is cut, and what follows a colon;
    neither nothing nor a slash, a space or two dots in a row is a host.
    """
    if _PLAIN.fullmatch(host):
        return host
    if host.startswith("["):
        name = host.partition("]")[0] + "]"
    elif host.count(":") > 1:
        name = f"[{host}]"
    else:
        name = host.partition(":")[0]
    if _REFUSED.search(name):
        return None
    return name.removesuffix(".").lower() or None


# ngx_http_parse_request_line: what may be the host in a URL.
_OF_A_URL = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Za-z:._~!$&'()*+,;=-]*\]")


def read(request: Request) -> Request:
    """A request whose target is a whole URL; its host is nothing where nginx answers 400."""
    received = request.received()
    if received is request or _OF_A_URL.fullmatch(received.host):
        return received
    return replace(received, host="")


DIALECT = Dialect(host=host_of, read=read)
