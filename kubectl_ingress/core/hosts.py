"""Hosts: comparing, and what may stand in a rule."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

from kubectl_ingress.core import patterns
from kubectl_ingress.core.networks import parse_address

T = TypeVar("T")

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def normalise_host(host: str) -> str:
    """Lower case, without port and final dot: what servers compare.

    RFC 9110 section 4.2.3 makes the host case-insensitive; nginx drops one
    final dot (measured).
    """
    host = host.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    if ":" in host:
        name, _, port = host.rpartition(":")
        if port.isdigit() and ":" not in name:
            host = name
    return host.removesuffix(".")


def is_ip(host: str) -> bool:
    """Whether the host is an IPv4 or IPv6 address and not a name."""
    return parse_address(host) is not None


def wildcard_of(host: str) -> str:
    """``a.example.com`` -> ``*.example.com``, the one wildcard that may cover it."""
    _, dot, rest = host.partition(".")
    return f"*.{rest}" if dot else ""


def is_for(rule_host: str, host: str) -> bool:
    """Whether a rule with this host is for a host, a star standing for one label."""
    return rule_host in ("", host, wildcard_of(host))


def host_problem(host: str) -> str:
    """Why an Ingress rule may not have this host, "" if it may.

    The rules of the API server (IsDNS1123Subdomain, IsWildcardDNS1123Subdomain):
    labels of letters, digits and dashes, 253 characters, a leading ``*.`` or none.
    """
    if is_ip(host):
        return "an Ingress host must be a DNS name, not an IP address"
    name = host.removeprefix("*.")
    if not name or len(host) > 253:
        return "a host has 1 to 253 characters"
    if "*" in name:
        return "a wildcard is only allowed as the whole first label: *.example.com"
    if "/" in name:
        what = "a scheme" if "://" in name else "a path"
        return f"it has {what}; a host is the name alone"
    if ":" in name:
        return "a host has no port"
    for label in name.split("."):
        if not _LABEL.fullmatch(label) or len(label) > 63:
            return (
                f"the label {label!r} is not made of lower-case letters, digits and inner dashes"
                " (at most 63)"
            )
    return ""


class NameKind(StrEnum):
    """How a server's name is compared with the host of a request."""

    EXACT = "exact"
    """Equal."""
    LABEL = "label"
    """``*.example.com``, the star standing for one label."""
    SUFFIX = "suffix"
    """``*.example.com``, the star standing for one label or more."""
    START = "start"
    """``mail.*``: begins with, up to and with the last dot."""
    REGEX = "regex"
    """A case-insensitive PCRE found in it."""


class HostName(Struct, frozen=True):
    """One name of a server. `text` has no star: ``example.com`` of ``*.example.com``."""

    kind: NameKind
    text: str

    def __str__(self) -> str:
        match self.kind:
            case NameKind.LABEL | NameKind.SUFFIX:
                return f"*.{self.text}"
            case NameKind.START:
                return f"{self.text}*"
            case NameKind.REGEX:
                return f"~{self.text}"
        return self.text


def host_name(host: str, star: NameKind) -> HostName:
    """The host of a rule as a name; `star` is what the controller makes of ``*.``."""
    if host.startswith("*."):
        return HostName(star, host[2:])
    return HostName(NameKind.EXACT, host)


def parse_host_name(host: str, star: NameKind = NameKind.LABEL) -> HostName:
    """The same where nginx reads it: ``~`` begins a regex, and a star may stand behind, too."""
    if host.startswith("~"):
        return HostName(NameKind.REGEX, host[1:])
    if host.endswith(".*") and not host.startswith("*."):
        return HostName(NameKind.START, host[:-1])
    return host_name(host, star)


class HostIndex(Generic[T]):
    """What names lead to, servers mostly, found without looking at each name.

    `label` is a regex of what the star of a one-label wildcard stands for.
    """

    __slots__ = ("_exact", "_label", "_labels", "_more", "_regexes", "_starts", "_suffixes")

    def __init__(self, names: Iterable[tuple[HostName, T]], label: str) -> None:
        self._label = re.compile(label, re.ASCII)
        # The first of an exact name, apart from others that have it too: in a large
        # table each object that a look-up touches is another miss of the cache.
        self._exact: dict[str, T] = {}
        self._more: dict[str, list[T]] = {}
        self._suffixes: dict[str, list[T]] = {}
        self._starts: dict[str, list[T]] = {}
        # Those that are tried in the order of the names, by their place in it.
        self._labels: dict[str, list[tuple[int, T]]] = {}
        self._regexes: list[tuple[int, str, T]] = []
        kept = {
            NameKind.EXACT: self._more,
            NameKind.SUFFIX: self._suffixes,
            NameKind.START: self._starts,
        }
        for place, (name, server) in enumerate(names):
            kind, text = name.kind, name.text
            if kind is NameKind.EXACT and text not in self._exact:
                self._exact[text] = server
            elif kind is NameKind.REGEX:
                self._regexes.append((place, text, server))
            elif kind is NameKind.LABEL:
                self._labels.setdefault(text, []).append((place, server))
            else:
                kept[kind].setdefault(text, []).append(server)

    def first(self, host: str) -> T | None:
        """What the most specific name for a host leads to, None where no name is for it."""
        found = self._exact.get(host)
        return next(iter(self.matching(host)), None) if found is None else found

    def matching(self, host: str) -> list[T]:
        """What has a name for a host, the most specific name first.

        The order is nginx's: exact names, the longest wildcard, the longest
        trailing wildcard, then regexes (one-label wildcards among them) as they
        come. https://nginx.org/en/docs/http/server_names.html
        """
        found: list[T] = []
        if host in self._exact:
            found = [self._exact[host], *self._more.get(host, ())]
        if self._suffixes:
            found += self._by_suffix(host)
        if self._starts:
            found += self._by_start(host)
        if self._labels or self._regexes:
            found += self._tried(host)
        return found

    def _by_suffix(self, host: str) -> list[T]:
        found: list[T] = []
        rest = host
        while rest:
            _, _, rest = rest.partition(".")
            found += self._suffixes.get(rest, ()) if rest else ()
        return found

    def _by_start(self, host: str) -> list[T]:
        found: list[T] = []
        end = host.rfind(".")
        while end >= 0:
            found += self._starts.get(host[: end + 1], ())
            end = host.rfind(".", 0, end)
        return found

    def _tried(self, host: str) -> list[T]:
        found: list[tuple[int, T]] = []
        first, dot, rest = host.partition(".")
        if dot and rest in self._labels and self._label.fullmatch(first):
            found += self._labels[rest]
        for place, pattern, server in self._regexes:
            if _found(pattern, host):
                found.append((place, server))
        found.sort(key=lambda one: one[0])
        return [server for _, server in found]


def _found(pattern: str, host: str) -> bool:
    text = host.encode("utf-8", "surrogatepass").decode("latin-1")
    return patterns.find(pattern, text, ignore_case=True) is not None
