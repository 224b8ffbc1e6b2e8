"""Where the lab's load balancers are, as a configuration of curl that our prober reads, too.

curl's own option: ``connect-to = "NAME:PORT:ADDRESS:PORT"`` (curl(1),
--connect-to). What is not in the file does not resolve.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from pathlib import Path

from kubectl_ingress.lab.cloud.names import Place

_HEAD = "# Written by the lab of kubectl ingress, and again with every change.\n"


class _Records(UserDict[str, list[str]]):
    """Tells of each change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        super().__init__()
        self._changed = changed

    def __setitem__(self, name: str, addresses: list[str]) -> None:
        super().__setitem__(name, addresses)
        self._changed()

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._changed()


class CurlConfig:
    """Implements names.Names."""

    def __init__(self, file: Path) -> None:
        self.records: MutableMapping[str, list[str]] = _Records(self._write)
        self._file = file
        self._places: tuple[Place, ...] = ()
        self._write()

    def publish(self, places: Iterable[Place]) -> None:
        """See Names."""
        self._places = tuple(sorted(places))
        self._write()

    def _write(self) -> None:
        lines = [f'connect-to = "{line}"\n' for line in self._lines()]
        # In one step: a curl that starts now reads the old one or the new one.
        unfinished = self._file.with_name(f"{self._file.name}.new")
        unfinished.write_text(_HEAD + "".join(lines))
        unfinished.replace(self._file)

    def _lines(self) -> Iterator[str]:
        names = [(name, ip) for name, ips in sorted(self.records.items()) for ip in ips]
        for place in self._places:
            called = [name for name, ip in names if ip == place.ip]
            for host in (*called, place.ip):
                yield f"{host}:{place.port}:{place.ip}:{place.actual}"
