"""What the API server refuses of an HTTPRoute, so that it is in no cluster.

Source: the schema and the validation rules of the CRD, release 1.6, as far as
they are about what routing looks at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from kubectl_ingress.core.gateway import Filter, HTTPMatch, HTTPRoute, HTTPRule, PathModifier

_PATH = re.compile(r"/(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*")
_FORBIDDEN = re.compile(r"//|/\.\.?(?:/|$)|%2[fF]")
_LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_HOSTNAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
)
_STATUSES = frozenset({301, 302, 303, 307, 308})
_VALUES = ("Exact", "RegularExpression")
_FILTERS = frozenset(
    {
        "RequestHeaderModifier",
        "ResponseHeaderModifier",
        "RequestMirror",
        "RequestRedirect",
        "URLRewrite",
        "ExtensionRef",
        "CORS",
    }
)
_REPEATED = frozenset({"RequestMirror", "ExtensionRef"})


def problems(route: HTTPRoute) -> Iterator[str]:
    """Why an HTTPRoute is refused, each with the field; nothing where it is not."""
    if len(route.rules) > 16:
        yield "spec.rules has more than 16 rules"
    if len(route.hostnames) > 16:
        yield "spec.hostnames has more than 16 hostnames"
    if sum(len(rule.matches) for rule in route.rules) > 128:
        yield "spec.rules has more than 128 matches"
    for name in route.hostnames:
        if not _HOSTNAME.fullmatch(name):
            yield f"spec.hostnames: {name!r} is no hostname"
    for number, rule in enumerate(route.rules):
        for problem in _in_rule(rule):
            yield f"spec.rules[{number}]{problem}"


def _in_rule(rule: HTTPRule) -> Iterator[str]:
    if len(rule.matches) > 64:
        yield " has more than 64 matches"
    for number, match in enumerate(rule.matches):
        for problem in _in_match(match):
            yield f".matches[{number}]{problem}"
    yield from _in_filters(rule, rule.filters)
    if rule.backends and any(one.redirect for one in rule.filters):
        yield " has RequestRedirect together with backendRefs"
    for number, backend in enumerate(rule.backends):
        if backend.weight > 1_000_000:
            yield f".backendRefs[{number}].weight is above 1000000"
        if (backend.ref.group, backend.ref.kind) == ("", "Service") and backend.port is None:
            yield f".backendRefs[{number}] names a Service without a port"
        for problem in _in_filters(rule, backend.filters):
            yield f".backendRefs[{number}]{problem}"


def _in_match(match: HTTPMatch) -> Iterator[str]:
    kind, value = match.path.type, match.path.value
    if kind not in ("Exact", "PathPrefix", "RegularExpression"):
        yield f".path.type {kind!r} does not exist"
    elif kind != "RegularExpression" and (not _PATH.fullmatch(value) or _FORBIDDEN.search(value)):
        yield f".path.value {value!r} is no path of that type"
    if match.method and match.method not in _METHODS:
        yield f".method {match.method!r} does not exist"
    for name, values in (("headers", match.headers), ("queryParams", match.query)):
        for number, one in enumerate(values):
            if one.type not in _VALUES:
                yield f".{name}[{number}].type {one.type!r} does not exist"
            if not one.name or not one.value:
                yield f".{name}[{number}] has no name or no value"


def _in_filters(rule: HTTPRule, filters: tuple[Filter, ...]) -> Iterator[str]:
    counted = Counter(one.type for one in filters)
    for kind in sorted(counted):
        if kind not in _FILTERS:
            yield f".filters: there is no filter {kind!r}"
        elif counted[kind] > 1 and kind not in _REPEATED:
            yield f".filters has {kind} twice"
    if counted["RequestRedirect"] and counted["URLRewrite"]:
        yield ".filters has RequestRedirect and URLRewrite"
    for one in filters:
        if one.redirect is not None:
            if one.redirect.status not in _STATUSES:
                yield f".filters: {one.redirect.status} is no status of a redirect"
            if one.redirect.scheme not in ("", "http", "https"):
                yield f".filters: {one.redirect.scheme!r} is no scheme of a redirect"
        part = one.redirect or one.rewrite
        if part is not None and part.path is not None:
            yield from _in_modifier(rule, part.path)


def _in_modifier(rule: HTTPRule, modifier: PathModifier) -> Iterator[str]:
    if modifier.type not in ("ReplaceFullPath", "ReplacePrefixMatch"):
        yield f".filters: path.type {modifier.type!r} does not exist"
    elif modifier.type == "ReplacePrefixMatch" and [m.path.type for m in rule.matches] != [
        "PathPrefix"
    ]:
        yield ".filters: ReplacePrefixMatch needs exactly one match, a PathPrefix"
