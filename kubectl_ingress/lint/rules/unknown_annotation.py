"""The controller does not know an annotation.

What it does
Finds names with the prefix of the controller that are none of its annotations, with the
nearest one that is, and those of former releases with what took their place.

Why it is bad
A misspelt annotation is ignored in silence.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/rewrite-taget: /

Use instead
nginx.ingress.kubernetes.io/rewrite-target: /

What --fix does
It corrects a name that can only be one other: a slip of the pen away from it, and from no second
one. It does not where the right name is there already, and never for names of former releases,
whose successors have other values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from kubectl_ingress.controllers._f5_nginx import annotations as f5
from kubectl_ingress.controllers._haproxy import global_keys as haproxy
from kubectl_ingress.controllers._ingress_nginx.annotations import ALIASES, RETIRED, ROWS, nearest
from kubectl_ingress.controllers._kong import annotations as kong
from kubectl_ingress.core.edits import Mend, RenameKey
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.spelling import certain_name
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI403"
NAME = "unknown-annotation"
LEVEL = "warning"
READS = (ROUTES,)

_NGINX, _HAPROXY = "nginx.ingress.kubernetes.io", "haproxy-ingress.github.io"
# By prefix, whole names.
_NAMES: Mapping[str, tuple[str, ...]] = {
    _NGINX: tuple(f"{_NGINX}/{name}" for name in (*ROWS, *ALIASES)),
    "nginx.org": tuple(f5.ANNOTATIONS),
    "nginx.com": tuple(f5.ANNOTATIONS),
    "konghq.com": tuple(f"konghq.com/{one.name}" for one in kong.ANNOTATIONS),
    _HAPROXY: tuple(f"{_HAPROXY}/{name}" for name in haproxy.KEYS),
}


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it, with the name that is meant."""
    for finding in subject.routes.said(CODE):
        written = str(finding.field[-1]) if finding.field else ""
        prefix, _, name = written.partition("/")
        certain = certain_name(written, _NAMES.get(prefix, ())) if name not in RETIRED else ""
        meant = RETIRED.get(name) or nearest(name) if prefix == _NGINX else ""
        if certain:
            mend = Mend((RenameKey(finding.field, certain),))
            yield replace(finding, fix=certain, mend=mend)
        else:
            yield replace(finding, fix=f"{prefix}/{meant}") if meant else finding
