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
one. A name that any controller has, or that is made of their words alone, is no slip: limit-rpm is
not meant to be limit-rps. It does not where the right name is there already, and never for names
of former releases, whose successors have other values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from kubectl_ingress.controllers._f5_nginx import annotations as f5
from kubectl_ingress.controllers._haproxy import global_keys as haproxy
from kubectl_ingress.controllers._ingress_nginx.annotations import ALIASES, RETIRED, ROWS, nearest
from kubectl_ingress.controllers._kong import annotations as kong
from kubectl_ingress.controllers._traefik import nginx_annotations as traefik
from kubectl_ingress.core.edits import Mend, RenameKey
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.spelling import certain_name
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI403"
NAME = "unknown-annotation"
LEVEL = "warning"
READS = (ROUTES,)

_NGINX, _HAPROXY = "nginx.ingress.kubernetes.io", "haproxy-ingress.github.io"
NAMES: Mapping[str, tuple[str, ...]] = {
    _NGINX: tuple(f"{_NGINX}/{name}" for name in (*ROWS, *ALIASES)),
    "nginx.org": tuple(f5.ANNOTATIONS),
    "nginx.com": tuple(f5.ANNOTATIONS),
    "konghq.com": tuple(f"konghq.com/{one.name}" for one in kong.ANNOTATIONS),
    _HAPROXY: tuple(f"{_HAPROXY}/{name}" for name in haproxy.KEYS),
}
"""By prefix, whole names."""
# Of the controllers that read a part of another's, by their own name.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "traefik-nginx": tuple(f"{_NGINX}/{name}" for name in sorted(traefik.KNOWN)),
}
# What anybody calls something, without prefix, and the words of it.
_ANYBODYS = frozenset(
    (*RETIRED, *(name.partition("/")[2] for names in NAMES.values() for name in names))
)
_WORDS = frozenset(word for name in _ANYBODYS for word in name.split("-"))


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it, with the name that is meant."""
    for finding in subject.routes.said(CODE):
        written = str(finding.field[-1]) if finding.field else ""
        owner = subject.routes.owners.get(finding.object.partition(" ")[2])
        known = _PARTS.get(owner.name if owner else "") or NAMES.get(written.partition("/")[0], ())
        certain = _certain(written, known)
        likely = certain or _likely(written, known)
        mend = Mend((RenameKey(finding.field, certain),)) if certain else None
        yield replace(finding, fix=likely, mend=mend) if likely else finding


def _certain(written: str, known: tuple[str, ...]) -> str:
    """The known name that is meant for certain, "" for none."""
    plain = written.lower().replace("_", "-")
    if written in known or plain in known:
        return "" if written in known else plain
    name = plain.partition("/")[2]
    if name in _ANYBODYS or _WORDS.issuperset(name.split("-")):
        return ""
    return certain_name(plain, known)


def _likely(written: str, known: tuple[str, ...]) -> str:
    """What took the place of a name of ingress-nginx, or is like it; "" for none."""
    prefix, _, name = written.partition("/")
    if prefix != _NGINX or (name in _ANYBODYS and name not in RETIRED):
        return ""
    meant = f"{_NGINX}/{RETIRED[name] if name in RETIRED else nearest(name)}"
    return meant if meant in known else ""
