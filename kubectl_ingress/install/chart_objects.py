"""The objects of a chart: those that helm makes, and those that it leaves to others.

Helm makes no Namespace that bears a mark, leaves the CustomResourceDefinitions
of a chart as they are once they are there, and forgets them when it
uninstalls. So these are made here, beside a class that the chart does not
bring, as the objects of any recipe are: marked, renewed, and removed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.objects import Finding, Origin
from kubectl_ingress.install.chart_release import HOOK
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.marks import Mark, family
from kubectl_ingress.install.own_manifest import Discovery, Found, Item, locate, read
from kubectl_ingress.install.owners import owner_of
from kubectl_ingress.install.recipe_traps import shared_of_others
from kubectl_ingress.install.settings import INSTALLED_BY
from kubectl_ingress.ports import api
from kubectl_ingress.recipes import Chart

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_ADDED = Origin("kubectl ingress install")
_NO_MARK = Mark("")
_GATEWAY_API = "gateway.networking.k8s.io"


class Objects(Struct, frozen=True):
    """All of a chart.

    `beside` are made by this program, `chart` by helm; `hooks` are what helm
    makes for a moment, such as a Job. `used` says whose definitions are used
    instead of the chart's, `told` what may be wrong with that.
    """

    beside: tuple[Found, ...]
    chart: tuple[Found, ...]
    hooks: tuple[Found, ...] = ()
    used: tuple[str, ...] = ()
    told: tuple[Finding, ...] = ()

    @property
    def all(self) -> list[Found]:
        """In the order in which they are made."""
        return [*self.beside, *self.hooks, *self.chart]


class Located(Struct, frozen=True):
    """The same, with where the API serves each."""

    beside: list[Item] = field(default_factory=list)
    chart: list[Item] = field(default_factory=list)


def read_chart(data: bytes, title: str) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
    """What helm rendered: the objects, and its hooks. Raises InputError."""
    found = [(_unmarked(obj), origin) for obj, origin in read(data, title, _NO_MARK)]
    hooks = tuple(each for each in found if HOOK in _annotations(each[0]))
    return tuple(each for each in found if each not in hooks), hooks


def read_definitions(data: bytes, title: str, mark: Mark) -> tuple[Found, ...]:
    """What the chart has apart from its templates, marked. Raises InputError."""
    return tuple(read(data, title, mark)) if data.strip() else ()


def beside_chart(
    cluster: Cluster | None, name: str, recipe: Chart, definitions: Sequence[Found], mark: Mark
) -> Objects:
    """What is made beside the chart, and whose definitions are used instead of its own.

    A definition that others brought stays theirs; the Gateway API as a whole,
    whose definitions fit together. `cluster` is None where none is asked.
    """
    own, used = list(definitions), list[str]()
    told: tuple[Finding, ...] = ()
    if cluster is not None:
        gateways = [each for each in own if _is_gateway_api(each[0])]
        shared = shared_of_others(cluster, name, gateways)
        if shared is not None:
            own = [each for each in own if not _is_gateway_api(each[0])]
            used, told = [shared.said], shared.findings
        own, theirs = _not_of_others(cluster, name, own)
        used += [theirs] if theirs else []
    made = (*_added(cluster, name, recipe, mark), *own)
    return Objects(made, (), used=tuple(used), told=told)


def _is_gateway_api(obj: Mapping[str, Any]) -> bool:
    return reader_of(obj).meta().name.endswith(f".{_GATEWAY_API}")


def _not_of_others(
    cluster: Cluster, name: str, definitions: Sequence[Found]
) -> tuple[list[Found], str]:
    if not definitions:
        return [], ""
    discovery = Discovery(cluster)
    own: list[Found] = []
    theirs: list[Live] = []
    for obj, origin in definitions:
        served = discovery.find(str(obj["apiVersion"]), str(obj["kind"]))
        live = api.find(cluster, served[0], reader_of(obj).meta().name) if served else None
        if live is None or family(live) == name:
            own.append((obj, origin))
        else:
            theirs.append(live)
    if not theirs:
        return own, ""
    owners = ", ".join(dict.fromkeys(owner_of(each).title or "somebody" for each in theirs))
    return own, f"{len(theirs)} definitions are there (by {owners}) and are used as they are"


def _added(cluster: Cluster | None, name: str, recipe: Chart, mark: Mark) -> Iterator[Found]:
    meta: dict[str, Any] = {"annotations": {INSTALLED_BY: mark.text}, "labels": dict(mark.labels)}
    yield _object(KINDS["Namespace"], {"name": recipe.namespace, **meta}), _ADDED
    if recipe.makes_class is None:
        return
    kind, (class_name, value) = KINDS[recipe.class_kind], recipe.makes_class
    live = api.find(cluster, kind, class_name) if cluster is not None else None
    if live is None or family(live) == name:
        spec = "controllerName" if kind.name == "GatewayClass" else "controller"
        yield {**_object(kind, {"name": class_name, **meta}), "spec": {spec: value}}, _ADDED


def locate_all(cluster: Cluster, recipe: Chart, objects: Objects) -> Located:
    """Find out where each goes. Raises InputError for a kind that nobody serves."""
    items = locate(cluster, [*objects.beside, *objects.chart], None, recipe.namespace)
    made = {id(origin) for _, origin in objects.beside}
    located = Located()
    for item in items:
        (located.beside if id(item.origin) in made else located.chart).append(item)
    return located


def _object(kind: Kind, meta: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": dict(meta)}


def _annotations(obj: Mapping[str, Any]) -> Mapping[str, str]:
    return reader_of(obj).meta().annotations


def _unmarked(obj: dict[str, Any]) -> dict[str, Any]:
    """Without the mark, which is not on what helm makes."""
    meta = dict(obj["metadata"])
    annotations = {k: v for k, v in meta.pop("annotations").items() if k != INSTALLED_BY}
    return {**obj, "metadata": {**meta, **({"annotations": annotations} if annotations else {})}}
