"""The annotations traefik.ingress.kubernetes.io/router.*, as Traefik decodes them.

Decoding is strict (github.com/traefik/paerser): a name that it does not know or a
value of a wrong type drops the whole Ingress (measured: router.priority abc).
Source: pkg/provider/kubernetes/ingress/annotations.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from kubectl_ingress.controllers._go import is_flag, is_number, words
from kubectl_ingress.core.objects import Finding, Ingress

PREFIX = "traefik.ingress.kubernetes.io/"
PATH_MATCHERS = ("Path", "PathPrefix", "PathRegexp")


def _anything(value: str) -> bool:
    return True


# Names behind "router.", in lower case: the elements of a list have a number.
_FIELDS: Mapping[re.Pattern[str], Callable[[str], bool]] = {
    re.compile(name): valid
    for name, valid in {
        r"pathmatcher": _anything,
        r"entrypoints": _anything,
        r"middlewares": _anything,
        r"priority": is_number,
        r"rulesyntax": _anything,
        r"tls": _anything,
        r"tls\.(options|certresolver)": _anything,
        r"tls\.domains\.\d+\.(main|sans)": _anything,
        r"observability\.(accesslogs|metrics|tracing)": is_flag,
        r"observability\.traceverbosity": _anything,
    }.items()
}


class RouterOptions(Struct, frozen=True):
    """What the annotations of an Ingress say about its routers.

    `entry_points` and `middlewares` are names; `problem` is why the whole
    Ingress is left out.
    """

    path_matcher: str = "PathPrefix"
    entry_points: tuple[str, ...] = ()
    middlewares: tuple[str, ...] = ()
    priority: int = 0
    rule_syntax: str = ""
    tls: bool = False
    problem: Finding | None = None


def read_options(ingress: Ingress) -> RouterOptions:
    """The options of an Ingress; never raises."""
    start = f"{PREFIX}router."
    found: dict[str, str] = {}
    for name, value in sorted(ingress.meta.annotations.items()):
        if not name.startswith(start):
            continue
        field = name[len(start) :].lower()
        valid = next((v for pattern, v in _FIELDS.items() if pattern.fullmatch(field)), None)
        if valid is None or not valid(value):
            return RouterOptions(problem=_problem(ingress, name, value, known=valid is not None))
        found[field] = value
    return RouterOptions(
        path_matcher=found.get("pathmatcher") or "PathPrefix",
        entry_points=words(found.get("entrypoints", "")),
        middlewares=words(found.get("middlewares", "")),
        priority=int(found.get("priority", "0")),
        rule_syntax=found.get("rulesyntax", ""),
        tls=found.get("tls", "").lower() in ("", "true")
        and any(f.startswith("tls") for f in found),
    )


def passed_over(ingress: Ingress) -> Iterator[Finding]:
    """The annotations of Traefik that it reads on no Ingress."""
    where = f"Ingress {ingress.meta.key}"
    for name in sorted(ingress.meta.annotations):
        if not name.startswith(PREFIX) or name.startswith(f"{PREFIX}router."):
            continue
        of_service = name.startswith(f"{PREFIX}service.")
        why = "is read on Services alone" if of_service else "is none that Traefik has"
        message = f"{name} {why}, so it does nothing for {where}"
        yield Finding("KI403", "warning", message, where, ingress.meta.origin)


def _problem(ingress: Ingress, name: str, value: str, known: bool) -> Finding:
    what = f"the value {value!r} of {name}" if known else f"the annotation {name}"
    message = f"Traefik cannot read {what}, and leaves out the whole Ingress {ingress.meta.key}"
    where = f"Ingress {ingress.meta.key}"
    return Finding("KI402" if known else "KI403", "error", message, where, ingress.meta.origin)
