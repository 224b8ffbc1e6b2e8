"""Entries by their hostname become the servers of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct, field

from kubectl_ingress.controllers._gateway.hostnames import specificity
from kubectl_ingress.controllers._gateway.listeners import Bound
from kubectl_ingress.core.hosts import HostName
from kubectl_ingress.core.table import Entry, Server


class Hosts(Struct):
    """Collects entries, and the listeners that they are on; "" is every host."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    bounds: dict[str, list[Bound]] = field(default_factory=dict)

    def add(self, hostname: str, entry: Entry, bounds: Iterable[Bound]) -> None:
        """One more entry of a hostname."""
        self.entries.setdefault(hostname, []).append(entry)
        self.bounds.setdefault(hostname, []).extend(bounds)

    def servers(self, names_of: Callable[[str], tuple[HostName, ...]]) -> tuple[Server, ...]:
        """All but that of every host."""
        return tuple(self._server(host, names_of(host)) for host in self.entries if host)

    def default(self, *, before: tuple[Entry, ...] = (), after: Entry) -> Server:
        """That of every host: `after` answers what no route takes."""
        return self._server("", (), before, (after,))

    def _server(
        self,
        host: str,
        names: tuple[HostName, ...],
        before: tuple[Entry, ...] = (),
        after: tuple[Entry, ...] = (),
    ) -> Server:
        entries = (*before, *self.entries.get(host, ()), *after)
        encrypted = [one for one in self.bounds.get(host, ()) if one.scheme == "https"]
        encrypted.sort(key=lambda one: specificity(one.listener.hostname))
        certificate = next((one.certificate for one in encrypted if one.certificate), "")
        return Server(host, entries, "", bool(encrypted), names, certificate=certificate)
