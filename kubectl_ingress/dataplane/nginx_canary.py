"""Canaries as maps of nginx: which of two upstreams a request goes to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_ingress.controllers._ingress_nginx.canary import Policy, Split, Stickiness
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.patterns import check_pattern
from kubectl_ingress.dataplane.nginx_shared import Shared, literal
from kubectl_ingress.dataplane.nginx_words import NotWritten

# As values of variables; "" is: ask the next one.
_MAIN, _CANARY = "main", "canary"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_]+")
# Without ignore-invalid-headers: false, nginx drops all others.
_HEADER_NAME = re.compile(r"[A-Za-z0-9_-]+")


def upstream_of(split: Split, shared: Shared) -> str:
    """The variable that holds the name of the upstream. Raises NotWritten."""
    asked = [*_questions(split, shared), shared.share(*_weight(split.policy))]
    rows = [
        (f"~^:*{_MAIN}", shared.upstream(split.main)),
        (f"~^:*{_CANARY}", shared.upstream(split.canary)),
    ]
    return shared.map(":".join(asked), rows)


def _weight(policy: Policy) -> tuple[int, int]:
    return min(max(policy.weight, 0), policy.total), policy.total


def _questions(split: Split, shared: Shared) -> Iterator[str]:
    """In the order in which they are asked."""
    policy = split.policy
    if split.stickiness is not None:
        yield _by_stickiness(split.stickiness, shared)
    if _HEADER_NAME.fullmatch(policy.header):
        yield _by_header(policy, shared)
    elif policy.header and split.headers.strange:
        raise NotWritten(f"canary-by-header {policy.header}")
    if policy.cookie:
        yield _by_cookie(policy.cookie, shared)


def _by_stickiness(sticky: Stickiness, shared: Shared) -> str:
    name = literal(as_bytes(sticky.cookie))
    first = rf"~^(?:(?!\s*{name}=)[^;]*;)*\s*{name}=[^;|]*\|"
    rows = [(rf"{first}{sticky.main}(?:\||\s*(?:;|\z))", _MAIN)]
    if sticky.canary:
        rows.append((rf"{first}{sticky.canary}(?:\||\s*(?:;|\z))", _CANARY))
    return shared.map("$http_cookie", rows)


def _by_header(policy: Policy, shared: Shared) -> str:
    """A header without a value is none here: nginx's maps cannot tell the two apart."""
    variable = f"$http_{policy.header.lower().replace('-', '_')}"
    if policy.value:
        return shared.map(variable, [(rf"~^{literal(as_bytes(policy.value))}\z", _CANARY)])
    if policy.pattern:
        pattern = as_bytes(policy.pattern)
        if check_pattern(pattern):
            return shared.map(variable, [("", '""')], _MAIN)
        return shared.map(variable, [("", '""'), (f"~{pattern}", _CANARY)])
    return shared.map(variable, _ALWAYS_OR_NEVER)


def _by_cookie(name: str, shared: Shared) -> str:
    if _PLAIN_NAME.fullmatch(name):
        return shared.map(f"$cookie_{name}", _ALWAYS_OR_NEVER)
    # No variable has such a name: what nginx would find in the header.
    name = f"(?i:{literal(as_bytes(name))})"
    first = f"~^ *(?:(?!{name} *=)[^;,]*[;,] *)*{name} *= *"
    rows = [(rf"{first}always(?:;|\z)", _CANARY), (rf"{first}never(?:;|\z)", _MAIN)]
    return shared.map("$http_cookie", rows)


# Patterns, because texts are compared without regard to case.
_ALWAYS_OR_NEVER = [(r"~^always\z", _CANARY), (r"~^never\z", _MAIN)]
