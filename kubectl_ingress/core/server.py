"""What a RouteTable is made of: entries in the order in which they are tried, by server."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.hosts import HostName
from kubectl_ingress.core.matching import Condition, Matcher, PathIndex
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Request, Route


class Entry(Struct, frozen=True):
    """One matcher and what it does.

    `route` is None for what no Ingress asked for (the default 404). `conditions`
    must all hold beside the path. `precedence` is compared where servers
    compete, the smaller first, `standing` says it in words. `implied` marks what
    the server adds by itself, so that a generated configuration leaves it out;
    `inherited` what a host got from an Ingress that has no such rule.
    `findings` go into every Decision of this entry. Where servers compete, one
    without actions stands for a rule of the same precedence that may be missing:
    the request goes on to the next.
    """

    matcher: Matcher
    actions: tuple[Action, ...]
    route: Route | None
    conditions: tuple[Condition, ...] = ()
    precedence: tuple[int | str | bool, ...] = ()
    standing: str = ""
    implied: bool = False
    inherited: bool = False
    findings: tuple[Finding, ...] = ()

    def admits(self, request: Request) -> bool:
        """Whether all conditions hold."""
        return all(one.met(request) for one in self.conditions)


class Server(Struct, frozen=True, dict=True):
    """The entries of one host, in the order in which they are tried.

    `host` is the rule's: exact, ``*.suffix``, or "" for every other; `names` are
    how it is found, those of `host` where empty. `first` is asked before any
    entry. `regex_because` names the object that turned all paths of the host
    into regexes, "" if none did, `regex_field` where in it. `tls` says whether
    the host has a certificate entry, `certificate` is the ``namespace/name`` of
    its Secret, "" for the controller's own.
    """

    host: str
    entries: tuple[Entry, ...]
    regex_because: str = ""
    tls: bool = False
    names: tuple[HostName, ...] = ()
    first: tuple[Action, ...] = ()
    certificate: str = ""
    regex_field: tuple[str | int, ...] = ()

    @cached_property
    def index(self) -> PathIndex:
        """The matchers of its entries. Made when it is first asked for."""
        return PathIndex(entry.matcher for entry in self.entries)

    def matching(self, path: str, request: Request, strict: bool = True) -> Iterator[Entry]:
        """The entries that take a request, `path` normalised, in the order of trying.

        `strict` as in Matcher.matches.
        """
        entries = self.entries
        for rank in self.index.matching(path, strict):
            entry = entries[rank]
            if not entry.conditions or entry.admits(request):
                yield entry

    def winner(self, path: str, request: Request, strict: bool = True) -> Entry:
        """The first entry that takes a request: all servers end in one that takes every path."""
        entries = self.entries
        for rank in self.index.matching(path, strict):
            entry = entries[rank]
            if not entry.conditions or entry.admits(request):
                return entry
        raise AssertionError("a server ends in an entry that takes every path")
