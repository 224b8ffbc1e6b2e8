"""Hosts: comparing, and what may stand in a rule."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kubectl_ingress.core import patterns

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def normalise_host(host: str) -> str:
    """Lower case, without port and final dot: what servers compare.

    RFC 9110 section 4.2.3 makes the host case-insensitive; nginx drops one
    final dot (measured).
    """
    host = host.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        host = name
    return host.removesuffix(".")


def is_ip(host: str) -> bool:
    """Whether the host is an IPv4 or IPv6 address and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def wildcard_of(host: str) -> str:
    """``a.example.com`` -> ``*.example.com``, the one wildcard that may cover it."""
    _, dot, rest = host.partition(".")
    return f"*.{rest}" if dot else ""


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


@dataclass(frozen=True, slots=True)
class HostName:
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


def parse_host_name(host: str, star: NameKind = NameKind.LABEL) -> HostName:
    """The host of a rule as a name; `star` is what the controller makes of ``*.``."""
    if host.startswith("*."):
        return HostName(star, host[2:])
    if host.startswith("~"):
        return HostName(NameKind.REGEX, host[1:])
    if host.endswith(".*"):
        return HostName(NameKind.START, host[:-1])
    return HostName(NameKind.EXACT, host)


@dataclass(frozen=True)
class HostIndex:
    """The names of servers, to be found without looking at each.

    Servers are positions in a sequence. `label` is a regex of what the star of
    a one-label wildcard stands for.
    """

    label: re.Pattern[str]
    _exact: dict[str, list[int]] = field(default_factory=dict)
    _labels: dict[str, list[int]] = field(default_factory=dict)
    _suffixes: dict[str, list[int]] = field(default_factory=dict)
    _starts: dict[str, list[int]] = field(default_factory=dict)
    _regexes: list[tuple[str, int]] = field(default_factory=list)

    @classmethod
    def build(cls, names: Iterable[tuple[HostName, int]], label: str) -> HostIndex:
        """The index of (name, position of its server)."""
        index = cls(re.compile(label))
        by_kind: Mapping[NameKind, dict[str, list[int]]] = {
            NameKind.EXACT: index._exact,
            NameKind.LABEL: index._labels,
            NameKind.SUFFIX: index._suffixes,
            NameKind.START: index._starts,
        }
        for name, position in names:
            if name.kind is NameKind.REGEX:
                index._regexes.append((name.text, position))
            else:
                by_kind[name.kind].setdefault(name.text, []).append(position)
        return index

    def matching(self, host: str) -> list[int]:
        """The servers that have a name for a host, the most specific name first.

        The order is nginx's: exact names, the longest wildcard, the longest
        trailing wildcard, then regexes (one-label wildcards among them) by
        position. https://nginx.org/en/docs/http/server_names.html
        """
        found = list(self._exact.get(host, ()))
        if self._suffixes:
            found += self._by_suffix(host)
        if self._starts:
            found += self._by_start(host)
        late: list[int] = []
        first, dot, rest = host.partition(".")
        if dot and rest in self._labels and self.label.fullmatch(first):
            late += self._labels[rest]
        for pattern, position in self._regexes:
            if _found(pattern, host):
                late.append(position)
        return found + sorted(late)

    def _by_suffix(self, host: str) -> list[int]:
        found: list[int] = []
        rest = host
        while rest:
            _, _, rest = rest.partition(".")
            found += self._suffixes.get(rest, ()) if rest else ()
        return found

    def _by_start(self, host: str) -> list[int]:
        found: list[int] = []
        end = host.rfind(".")
        while end >= 0:
            found += self._starts.get(host[: end + 1], ())
            end = host.rfind(".", 0, end)
        return found


def _found(pattern: str, host: str) -> bool:
    try:
        text = host.encode("utf-8", "surrogatepass").decode("latin-1")
        return patterns.search(pattern, text, ignore_case=True) is not None
    except (patterns.BadPattern, patterns.GaveUp):
        return False
