"""Asking the model of haproxy-ingress, with answers short enough for a table of tests."""

from __future__ import annotations

from typing import Any

from kubectl_ingress.controllers import haproxy_ingress
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.table import RouteTable
from tests.controllers.ingress_nginx.asking import objects_for, offline
from tests.manifests import ingress, ingress_class

PREFIX = "haproxy-ingress.github.io"
CLASS = ingress_class("haproxy", "haproxy-ingress.github.io/controller")


def keys(settings: dict[str, str]) -> dict[str, str]:
    """Annotations of these keys."""
    return {f"{PREFIX}/{key}": value for key, value in settings.items()}


def one(name: str, host: str, *paths: Any, ha: dict[str, str] | None = None, **spec: Any) -> Any:
    """An Ingress; `ha` are its keys."""
    spec.setdefault("ingressClassName", "haproxy")
    return ingress(name, host, *paths, annotations=keys(ha or {}), **spec)


def annotated(made: Any, **settings: str) -> Any:
    """An object with keys of haproxy-ingress; underscores in their names are dashes."""
    found = keys({key.replace("_", "-"): value for key, value in settings.items()})
    made["metadata"].setdefault("annotations", {}).update(found)
    return made


def compiled(*objects: Any, flags: tuple[str, ...] = ()) -> RouteTable:
    """The table of files that hold these objects."""
    snapshot = offline(CLASS, *objects)
    return haproxy_ingress.compile(snapshot, haproxy_ingress.settings_of(Told(flags), snapshot))


def table(*ingresses: Any, more: tuple[Any, ...] = (), flags: tuple[str, ...] = ()) -> RouteTable:
    """The table of Ingresses whose Services all have ready pods, beside `more`."""
    return compiled(*objects_for(*ingresses)[1:], *more, flags=flags)
