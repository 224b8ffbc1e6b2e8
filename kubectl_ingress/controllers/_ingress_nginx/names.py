"""The names of servers, in the order in which nginx reads them.

Upstream: controller.go (createServers), template.go (buildServerName), util
BuildRedirects; https://nginx.org/en/docs/http/server_names.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kubectl_ingress.controllers._ingress_nginx.servers import Host
from kubectl_ingress.core.hosts import HostName, NameKind, parse_host_name
from kubectl_ingress.core.paths import as_bytes

DEFAULT_NAME = "_"
"""What the controller calls the default server."""


def server_name(host: Host) -> str:
    """As the controller calls it."""
    return host.host or DEFAULT_NAME


def in_order(by_host: Mapping[str, Host]) -> list[Host]:
    """As they stand in nginx.conf: by name, which decides among patterns."""
    return sorted(by_host.values(), key=server_name)


def set_aliases(by_host: Mapping[str, Host]) -> None:
    """Leaves out aliases that are hosts of their own."""
    for host in by_host.values():
        if host.aliases:
            own = {name for name in host.aliases if name not in by_host and name != DEFAULT_NAME}
            host.aliases = tuple(sorted(own))


def names_of(host: Host) -> tuple[HostName, ...]:
    """The names of a server, () where it has none but its host's."""
    if not host.aliases:
        return ()
    own = (parse_host_name(host.host),) if host.host else ()
    return (*own, *(name for alias in host.aliases for name in _alias_names(alias)))


def _alias_names(alias: str) -> Iterator[HostName]:
    if alias.startswith("~"):
        yield HostName(NameKind.REGEX, as_bytes(alias[1:]))
        return
    alias = alias.lower()
    if alias.startswith("."):
        yield HostName(NameKind.EXACT, alias[1:])
        yield HostName(NameKind.SUFFIX, alias[1:])
    else:
        yield parse_host_name(alias, NameKind.SUFFIX)


def www_names(by_host: Mapping[str, Host]) -> Iterator[tuple[str, Host]]:
    """The names that from-to-www-redirect adds, each with the host it leads to."""
    for host in in_order(by_host):
        if host.www is not None:
            name = server_name(host)
            other = name.removeprefix("www.") if name.startswith("www.") else f"www.{name}"
            if other not in by_host:
                yield other, host
