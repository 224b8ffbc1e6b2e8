"""A route as the ingress controller hands it to Kong, whichever object it comes from."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from kubectl_ingress.controllers._kong.rewrite import Filling
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.matching import Condition, Matcher, MatchKind
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Backend, Route

_PATTERN_SIGN = re.compile(r"[\\^$.\[\]|()?*+{}]")


class Flavor(StrEnum):
    """Kong's ``router_flavor``."""

    TRADITIONAL = "traditional"
    COMPATIBLE = "traditional_compatible"
    EXPRESSIONS = "expressions"


# What a route asks about in the traditional flavours, one bit each.
HOST, HEADER, URI, METHOD, SNI = 0x40, 0x20, 0x10, 0x08, 0x04


def has_signs(pattern: str) -> bool:
    """Whether a regex is more than plain text, and perhaps the end of the path."""
    return _PATTERN_SIGN.search(pattern.removesuffix("$")) is not None


def is_plain(host: str) -> bool:
    """Whether a host has no star."""
    return "*" not in host


class PathTest(Struct, frozen=True):
    """One way in which a route's path is compared; `text` has one character per byte.

    The text of a REGEX has no anchor: every flavour puts one before it. `declared`
    is the rule that a user wrote.
    """

    kind: MatchKind
    text: str
    declared: Route

    @property
    def is_regex(self) -> bool:
        """Whether it is a regular expression."""
        return self.kind is MatchKind.REGEX

    def matcher(self, flavor: Flavor) -> Matcher:
        """What compares paths: only the traditional router anchors all branches of a regex."""
        if not self.is_regex:
            return Matcher(self.kind, self.text)
        if self.text.endswith("$") and not has_signs(self.text):
            return Matcher(MatchKind.EXACT, self.text[:-1])
        if flavor is Flavor.TRADITIONAL and "|" in self.text:
            return Matcher(MatchKind.REGEX, f"^(?:{self.text})")
        return Matcher(MatchKind.REGEX, f"^{self.text.removeprefix('^')}")


class HeaderTest(Struct, frozen=True):
    """A header with the values of which one must be there; ``~*`` begins a regex."""

    name: str
    values: tuple[str, ...]


class Upstream(Struct, frozen=True):
    """Where a route's requests go: the pods of its Services, or what is answered instead.

    `path` is put before that of the request.
    """

    backends: tuple[Backend, ...] = ()
    instead: Action | None = None
    path: str = "/"


class KongRoute(Struct, frozen=True, dict=True):
    """One route with at least one path. `owner` is "Ingress ns/name" or "HTTPRoute ns/name".

    `conditions` are what the expressions flavour asks beside host, path and the
    fields here. `priority` is that of the expressions flavour; the other two
    work out theirs. `first` answers before anything is sent on, `rewrite` makes
    a new path for the pod.
    """

    owner: str
    upstream: Upstream
    hosts: tuple[str, ...] = ()
    paths: tuple[PathTest, ...] = ()
    headers: tuple[HeaderTest, ...] = ()
    methods: tuple[str, ...] = ()
    snis: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ("http", "https")
    conditions: tuple[Condition, ...] = ()
    regex_priority: int = 0
    priority: int = 0
    path_handling: str = "v0"
    strip_path: bool = False
    redirect_status: int = 426
    first: tuple[Action, ...] = ()
    rewrite: Filling | None = None
    findings: tuple[Finding, ...] = ()

    @cached_property
    def category(self) -> int:
        """The bits of what it asks about; always about a path."""
        asked = ((HOST, self.hosts), (HEADER, self.headers), (METHOD, self.methods))
        return URI | sum(bit for bit, values in (*asked, (SNI, self.snis)) if values)

    @cached_property
    def has_plain_hosts(self) -> bool:
        """Whether there are hosts, all of them without a star."""
        return bool(self.hosts) and all(map(is_plain, self.hosts))
