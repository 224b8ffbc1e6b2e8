"""An annotation stands on an object on which nobody reads it.

What it does
Finds annotations of ingress-nginx on ConfigMaps and Services. On a ConfigMap the settings are keys
of `data`, without a prefix; Services are not looked at.

Why it is bad
proxy-body-size on the ConfigMap as an annotation changes nothing: uploads of more than 1 MiB
still end in 413.

Example

    kind: ConfigMap
    metadata:
      name: ingress-nginx-controller
      annotations:
        nginx.ingress.kubernetes.io/proxy-body-size: 8m

Use instead

    kind: ConfigMap
    data:
      proxy-body-size: 8m
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding, Meta
from kubectl_ingress.lint.subject import Subject

CODE = "KI407"
NAME = "misplaced-annotation"
LEVEL = "warning"
READS = ("ConfigMap", "Service")

_PREFIX = "nginx.ingress.kubernetes.io/"


def check(subject: Subject) -> Iterable[Finding]:
    """ConfigMaps and Services, and the keys of ConfigMaps."""
    for one in subject.snapshot.config_maps:
        yield from _of_meta("ConfigMap", one.meta, "its settings are keys of data, without prefix")
        for key in one.data:
            if key.startswith(_PREFIX):
                message = f"{key} is a key of ConfigMap {one.meta.key}: keys have no prefix"
                yield _finding("ConfigMap", one.meta, message, ("data", key), _short(key))
    for service in subject.snapshot.services:
        if service.meta.annotations:
            yield from _of_meta("Service", service.meta, "ingress-nginx reads those of Ingresses")


def _of_meta(kind: str, meta: Meta, why: str) -> Iterable[Finding]:
    for name in meta.annotations:
        if name.startswith(_PREFIX):
            message = f"{name} is an annotation of {kind} {meta.key}, where nobody reads it: {why}"
            fix = f"data: {_short(name)}" if kind == "ConfigMap" else "put it on the Ingress"
            yield _finding(kind, meta, message, ("metadata", "annotations", name), fix)


def _short(name: str) -> str:
    return name.removeprefix(_PREFIX)


def _finding(kind: str, meta: Meta, message: str, field: tuple[str, ...], fix: str) -> Finding:
    return Finding(CODE, LEVEL, message, f"{kind} {meta.key}", meta.origin, fix, field)
