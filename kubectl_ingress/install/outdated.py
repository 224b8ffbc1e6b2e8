"""What an earlier version of a recipe made and this one has no more: found without changing it.

It goes when the new version runs. What stays is named: a definition of which
others have objects, and a Namespace.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubectl_ingress.errors import NotOurs
from kubectl_ingress.install.belongings import WORKLOADS, Belongings
from kubectl_ingress.install.live import Live, reader_of, title_of
from kubectl_ingress.install.own_manifest import Item
from kubectl_ingress.install.recipe_removal import (
    RecipeRemoval,
    classes_of,
    in_use,
    made_by_recipes,
    marked,
    rank,
    stays,
    versions_of,
)
from kubectl_ingress.install.removal import plan_removal
from kubectl_ingress.recipes import Chart, Manifests

if TYPE_CHECKING:
    from kubectl_ingress.core.kinds import Kind
    from kubectl_ingress.ports.cluster import Cluster


def plan_outdated(
    cluster: Cluster, name: str, recipe: Manifests | Chart, items: Sequence[Item]
) -> RecipeRemoval | None:
    """None where nothing of it is there but what `items` will be, under the same class.

    Raises NotOurs where it is installed in another place, and would lose that;
    ApiForbidden with all rights that are missing.
    """
    if name not in made_by_recipes(cluster):
        return None
    unseen: list[str] = []
    kinds: dict[tuple[str, str], Kind] = {}
    wanted = {(each.kind.group, each.kind.name, each.namespace, each.name) for each in items}
    found = list(marked(cluster, name, kinds, unseen))
    old = [each for each in found if _key(each) not in wanted]
    classes = _given_up(recipe, found, items)
    if not (old or classes):
        return None
    _check_place(name, recipe, old, items)
    used = dict(in_use(cluster, old))
    spaces = [each for each in old if each["kind"] == "Namespace"]
    going = [each for each in old if each not in spaces and not stays(each, used)]
    kept = [f"CustomResourceDefinition {which}: {why}" for which, why in used.items()]
    kept += [f"{title_of(each)}: kubectl ingress uninstall {name}" for each in spaces]
    classes |= dict.fromkeys(
        reader_of(each).meta().name for each in going if each["kind"] == recipe.class_kind
    )
    place = recipe.namespace if going else ""
    belongings = Belongings(place, tuple(classes), tuple(sorted(going, key=rank)))
    removal = plan_removal(cluster, belongings, (), tuple(kept), kinds)
    return RecipeRemoval(removal, versions_of(going), tuple(unseen))


def _given_up(
    recipe: Manifests | Chart, found: Sequence[Live], items: Sequence[Item]
) -> dict[str, None]:
    """The classes that it serves and will not serve, also those that are a name alone."""
    if not any(each["kind"] in WORKLOADS for each in found):
        return {}
    then = classes_of(recipe, [each.manifest for each in items])
    return dict.fromkeys(each for each in classes_of(recipe, found) if each not in then)


def _key(live: Live) -> tuple[str, str, str, str]:
    meta = reader_of(live).meta()
    group = str(live["apiVersion"]).rpartition("/")[0]
    return group, str(live["kind"]), meta.namespace, meta.name


def _check_place(
    name: str, recipe: Manifests | Chart, old: Sequence[Live], items: Sequence[Item]
) -> None:
    here = {each.namespace for each in items}
    there = {reader_of(each).meta().namespace for each in old if each["kind"] in WORKLOADS}
    elsewhere = sorted(there - here)
    if elsewhere:
        raise NotOurs(
            f"{recipe.title} is installed in namespace {', '.join(elsewhere)}, and one of it is "
            "kept at a time; nothing was changed",
            f"remove that one first: kubectl ingress uninstall {name}",
        )
