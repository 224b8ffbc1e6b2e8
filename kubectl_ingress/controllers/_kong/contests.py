"""Who answers where several routes take a request, in the flavours that compare numbers alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from kubectl_ingress.controllers._kong.entries import KongEntry
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import Entry


def by_number(request: Request, path: str, entries: list[Entry]) -> list[Entry]:
    """Those of the best number, each route once: which of them is up to the routes' UUIDs.

    A path that is no UTF-8 finds nothing: the router takes no such text.
    """
    if not _is_text(path):
        return entries[-1:]
    first_of_route: dict[int, Entry] = {}
    for entry in equal_first(entries):
        owner = id(entry.source) if isinstance(entry, KongEntry) else 0
        first_of_route.setdefault(owner, entry)
    return [*first_of_route.values()]


def equal_first(entries: Sequence[Entry]) -> Iterator[Entry]:
    """The entries that nothing puts after the first one."""
    return takewhile(lambda one: one.precedence == entries[0].precedence, entries)


def _is_text(path: str) -> bool:
    try:
        path.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True
