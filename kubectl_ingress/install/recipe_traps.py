"""What must be so before a recipe is applied, looked at without writing anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.controllers._known import known_by_controller
from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.parse import parse_ingress
from kubectl_ingress.errors import ApiForbidden, NotOurs
from kubectl_ingress.install.live import Live, is_ours, reader_of
from kubectl_ingress.install.marks import family
from kubectl_ingress.install.own_manifest import Found, is_definition
from kubectl_ingress.install.owners import owner_of
from kubectl_ingress.install.recipe_manifest import class_object, class_value, value_of
from kubectl_ingress.ports import api
from kubectl_ingress.recipes import Chart, Manifests

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_DEFINITIONS = Kind(
    "CustomResourceDefinition",
    "apiextensions.k8s.io/v1",
    "customresourcedefinitions",
    namespaced=False,
)
_BUNDLE = "gateway.networking.k8s.io/bundle-version"
_NGINX = "nginx.ingress.kubernetes.io/"
_NAMED = 3


def check_class(
    cluster: Cluster, name: str, recipe: Manifests | Chart, class_name: str, found: Sequence[Found]
) -> Iterator[Finding]:
    """What is to be known of the class. Raises NotOurs (KI206) where it is another's already."""
    kind, value = KINDS[recipe.class_kind], class_value(recipe, class_name)
    live = api.find(cluster, kind, class_name)
    if live is not None and _is_anothers(value_of(live), value, recipe.controller or name):
        raise _taken(name, recipe, class_name, live)
    brought = class_object(recipe, (obj for obj, _ in found))
    if value and brought is None and live is None:
        text = f"the manifest has no {kind.name} of {value}, and {recipe.title} serves no other"
        yield Finding("KI208", "warning", text, fix="add one to the manifest")
    if kind.name == "IngressClass" and (live is None or family(live) != name):
        yield from _newly_served(cluster, recipe, class_name)


def _is_anothers(there: str, value: str, known: str) -> bool:
    if value:
        return there != value
    # It takes the class by its name alone: whatever stands in it may be meant for it.
    entry = known_by_controller(there)
    return entry is not None and entry.name != known


def _taken(name: str, recipe: Manifests | Chart, class_name: str, live: Live) -> NotOurs:
    owner = owner_of(live).title
    by = f" ({owner})" if owner else ""
    beside = ""
    if isinstance(recipe, Manifests):
        beside = f"install it beside that one: kubectl ingress install {name} --class NAME\n"
    removed = "kubectl ingress uninstall" if is_ours(live) else "in the way it was installed"
    return NotOurs(
        f"{recipe.class_kind} {class_name} belongs to {value_of(live)}{by}, and {recipe.title} "
        f"would need it for itself (KI206); a class cannot be given to another controller; "
        "nothing was changed",
        f"{beside}or remove that one first: {removed}",
    )


def _newly_served(
    cluster: Cluster, recipe: Manifests | Chart, class_name: str
) -> Iterator[Finding]:
    """Ingresses that name the class already: they will be served."""
    try:
        ingresses = map(parse_ingress, map(reader_of, api.list_all(cluster, KINDS["Ingress"])))
        named = [each for each in ingresses if class_of(each) == class_name]
    except ApiForbidden:
        return
    if not named:
        return
    keys = [each.meta.key for each in named]
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    verb = "names" if len(keys) == 1 else "name"
    text = f"{', '.join(keys[:_NAMED])}{more} {verb} class {class_name} already and will be served"
    rewrite = recipe.needs.rewrite if recipe.needs else ""
    has_others = any(key.startswith(_NGINX) for each in named for key in each.meta.annotations)
    if has_others and not rewrite.startswith(_NGINX):
        text += f"; {recipe.title} does not read their annotations {_NGINX}"
    yield Finding("KI206", "warning", text)


class Shared(Struct, frozen=True):
    """Definitions that others have brought: whose they are, and what may be wrong with that."""

    said: str
    findings: tuple[Finding, ...] = ()


def shared_of_others(cluster: Cluster, name: str, shared: Sequence[Found]) -> Shared | None:
    """None where nobody else has brought any of these definitions: then they are ours to bring.

    One of another's and one of ours would not fit together.
    """
    for obj, _ in shared:
        if not is_definition(obj):
            continue
        live = api.find(cluster, _DEFINITIONS, reader_of(obj).meta().name)
        if live is None or family(live) == name:
            continue
        there, ours = _bundle(live), _bundle(obj)
        owner = owner_of(live).title
        by = f" (by {owner})" if owner else ""
        said = f"Gateway API {there or 'of an unknown version'} is there{by} and is used"
        if there.split(".")[:2] == ours.split(".")[:2]:
            return Shared(said)
        text = f"this cluster has Gateway API {there or '?'}; the release was made with {ours}"
        return Shared(said, (Finding("KI709", "warning", text),))
    return None


def _bundle(live: Live) -> str:
    """The release of the Gateway API that a definition is of."""
    return reader_of(live).meta().annotations.get(_BUNDLE, "").removeprefix("v")
