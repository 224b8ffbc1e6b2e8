"""Which Ingresses count, and in which order (store.go, ingressclass.go, sortIngressSlice)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.doubts import opaque_annotations
from kubectl_ingress.controllers._ingress_nginx.inspection import inspect
from kubectl_ingress.controllers._ingress_nginx.reading import Readings, Values
from kubectl_ingress.controllers._ingress_nginx.references import refused_by_objects
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.controllers._oldest import oldest_first
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.core.reasons import Ignored, edit_command
from kubectl_ingress.core.text import listed


class Loaded(Struct, frozen=True, eq=False):
    """An Ingress that the controller has loaded, with its annotations.

    `denied` is why all its locations answer 503, `barred` why every request to
    its hosts is answered 403; `doubts` are what nobody can know of it. `plain`:
    its locations do no more than those without any annotation may.
    """

    ingress: Ingress
    key: str
    values: Values
    canary: bool = False
    denied: Finding | None = None
    barred: Finding | None = None
    doubts: tuple[Finding, ...] = ()
    plain: bool = False

    @property
    def source(self) -> str:
        """The object in the words of a Step."""
        return f"Ingress {self.key}"


class Selection(Struct, frozen=True):
    """What counts, the oldest first, what does not, and what nobody can know of that."""

    loaded: tuple[Loaded, ...]
    ignored: tuple[Ignored, ...]
    findings: tuple[Finding, ...]


def select(snapshot: Snapshot, settings: Settings) -> Selection:
    """The Ingresses that the controller loads."""
    taken, ignored = settings.class_rule.select(snapshot)
    loaded: list[Loaded] = []
    readings = Readings(settings.limits)
    for ingress in oldest_first(taken):
        why = _unwatched(ingress, snapshot, settings)
        if why is None and settings.inspects:
            why = inspect(ingress)
        values = readings.of(ingress)
        why = why or values.dropped
        if why is not None:
            ignored.append(Ignored(ingress, why))
            continue
        loaded.append(_loaded(ingress, values, snapshot, settings))
    return Selection(tuple(loaded), tuple(ignored), tuple(_unknown_namespaces(snapshot, settings)))


def _loaded(ingress: Ingress, values: Values, snapshot: Snapshot, settings: Settings) -> Loaded:
    if values.quiet and values.denied is None:
        return Loaded(ingress, ingress.meta.key, values, plain=True)
    refused = refused_by_objects(ingress, values, snapshot, settings)
    return Loaded(
        ingress,
        ingress.meta.key,
        values,
        values.flag("canary"),
        refused.denied,
        refused.barred,
        (*refused.doubts, *opaque_annotations(ingress, values, settings)),
    )


def _unwatched(ingress: Ingress, snapshot: Snapshot, settings: Settings) -> Finding | None:
    namespace = ingress.meta.namespace
    if settings.namespace and namespace != settings.namespace:
        what = f"is not in namespace {settings.namespace}, the only one that is watched"
        return _left_out(ingress, what, "--watch-namespace")
    if settings.selector and not settings.namespace:
        known = snapshot.namespace_by_name.get(namespace)
        if known is not None and not selects(settings.selector, known.meta.labels):
            what = f"is in a namespace without the labels {settings.selector}"
            return _left_out(ingress, what, "--watch-namespace-selector")
    if settings.disable_catch_all and ingress.default_backend is not None:
        return _left_out(ingress, "has a spec.defaultBackend", "--disable-catch-all")
    return None


def _left_out(ingress: Ingress, what: str, flag: str) -> Finding:
    message = f"Ingress {ingress.meta.key} {what}, so ingress-nginx ignores it (flag {flag})"
    where = f"Ingress {ingress.meta.key}"
    return Finding("KI210", "error", message, where, ingress.meta.origin, edit_command(where))


def _unknown_namespaces(snapshot: Snapshot, settings: Settings) -> list[Finding]:
    if not settings.selector or settings.namespace:
        return []
    names = {ingress.meta.namespace for ingress in snapshot.ingresses}
    unknown = sorted(names - snapshot.namespace_by_name.keys())
    if not unknown:
        return []
    message = (
        f"only namespaces with the labels {settings.selector} are watched, and those of"
        f" {listed(unknown)} are not known: taken as if they were"
    )
    return [Finding("KI401", "warning", message)]


_REQUIREMENT = re.compile(r"([^\s=!(),]+)\s+(in|notin)\s*\(([^)]*)\)|[^,]+")
_EQUALITY = re.compile(r"\s*([^\s=!]+)\s*(==|!=|=)\s*([^\s=!]*)\s*")


def selects(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether labels meet a selector: ``a=b,c!=d,e,!f,g in (x,y),h notin (z)``.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
    """
    return all(_meets(found, labels) for found in _REQUIREMENT.finditer(selector))


def _meets(requirement: re.Match[str], labels: Mapping[str, str]) -> bool:
    if requirement[1]:
        named = {word.strip() for word in requirement[3].split(",")}
        return (labels.get(requirement[1]) in named) == (requirement[2] == "in")
    text = requirement[0].strip()
    equality = _EQUALITY.fullmatch(text)
    if equality:
        return (labels.get(equality[1]) == equality[3]) != (equality[2] == "!=")
    if text.startswith("!"):
        return text[1:].strip() not in labels
    return not text or text in labels
