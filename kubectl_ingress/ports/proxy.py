"""The proxy before the API server, if any: from the kubeconfig, else from the environment."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from kubectl_ingress.errors import KubeconfigError
from kubectl_ingress.ports.access import Access


class Proxy(Struct, frozen=True):
    """A proxy's URL, "" for none; the hosts that go without it; its login as (name, password)."""

    url: str = ""
    exceptions: str = ""
    login: tuple[str, str] | None = None


def proxy_of(access: Access, variables: Mapping[str, str]) -> Proxy:
    """As Go and kubectl choose it. Raises KubeconfigError for a URL that is no proxy's."""
    if access.proxy_url:
        return _checked(access.proxy_url, "")
    host = urlsplit(access.server).hostname or ""
    if host == "localhost" or _is_loopback(host):
        # As Go has it: never for this machine itself.
        return Proxy()
    name = "https_proxy" if access.is_tls else "http_proxy"
    url = variables.get(name.upper()) or variables.get(name) or ""
    if not url:
        return Proxy()
    exceptions = variables.get("NO_PROXY") or variables.get("no_proxy") or ""
    return _checked(url if "://" in url else f"http://{url}", exceptions)


def _checked(url: str, exceptions: str) -> Proxy:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("http", "https", "socks5", "socks5h") or port == 0:
        raise KubeconfigError(
            f'"{_without_password(url)}" is not the URL of a proxy',
            "proxy-url and HTTPS_PROXY take http, https and socks5",
        )
    if parts.scheme.startswith("socks"):
        # Go leaves the look-up of names to the proxy; urllib3 calls that socks5h.
        url = url.replace("socks5://", "socks5h://", 1)
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return Proxy(url, exceptions, login)


def _without_password(url: str) -> str:
    return url.rpartition("@")[2]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
