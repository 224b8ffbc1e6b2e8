"""The routers that Traefik makes of matches: their conditions and their priority, a sum.

Source: pkg/provider/kubernetes/gateway/httproute.go (buildMatchRule,
buildHostRule) and grpcroute.go (buildGRPCMatchRule); measured with 3.7.9. Age
and name of a route play no part: equal sums leave the winner to chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from msgspec import Struct

from kubectl_ingress.controllers._gateway.conditions import (
    Comparison,
    Header,
    Parameter,
)
from kubectl_ingress.controllers._traefik import paths
from kubectl_ingress.core import re2
from kubectl_ingress.core.conditions import MethodIs
from kubectl_ingress.core.gateway import GRPCMatch, HTTPMatch, ValueMatch
from kubectl_ingress.core.hosts import HostName, NameKind
from kubectl_ingress.core.matching import Condition, Matcher, MatchKind
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Request

EXACT, PREFIX, CHARACTER, METHOD, HEADER, QUERY, ROOT = 100_000, 10_000, 100, 1000, 100, 10, 1

_EVERY_PATH = Matcher(MatchKind.PREFIX, "/")
_ELEMENT = "[^/]+"
_LABELS = re.compile(r"[a-z0-9.-]+")
_MALFORMED = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Router(Struct, frozen=True):
    """What a match becomes; `problem` is why Traefik does not make a router of it."""

    path: str
    path_type: str
    matcher: Matcher
    conditions: tuple[Condition, ...]
    priority: int
    problem: str = ""


def http_router(match: HTTPMatch) -> Router:
    """A match of an HTTPRoute; hosts and the place of the rule come to its priority."""
    matcher, priority = _path(match)
    conditions: list[Condition] = [MethodIs((match.method.upper(),))] if match.method else []
    conditions += (Header(one.name, _compared(one), each=True) for one in _known(match.headers))
    conditions += (
        Parameter(one.name, _compared(one), each=True, read=parameters)
        for one in _known(match.query)
    )
    priority += METHOD * bool(match.method)
    priority += HEADER * len(match.headers) + QUERY * len(match.query)
    path, kind = match.path.value, match.path.type
    problem = next(_problems(match), "")
    return Router(path, kind, matcher, tuple(conditions), priority, problem)


def grpc_router(match: GRPCMatch) -> Router:
    """A match of a GRPCRoute: its priority is the length of the rule's text, as elsewhere."""
    clauses = ["PathPrefix(`/`)"]
    matcher, pattern = _EVERY_PATH, ""
    if match.service or match.method:
        pattern = f"/{match.service or _ELEMENT}/{match.method or _ELEMENT}"
        matcher = Matcher(MatchKind.REGEX, as_bytes(pattern))
        clauses = [f"PathRegexp(`{pattern}`)"]
    for one in _known(match.headers):
        name = "Header" if one.type == "Exact" else "HeaderRegexp"
        clauses.append(f"{name}(`{one.name}`,`{one.value}`)")
    problem = re2.problem(as_bytes(pattern)) or next(_bad_values(match.headers), "")
    return Router(
        f"/{match.service or '*'}/{match.method or '*'}",
        match.type,
        matcher,
        tuple(Header(one.name, _compared(one), each=True) for one in _known(match.headers)),
        len(" && ".join(clauses).encode("utf-8", "surrogatepass")),
        problem,
    )


def _path(match: HTTPMatch) -> tuple[Matcher, int]:
    text = as_bytes(match.path.value)
    by_length = PREFIX + CHARACTER * len(match.path.value.encode("utf-8", "surrogatepass"))
    match match.path.type:
        case "Exact":
            return Matcher(MatchKind.EXACT, text), EXACT
        case "RegularExpression":
            return Matcher(MatchKind.REGEX, text), by_length
        case "PathPrefix" if text != "/":
            return Matcher(MatchKind.ELEMENTS, text.removesuffix("/")), by_length
    return _EVERY_PATH, ROOT


def _problems(match: HTTPMatch) -> Iterator[str]:
    text = match.path.value
    if match.path.type == "RegularExpression":
        if wrong := re2.problem(as_bytes(text)):
            yield f"the path {text} is no regular expression: {wrong}"
    elif match.path.type in ("Exact", "PathPrefix") and not text.startswith("/"):
        yield f"the path {text} does not begin with a slash"
    yield from _bad_values((*match.headers, *match.query))


def _bad_values(matches: tuple[ValueMatch, ...]) -> Iterator[str]:
    for one in matches:
        wrong = re2.problem(as_bytes(one.value)) if one.type == "RegularExpression" else ""
        if wrong:
            yield f"the value {one.value} of {one.name} is no regular expression: {wrong}"


def _known(matches: tuple[ValueMatch, ...]) -> list[ValueMatch]:
    """Those that get into the rule; all of them count for the priority."""
    return [one for one in matches if one.type in ("Exact", "RegularExpression")]


def _compared(match: ValueMatch) -> Comparison:
    if match.type == "RegularExpression":
        return Comparison(as_bytes(match.value), is_pattern=True)
    return Comparison(match.value)


def parameters(request: Request) -> tuple[tuple[str, str], ...]:
    """Query parameters as url.ParseQuery reads them: what is badly escaped is left out."""
    pieces = paths.query_text(request).removeprefix("?").split("&")
    pairs = (piece.partition("=") for piece in pieces if piece and not _MALFORMED.search(piece))
    return tuple((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs)


def lower_host(host: str) -> str | None:
    """The host that rules are compared with, its final dot kept; None is a 400."""
    return None if paths.canonical_host(host) is None else host.lower()


class Below(Struct, frozen=True):
    """A host as ``^[a-z0-9-\\.]+\\.x$`` takes it: no underscore, no final dot."""

    suffix: str

    def met(self, request: Request) -> bool:
        """Whether everything in front of the suffix is a letter, digit, dash or dot."""
        front = request.host.lower().removesuffix(f".{self.suffix}")
        return _LABELS.fullmatch(front) is not None

    def __str__(self) -> str:
        return f"host *.{self.suffix}"


def server_names(hostname: str) -> tuple[HostName, ...]:
    """How the server of a hostname is found: an exact one with or without a final dot."""
    if hostname.startswith("*."):
        return (HostName(NameKind.SUFFIX, hostname[2:]),)
    return HostName(NameKind.EXACT, hostname), HostName(NameKind.EXACT, f"{hostname}.")


def host_conditions(hostname: str) -> tuple[Condition, ...]:
    """What the look-up by name leaves to be compared."""
    return (Below(hostname[2:]),) if hostname.startswith("*.") else ()
