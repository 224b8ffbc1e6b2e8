"""What one match of a route asks of a request, by the specification.

Source: HTTPRouteMatch and GRPCRouteMatch in the types of the Gateway API 1.6.
What they leave to implementations is read as those do that compile to Envoy: a
regular expression is RE2 and covers the whole text.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._gateway.attachment import AnyRoute
from kubectl_ingress.controllers._gateway.conditions import (
    Comparison,
    Header,
    Parameter,
    firsts,
)
from kubectl_ingress.controllers._gateway.precedence import Rank, grpc_rank, http_rank, in_words
from kubectl_ingress.core.conditions import MethodIs
from kubectl_ingress.core.gateway import GRPCMatch, HTTPMatch, ValueMatch
from kubectl_ingress.core.matching import Condition, Matcher, MatchKind
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.re2 import problem

_NOTHING = "(?!)"
_ELEMENT = "[^/]+"


class Asked(Struct, frozen=True):
    """One match: `path` and `path_type` are to show, `patterns` its regular expressions."""

    path: str
    path_type: str
    matcher: Matcher
    conditions: tuple[Condition, ...]
    rank: Rank
    standing: str
    patterns: tuple[str, ...]


def http_asked(route: AnyRoute, hostname: str, match: HTTPMatch, place: tuple[int, int]) -> Asked:
    """A match of an HTTPRoute; of equal names only the first counts."""
    match = replace(
        match, headers=firsts(match.headers, fold=True), query=firsts(match.query, fold=False)
    )
    conditions: list[Condition] = [MethodIs((match.method,))] if match.method else []
    conditions += (Header(one.name, _compared(one)) for one in match.headers)
    conditions += (Parameter(one.name, _compared(one)) for one in match.query)
    path = [match.path.value] if match.path.type == "RegularExpression" else []
    return Asked(
        match.path.value,
        match.path.type,
        _path_matcher(match),
        tuple(conditions),
        http_rank(route, hostname, match, place),
        in_words(hostname, match),
        (*path, *_patterns(*match.headers, *match.query)),
    )


def grpc_asked(route: AnyRoute, hostname: str, match: GRPCMatch, place: tuple[int, int]) -> Asked:
    """A match of a GRPCRoute: calls are POST requests to ``/service/method``."""
    match = replace(match, headers=firsts(match.headers, fold=True))
    named = [one for one in (match.service, match.method) if one]
    path = f"/{match.service or '*'}/{match.method or '*'}"
    return Asked(
        path,
        match.type,
        _call_matcher(match),
        (MethodIs(("POST",)), *(Header(one.name, _compared(one)) for one in match.headers)),
        grpc_rank(route, hostname, match, place),
        f"{hostname} {path}".strip(),
        (*(named if match.type == "RegularExpression" else ()), *_patterns(*match.headers)),
    )


def _patterns(*matches: ValueMatch) -> tuple[str, ...]:
    return tuple(one.value for one in matches if one.type == "RegularExpression")


def _compared(match: ValueMatch) -> Comparison:
    if match.type == "RegularExpression":
        return Comparison(_whole(match.value), is_pattern=True)
    return Comparison(match.value)


def _whole(pattern: str) -> str:
    """A pattern that covers a whole text; what RE2 refuses finds nothing."""
    text = as_bytes(pattern)
    return _NOTHING if problem(text) else rf"\A(?:{text})\z"


def _path_matcher(match: HTTPMatch) -> Matcher:
    text = as_bytes(match.path.value)
    if match.path.type == "Exact":
        return Matcher(MatchKind.EXACT, text)
    if match.path.type == "RegularExpression":
        return Matcher(MatchKind.REGEX, _whole(match.path.value))
    return Matcher(MatchKind.ELEMENTS, text.rstrip("/"))


def _call_matcher(match: GRPCMatch) -> Matcher:
    parts = (match.service, match.method)
    if match.type == "RegularExpression":
        service, method = (f"(?:{part})" if part else _ELEMENT for part in parts)
        return Matcher(MatchKind.REGEX, _whole(f"/{service}/{method}"))
    if all(parts):
        return Matcher(MatchKind.EXACT, as_bytes("/{}/{}".format(*parts)))
    if not any(parts):
        return Matcher(MatchKind.ELEMENTS, "")
    service, method = (_quoted(as_bytes(part)) if part else _ELEMENT for part in parts)
    return Matcher(MatchKind.REGEX, rf"\A/{service}/{method}\z")


def _quoted(text: str) -> str:
    return "".join(sign if sign.isalnum() else f"\\{sign}" for sign in text)
