"""The paths of an Ingress rule as Kong gets them.

Source: KIC's subtranslator/ingress.go and ingress_atc.go (3.5), and measured.
The two traditional flavours get texts, of which ``~`` begins a regex, the
expressions flavour gets comparisons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_ingress.controllers._kong.routes import Flavor, PathTest
from kubectl_ingress.core.matching import MatchKind
from kubectl_ingress.core.objects import PathRule
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Route

IMPLEMENTATION_SPECIFIC = "ImplementationSpecific"
TYPES = ("Exact", "Prefix", IMPLEMENTATION_SPECIFIC)
_SLASHES = re.compile("//+")
_LONGEST = 0xFFFF


def path_type_of(rule: PathRule) -> str:
    """The type of a path; what is not said is up to the controller."""
    return rule.path_type or IMPLEMENTATION_SPECIFIC


def path_tests(
    rule: PathRule, declared: Route, flavor: Flavor, regex_prefix: str
) -> Iterator[PathTest]:
    """How a path is compared; nothing for a type that does not exist."""
    path = _SLASHES.sub("/", as_bytes(rule.path)) or "/"
    path_type = path_type_of(rule)
    if flavor is Flavor.EXPRESSIONS:
        found = _comparisons(path_type, path, regex_prefix)
    else:
        found = tuple(map(read_text, _texts(path_type, path, regex_prefix)))
    for kind, text in found:
        yield PathTest(kind, text, declared)


def read_text(text: str) -> tuple[MatchKind, str]:
    """A path as Kong's traditional flavours are given it."""
    if text.startswith("~"):
        return MatchKind.REGEX, text[1:]
    return MatchKind.PREFIX, text


def _texts(path_type: str, path: str, regex_prefix: str) -> Iterator[str]:
    for text in _unmarked(path_type, path):
        marked = text.startswith(regex_prefix)
        yield f"~{text.removeprefix(regex_prefix)}" if marked else text


def _unmarked(path_type: str, path: str) -> tuple[str, ...]:
    match path_type:
        case "Exact":
            return (f"~/{path.lstrip('/')}$",)
        case "Prefix":
            base = path.strip("/")
            return (f"/{base}/", f"~/{base}$") if base else ("/",)
        case "ImplementationSpecific":
            return (path,)
    return ()


def _comparisons(path_type: str, path: str, regex_prefix: str) -> tuple[tuple[MatchKind, str], ...]:
    match path_type:
        case "Exact":
            return ((MatchKind.EXACT, f"/{path.lstrip('/')}"),)
        case "Prefix":
            base = path.strip("/")
            return ((MatchKind.ELEMENTS, f"/{base}"),) if base else ((MatchKind.PREFIX, "/"),)
        case "ImplementationSpecific" if path.startswith(regex_prefix):
            return ((MatchKind.REGEX, path.removeprefix(regex_prefix) or "/"),)
        case "ImplementationSpecific":
            return ((MatchKind.PREFIX, path),)
    return ()


def weight(rule: PathRule, regex_prefix: str) -> tuple[bool, int]:
    """Of the expressions flavour: whether a path ranks among regexes, and its length."""
    path = _SLASHES.sub("/", as_bytes(rule.path)) or "/"
    match path_type_of(rule):
        case "Exact":
            return True, 1 + len(path.lstrip("/"))
        case "Prefix":
            base = path.strip("/")
            return True, len(base) + 2 if base else 1
    is_regex = path.startswith(regex_prefix)
    return is_regex, min(len(path.removeprefix(regex_prefix)), _LONGEST)
