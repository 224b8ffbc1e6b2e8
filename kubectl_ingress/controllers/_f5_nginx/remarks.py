"""What is said about annotations that change nothing: unknown ones, and a rate that is none."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_ingress.controllers._f5_nginx.annotations import ANNOTATIONS, COM, ORG
from kubectl_ingress.controllers._f5_nginx.settings import TITLE
from kubectl_ingress.controllers._f5_nginx.values import rate
from kubectl_ingress.core.objects import Finding, Ingress

_RATE = ORG + "limit-req-rate"


def remarks(ingress: Ingress) -> Iterator[Finding]:
    """Findings about a valid Ingress; whatever else is wrong has rejected it."""
    where = f"Ingress {ingress.meta.key}"
    for name, value in sorted(ingress.meta.annotations.items()):
        if name == _RATE and rate(value) is None:
            message = f"{name} {value!r} of {where} is no rate such as 10r/s, so there is no limit"
            yield Finding("KI402", "warning", message, where, ingress.meta.origin)
        elif name.startswith((ORG, COM)) and name not in ANNOTATIONS:
            message = f"{TITLE} has no {name}, so it does nothing for {where}"
            yield Finding("KI403", "warning", message, where, ingress.meta.origin)
