"""All annotations of ingress-nginx 1.15 (commit dbb11b9), as one table.

Reading, lint, migration and documentation look at the same rows.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.annotation import Annotation, Group
from kubectl_ingress.controllers._ingress_nginx.annotations import (
    access,
    balancing,
    canary,
    errors,
    external_auth,
    headers,
    limits,
    observability,
    proxying,
    redirects,
    rewriting,
    routing,
    snippets,
    tls,
)

GROUPS: tuple[Group, ...] = (
    *rewriting.GROUPS,
    *redirects.GROUPS,
    *routing.GROUPS,
    *canary.GROUPS,
    *access.GROUPS,
    *external_auth.GROUPS,
    *tls.GROUPS,
    *limits.GROUPS,
    *proxying.GROUPS,
    *balancing.GROUPS,
    *headers.GROUPS,
    *errors.GROUPS,
    *snippets.GROUPS,
    *observability.GROUPS,
)


class Row(Struct, frozen=True):
    """An annotation in the table: its place there, and the group that it is read with."""

    place: int
    group: str
    annotation: Annotation


_PAIRS = [(group.name, annotation) for group in GROUPS for annotation in group.annotations]

ROWS: Mapping[str, Row] = {
    annotation.name: Row(place, group, annotation)
    for place, (group, annotation) in enumerate(_PAIRS)
}
ALIASES: Mapping[str, str] = {
    alias: row.annotation.name for row in ROWS.values() for alias in row.annotation.aliases
}

# Names of earlier releases, and what took their place.
RETIRED: Mapping[str, str] = {
    "add-base-url": "",
    "base-url-scheme": "",
    "enable-influxdb": "",
    "enable-opentracing": "enable-opentelemetry",
    "global-rate-limit": "limit-rps",
    "global-rate-limit-window": "limit-rps",
    "grpc-backend": "backend-protocol",
    "opentracing-trust-incoming-span": "opentelemetry-trust-incoming-span",
    "secure-backends": "backend-protocol",
    "secure-verify-ca-secret": "proxy-ssl-secret",
    "session-cookie-hash": "",
}

_LONGEST_GUESSED = 64
_NAMES = (*ROWS, *ALIASES)
_WORDS = frozenset(word for name in _NAMES for word in name.split("-"))


@lru_cache(maxsize=4096)
def nearest(name: str) -> str:
    """The known name that a misspelt one is likely to mean, "" if none is near.

    Other words in place of some, all well spelt, are meant: path-type is not auth-type.
    """
    length = len(name)
    if length > _LONGEST_GUESSED:
        return ""
    similar = [known for known in _NAMES if abs(len(known) - length) <= length // 4 + 1]
    found = difflib.get_close_matches(name.lower(), similar, n=1, cutoff=0.8)
    if not found:
        return ""
    words, meant = name.lower().split("-"), found[0].split("-")
    others = len(words) == len(meant) and _singular(words) != _singular(meant)
    return "" if others and _WORDS.issuperset(words) else found[0]


def _singular(words: list[str]) -> list[str]:
    return [word.rstrip("s") for word in words]
