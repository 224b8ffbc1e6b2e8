"""The traditional router's own way to a route: categories, and the shortest list to look into.

Routes that ask about the same kinds of things are a category. Within one, the
router does not go through all routes: it goes through those with the request's
host, with its path, its method or its SNI, whichever are the fewest. Where the
winner is not the one by the host, routes of unrelated hosts decide which are
the fewest, so that the answer is not to be relied on. Source:
kong/router/traditional.lua of Kong 3.9.3 (reduce, find_match); measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import product

from msgspec import Struct

from kubectl_ingress.controllers._kong.conditions import header_values, sni_of
from kubectl_ingress.controllers._kong.contests import equal_first
from kubectl_ingress.controllers._kong.entries import KongEntry
from kubectl_ingress.controllers._kong.precedence import Precedence, traditional
from kubectl_ingress.controllers._kong.routes import HEADER, HOST, METHOD, SNI, URI, is_plain
from kubectl_ingress.core.matching import PathIndex
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import Entry


class Lookup(Struct, frozen=True, dict=True):
    """What the router knows of all its routes; `entries` are all of them."""

    entries: tuple[KongEntry, ...]

    def contest(self, request: Request, path: str, entries: list[Entry]) -> list[Entry]:
        """Of the entries that take a request, by precedence: which may answer it."""
        nobody = entries[-1]
        own = [entry for entry in entries if isinstance(entry, KongEntry)]
        found = self._winners(request, path, own) if own else [nobody]
        if request.scheme == "https" or not any(entry.source.snis for entry in own):
            return found
        start = self._category(request)
        later = [one for one in own if _order(one.source.category) >= _order(start)]
        late = self._winners(request, path, later) if later else [nobody]
        if start in self._categories:
            return late
        # Once some other host has routes of this category, the search begins there.
        return [*found, *(entry for entry in late if entry not in found)]

    def _winners(self, request: Request, path: str, own: list[KongEntry]) -> list[Entry]:
        category = own[0].source.category
        group = [entry for entry in own if entry.source.category == category]
        if len(group) == 1:
            return [group[0]]
        if category & HEADER:
            return _first_of_each(_with_header(group, name) for name in self._header(request))
        lookups = product(self._host(request) or ("",), self._uri(path) or ("",))
        return _first_of_each(
            found
            for host, text in lookups
            for found in self._lists(request, host, text, category, group)
        )

    def _lists(
        self, request: Request, host: str, text: str, category: int, group: list[KongEntry]
    ) -> Iterator[list[KongEntry]]:
        """What of `group` may be looked through, by a host and a path of routes.

        That by host alone where no other is shorter, for more routes of other
        hosts only make the others longer.
        """
        sizes = self._sizes
        by_host = sizes[category, HOST, host]
        others = [
            (sizes[category, URI, text], [one for one in group if one.test.text == text]),
            (sizes[category, METHOD, request.method], group),
            (sizes[category, SNI, sni_of(request)], group),
        ]
        shorter = [(size, found) for size, found in others if size]
        if by_host and all(by_host <= size for size, _ in shorter):
            shorter = []
        if by_host:
            yield [one for one in group if host in one.source.hosts] or group
        for _, found in shorter:
            yield found or group
        if not by_host and not shorter:
            yield group

    @cached_property
    def _sizes(self) -> Counter[tuple[int, int, str]]:
        """(category, kind of thing, its value) -> how many paths of routes have it."""
        found: Counter[tuple[int, int, str]] = Counter()
        for entry in self.entries:
            route = entry.source
            category = route.category
            found.update((category, HOST, host) for host in route.hosts)
            found.update((category, METHOD, method) for method in route.methods)
            found.update((category, SNI, sni) for sni in route.snis)
            found[category, URI, entry.test.text] += 1
        return found

    @cached_property
    def _categories(self) -> frozenset[int]:
        return frozenset(category for category, _, _ in self._sizes)

    def _category(self, request: Request) -> int:
        """What the request could be asked about, were it plain http."""
        host = bool(self._host(request)) or request.host in self._plain_hosts
        header = bool(self._header(request))
        method = any(request.method in entry.source.methods for entry in self.entries)
        return URI | HOST * host | HEADER * header | METHOD * method

    @cached_property
    def _plain_hosts(self) -> frozenset[str]:
        hosts = (host for entry in self.entries for host in entry.source.hosts)
        return frozenset(filter(is_plain, hosts))

    def _host(self, request: Request) -> tuple[str, ...]:
        """The host by which a list is looked up; several where it is open which."""
        if request.host in self._plain_hosts:
            # Compared with the whole Host header, so that none is found for one with a port.
            return (request.host,) if request.port is None else ()
        return _leading(one for one in self._wildcards if _covers(one[1], request.host))

    @cached_property
    def _wildcards(self) -> list[tuple[Precedence, str]]:
        return _ranked(
            (entry, host)
            for entry in self.entries
            for host in entry.source.hosts
            if not is_plain(host)
        )

    def _header(self, request: Request) -> tuple[str, ...]:
        return _leading(one for one in self._headers if header_values(request, one[1]))

    @cached_property
    def _headers(self) -> list[tuple[Precedence, str]]:
        return _ranked(
            (entry, header.name.lower())
            for entry in self.entries
            for header in entry.source.headers
        )

    def _uri(self, path: str) -> tuple[str, ...]:
        """The path of a route by which a list is looked up: the first regex, else the longest."""
        ranked, index = self._regexes
        found = _leading(ranked[rank] for rank in index.matching(path, strict=False))
        if found:
            return found
        lengths = (n for n in range(len(path), 0, -1) if path[:n] in self._plain_paths)
        return tuple(path[:length] for length in [next(lengths, 0)] if length)

    @cached_property
    def _plain_paths(self) -> frozenset[str]:
        return frozenset(one.test.text for one in self.entries if not one.test.is_regex)

    @cached_property
    def _regexes(self) -> tuple[list[tuple[Precedence, str]], PathIndex]:
        regexes = {one.test.text: one.matcher for one in self.entries if one.test.is_regex}
        ranked = _ranked((one, one.test.text) for one in self.entries if one.test.is_regex)
        return ranked, PathIndex(regexes[text] for _, text in ranked)


def _order(category: int) -> Precedence:
    """To sort categories by, the first one first."""
    return -category.bit_count(), -category


def _ranked(found: Iterable[tuple[KongEntry, str]]) -> list[tuple[Precedence, str]]:
    """Values in the order in which the router meets them, each with its best rank."""
    ranks: dict[str, Precedence] = {}
    for entry, value in found:
        rank = traditional(entry.source, entry.test)[3:]
        ranks[value] = min(rank, ranks.get(value, rank))
    return sorted((rank, value) for value, rank in ranks.items())


def _leading(found: Iterable[tuple[Precedence, str]]) -> tuple[str, ...]:
    """The values of the best rank."""
    ranked = iter(found)
    first = next(ranked, None)
    if first is None:
        return ()
    values = [first[1]]
    for rank, value in ranked:
        if rank != first[0]:
            break
        values.append(value)
    return tuple(values)


def _covers(wildcard: str, host: str) -> bool:
    if wildcard.startswith("*"):
        return host.endswith(wildcard[1:])
    return host.startswith(wildcard[:-1])


def _with_header(group: list[KongEntry], name: str) -> list[KongEntry]:
    return [e for e in group if any(one.name.lower() == name for one in e.source.headers)] or group


def _first_of_each(lists: Iterable[Sequence[KongEntry]]) -> list[Entry]:
    """The winners of each list, together."""
    found: dict[int, Entry] = {}
    for entries in lists:
        found.update((id(entry), entry) for entry in equal_first(entries))
    return [*found.values()]
