"""The connections to one API server: kept, over TLS, through a proxy where there is one.

They are urllib3's. A proxy is the kubernetes library's to judge, for whom it is and
whether it speaks SOCKS: to import that costs 0.3 s of CPU and 30 MiB, more than a
list of 5,000 Ingresses, so only where there is a proxy.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection

from kubectl_ingress.ports.abreast import WORKERS
from kubectl_ingress.ports.access import Access
from kubectl_ingress.ports.credentials import CertificatePair
from kubectl_ingress.ports.forward import Upgraded
from kubectl_ingress.ports.proxy import Proxy
from kubectl_ingress.ports.tls import tls_context

# As client-go has it (net.Dialer.KeepAlive, and Go's own interval and count), where the
# system knows the option: idle seconds, seconds between probes, probes.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPALIVE": 30, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 9}


def new_pool(access: Access, pair: CertificatePair | None, proxy: Proxy) -> urllib3.PoolManager:
    """Nothing is connected yet. Raises KubeconfigError for certificates that cannot be used."""
    pool = _through(proxy, access) if proxy.url else _straight(access)
    if access.is_tls:
        pool.connection_pool_kw["ssl_context"] = tls_context(access, pair)
    if access.insecure:
        # Whoever set the flag knows; kubectl does not repeat it either.
        urllib3.disable_warnings()
    return pool


def _straight(access: Access) -> urllib3.PoolManager:
    name = access.tls_server_name
    named: dict[str, Any] = {"server_hostname": name} if name else {}
    return urllib3.PoolManager(
        # As many as may read at the same time, and one more.
        maxsize=WORKERS + 1,
        cert_reqs=ssl.CERT_NONE if access.insecure else ssl.CERT_REQUIRED,
        socket_options=_socket_options(),
        **named,
    )


def _through(proxy: Proxy, access: Access) -> urllib3.PoolManager:
    from kubernetes.client.configuration import Configuration
    from kubernetes.client.rest import RESTClientObject

    configuration = Configuration(
        host=access.server,
        verify_ssl=not access.insecure,
        tls_server_name=access.tls_server_name or None,
        proxy=proxy.url,
        no_proxy=proxy.exceptions,
        proxy_headers=dict(urllib3.make_headers(proxy_basic_auth=":".join(proxy.login or ()))),
        socket_options=_socket_options(),
    )
    pool: urllib3.PoolManager = RESTClientObject(configuration).pool_manager
    return pool


def taken_over(response: urllib3.BaseHTTPResponse) -> Upgraded:
    """The connection of a 101, out of the pool, with what was read of it already.

    Between urllib3 and the connection are the HTTP client's response and its buffer,
    which has what followed the headers at once.
    """
    sock = response.connection.sock  # type: ignore[union-attr]
    buffered = response._fp.fp  # type: ignore[attr-defined]
    sock.setblocking(False)
    early = b""
    with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
        early = buffered.peek()
    sock.setblocking(True)
    # The buffer alone: the connection is somebody else's now.
    response._fp.close()  # type: ignore[attr-defined]
    return Upgraded(sock, early)


def _socket_options() -> list[tuple[int, int, int | bytes]]:
    kept = [
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in _KEEP_ALIVE.items()
        if hasattr(socket, name)
    ]
    return [
        *HTTPConnection.default_socket_options,
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        *kept,
    ]
