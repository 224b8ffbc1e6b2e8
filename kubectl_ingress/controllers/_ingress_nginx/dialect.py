"""How nginx reads the host of a request."""

from __future__ import annotations

import re

from msgspec.structs import replace

from kubectl_ingress.controllers._nginx import host_of
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import Dialect

# ngx_http_parse_request_line: what may be the host in a URL.
_OF_A_URL = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Za-z:._~!$&'()*+,;=-]*\]")


def read(request: Request) -> Request:
    """A request whose target is a whole URL; its host is nothing where nginx answers 400."""
    received = request.received()
    if received is request or _OF_A_URL.fullmatch(received.host):
        return received
    return replace(received, host="")


DIALECT = Dialect(host=host_of, read=read)
