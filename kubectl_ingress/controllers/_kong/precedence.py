"""Which route comes first: the numbers that the three routers compare.

Source: kong/router/traditional.lua (sort_routes, categories) and transform.lua
(get_priority) of Kong 3.9.3; KIC's subtranslator/ingress_atc.go (3.5); measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from kubectl_ingress.controllers._kong.routes import (
    HEADER,
    HOST,
    METHOD,
    SNI,
    URI,
    Flavor,
    KongRoute,
    PathTest,
)
from kubectl_ingress.core.gateway import HTTPMatch

Precedence = tuple[int, ...]

_REGEX, _PLAIN_HOSTS = 1, 2
_MOST_HEADERS = 255
_LONGEST = 0x7FFFF
_INGRESS_GROUP, _MATCH_GROUP = 3, 2


def traditional(route: KongRoute, test: PathTest) -> Precedence:
    """The smaller comes first: categories, then what `sort_routes` compares."""
    fields, hosts, headers = -route.category.bit_count(), route.has_plain_hosts, -len(route.headers)
    submatch = -(_PLAIN_HOSTS * hosts + _REGEX * test.is_regex)
    priority, length = (route.regex_priority, 0) if test.is_regex else (0, len(test.text))
    return 0, fields, -route.category, submatch, headers, -priority, -length


def compatible(route: KongRoute, test: PathTest) -> Precedence:
    """One number. The fields and the headers are shifted as 32-bit numbers, and land too low."""
    number = route.has_plain_hosts << 60 | test.is_regex << 51
    number |= _shifted(route.category.bit_count(), 29)
    number |= _shifted(min(len(route.headers), _MOST_HEADERS), 20)
    if test.is_regex:
        number |= _shifted(route.regex_priority, 19)
    else:
        number |= min(len(test.text), _LONGEST)
    return (0, -number)


def _shifted(number: int, bits: int) -> int:
    """LuaJIT's shift of a Lua number, joined with a 64-bit one: below zero is on top of all."""
    shifted = (number << bits) & 0xFFFFFFFF
    return shifted if shifted < 1 << 31 else 1 << 63


def ingress_priority(
    fields: int, headers: int, hosts: tuple[str, ...], weights: Iterable[tuple[bool, int]]
) -> int:
    """The priority that the controller gives an Ingress's route in the expressions flavour.

    `weights` are those of its paths: whether it ranks as a regex, and its length.
    """
    found = list(weights)
    plain = bool(hosts) and not any(host.startswith("*") for host in hosts)
    number = _INGRESS_GROUP << 44 | fields << 41 | min(headers, _MOST_HEADERS) << 33 | plain << 32
    number |= any(is_regex for is_regex, _ in found) << 16
    return number | max((length for _, length in found), default=0)


def match_priority(host: str, match: HTTPMatch) -> int:
    """That of one hostname and match of an HTTPRoute, its last 12 bits free."""
    precise = bool(host) and not host.startswith("*")
    length = min(max(len(match.path.value) - 1, 0), 0x3FF)
    number = _MATCH_GROUP << 44 | precise << 43 | min(len(host), 0xFF) << 35
    number |= (match.path.type == "Exact") << 34 | (match.path.type == "RegularExpression") << 33
    number |= length << 23 | bool(match.method) << 22
    return number | min(len(match.headers), 31) << 17 | min(len(match.query), 31) << 12


def precedence(route: KongRoute, test: PathTest, flavor: Flavor) -> Precedence:
    """What entries are compared by, the smaller first."""
    if flavor is Flavor.TRADITIONAL:
        return traditional(route, test)
    if flavor is Flavor.COMPATIBLE:
        return compatible(route, test)
    return (0, -route.priority)


def standing(route: KongRoute, test: PathTest, flavor: Flavor) -> str:
    """The same in words."""
    if flavor is Flavor.EXPRESSIONS:
        return f"priority {route.priority}"
    asked = _in_words(route.category)
    hosts = " (plain)" if route.has_plain_hosts else ""
    if not test.is_regex:
        return f"{asked}{hosts}, a path of {len(test.text)} characters"
    priority = f" of priority {route.regex_priority}" if route.regex_priority else ""
    return f"{asked}{hosts}, a regex{priority}"


@cache
def _in_words(category: int) -> str:
    kinds = {HOST: "host", HEADER: "headers", URI: "path", METHOD: "method", SNI: "SNI"}
    return ", ".join(name for bit, name in kinds.items() if category & bit)
