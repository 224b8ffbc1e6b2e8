"""What `list` shows: the rows that were asked for, and what is to be said beside them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from msgspec import Struct

from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.routes import CHANCE, DEAD, LOST, SHADOWED, Row, rows
from kubectl_ingress.core.table import RouteTable


class Wanted(Struct, frozen=True):
    """Which rows: all of these that are set must hold. `namespace` "" is all of them.

    `labels` is what `selector` means; `asked` is whether a controller or class was asked for.
    """

    namespace: str = ""
    host: str = ""
    backend: str = ""
    labels: Callable[[Mapping[str, str]], bool] | None = None
    selector: str = ""
    conflicts: bool = False
    dead: bool = False
    asked: bool = False

    @property
    def filters(self) -> tuple[str, ...]:
        """What rows of the namespace are chosen by, as it is typed."""
        return (
            *((f"--host {self.host}",) if self.host else ()),
            *((f"--backend {self.backend}",) if self.backend else ()),
            *((f"--selector {shlex.quote(self.selector)}",) if self.selector else ()),
            *(("--conflicts",) if self.conflicts else ()),
            *(("--dead",) if self.dead else ()),
        )

    def takes(self, row: Row) -> bool:
        """Whether a row was asked for."""
        return (
            (not self.namespace or self.namespace == row.namespace)
            and (not self.host or self._has_host(row))
            and (not self.backend or any(_is_backend(self.backend, one) for one in _names(row)))
            and (self.labels is None or self.labels(row.labels))
            and (not self.conflicts or row.state in (DEAD, SHADOWED, LOST, CHANCE))
            and (not self.dead or row.state in (DEAD, LOST))
        )

    def _has_host(self, row: Row) -> bool:
        names = (row.route.host, *row.aliases)
        return self.host in names or wildcard_of(self.host) in names


def _names(row: Row) -> list[str]:
    return [f"{one.namespace}/{one.service}:{one.port}" for one in row.destinations]


def _is_backend(typed: str, name: str) -> bool:
    """``service``, ``service:port``, ``namespace/service`` or all three."""
    whole = name if ":" in typed else name.rpartition(":")[0]
    return typed == (whole if "/" in typed else whole.partition("/")[2])


class Listing(Struct, frozen=True):
    """`refused` are what keeps a controller from loading anything, `ignored` (Ingress, reason).

    `namespace` is the only one that was asked for, "" where all were. Of the `total`
    rows there those are here that fit the `filters`, which are as typed. `controllers`
    are the names of those that were asked.
    """

    rows: tuple[Row, ...]
    refused: tuple[Finding, ...] = ()
    ignored: tuple[tuple[str, Finding], ...] = ()
    findings: tuple[Finding, ...] = ()
    namespace: str = ""
    total: int = 0
    filters: tuple[str, ...] = ()
    controllers: tuple[str, ...] = ()


def listing(tables: tuple[RouteTable, ...], snapshot: Snapshot, wanted: Wanted) -> Listing:
    """The rows of all tables; an Ingress is ignored where none of them takes it."""
    everything = [row for table in tables for row in rows(table, snapshot)]
    found = everything if wanted == Wanted() else [row for row in everything if wanted.takes(row)]
    loaded = {one.meta.key for table in tables for one in table.loaded}
    ignored = {
        one.ingress.meta.key: one.finding
        for table in reversed(tables)
        for one in table.ignored
        if one.ingress.meta.key not in loaded
        and wanted.namespace in ("", one.ingress.meta.namespace)
    }
    general = [one for one in snapshot.findings if one.code.startswith("KI9")]
    for table in tables:
        # How a controller is modelled is no matter where nothing is its own.
        told = ("KI9", "KI207") if wanted.asked or _has_any(table, wanted.namespace) else ("KI9",)
        general += [one for one in table.findings if one.code.startswith(told)]
    return Listing(
        tuple(found),
        tuple(part.refused for table in tables for part in table.parts if part.refused),
        tuple(sorted(ignored.items())),
        tuple(dict.fromkeys(general)),
        wanted.namespace,
        sum(wanted.namespace in ("", row.namespace) for row in everything),
        wanted.filters,
        tuple(dict.fromkeys(table.controller for table in tables)),
    )


def _has_any(table: RouteTable, namespace: str) -> bool:
    return any(namespace in ("", one.meta.namespace) for one in table.loaded)
