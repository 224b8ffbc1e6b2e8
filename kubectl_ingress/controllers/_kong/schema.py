"""Why Kong refuses a route, and with it its whole configuration.

Source: kong/db/schema/typedefs.lua, entities/routes.lua and routes_subschemas.lua
(3.9.3), and measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_ingress.controllers._kong import rust_regex
from kubectl_ingress.controllers._kong.conditions import PATTERN
from kubectl_ingress.controllers._kong.routes import Flavor, KongRoute, PathTest, has_signs
from kubectl_ingress.controllers._kong.uri import normalise
from kubectl_ingress.core import patterns
from kubectl_ingress.core.paths import as_bytes

_PLAIN = re.compile(r"[\w.~/%:@!$&'()*+,;=-]*", re.ASCII)
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_HEADER = re.compile(r"[A-Za-z0-9_-]+")


def problems(route: KongRoute, flavor: Flavor) -> Iterator[str]:
    """What Kong finds wrong with a route, the first of it first."""
    traditional = flavor is not Flavor.EXPRESSIONS
    for test in route.paths:
        if traditional:
            yield from _path_problems(test)
        if test.is_regex and has_signs(test.text):
            yield from _pattern_problems(test.text, flavor)
    for header in route.headers:
        if traditional and header.name.lower() == "host":
            yield "a header to match may not be Host: hosts have their own field"
        elif traditional and not _HEADER.fullmatch(header.name):
            yield f"{header.name!r} is no name of a header"
        for value in header.values:
            if value.startswith(PATTERN) and flavor is not Flavor.TRADITIONAL:
                yield from _rust_problems(as_bytes(value.removeprefix(PATTERN)))
    for host in route.hosts if traditional else ():
        if host.count("*") > 1:
            yield f"the host {host} has two stars"
    if traditional and route.snis and not {"https", "grpcs"}.intersection(route.protocols):
        yield "SNIs need https among the protocols"


def _path_problems(test: PathTest) -> Iterator[str]:
    text = test.text
    written = f"~{text}" if test.is_regex else text
    if not text.startswith("/"):
        yield f"the path {written!r} begins neither with / nor with ~/"
    elif "//" in text:
        yield f"the path {written!r} has an empty segment"
    elif "%" not in text and "/." not in text:
        return
    elif _PLAIN.fullmatch(text) and "%" in _ESCAPED.sub("", text):
        yield f"the path {written!r} has a % without two hexadecimal digits"
    elif not test.is_regex and (normal := normalise(text)) != text:
        yield f"the path {written!r} is not normalised; that would be {normal!r}"


def _pattern_problems(pattern: str, flavor: Flavor) -> Iterator[str]:
    if flavor is not Flavor.EXPRESSIONS and (problem := patterns.check_pattern(pattern)):
        yield f"the path is no regular expression: {problem}"
    elif flavor is not Flavor.TRADITIONAL:
        yield from _rust_problems(pattern)


def _rust_problems(pattern: str) -> Iterator[str]:
    problem = rust_regex.problem(pattern)
    if problem:
        yield f"{pattern!r} is no regular expression of this router: {problem}"
