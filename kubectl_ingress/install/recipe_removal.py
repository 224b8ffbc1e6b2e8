"""What goes when a controller goes that a recipe installed, found out without changing anything.

All that bears its mark goes, whatever it is: the label finds it, the
annotation decides. A CustomResourceDefinition takes its objects with it, so it
stays as long as anybody has any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.controllers._known import known_by_image, repository_of
from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.parse import parse_workload
from kubectl_ingress.errors import ApiError, ApiForbidden, ApiNotFound, NotOurs
from kubectl_ingress.install.belongings import WORKLOADS, Belongings
from kubectl_ingress.install.contents import served
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.marks import LABEL, family, version_of
from kubectl_ingress.install.own_manifest import defined, is_definition
from kubectl_ingress.install.owners import owner_of
from kubectl_ingress.install.removal import LEASE, Removal, plan_removal
from kubectl_ingress.ports import api
from kubectl_ingress.recipes import Chart, Manifests

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_POLICIES = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
_HOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_NAMED = 3


class RecipeRemoval(Struct, frozen=True):
    """What goes. `version` is what was installed; `unseen` are kinds that may not be listed."""

    removal: Removal
    version: str
    unseen: tuple[str, ...] = ()


def made_by_recipes(cluster: Cluster) -> tuple[str, ...]:
    """The recipes of which something runs here; none where that may not be read."""
    try:
        # Of a chart nothing that runs is marked, but where it runs.
        found = [
            each
            for kind in (*WORKLOADS, "Namespace")
            for each in api.list_all(cluster, KINDS[kind], labels=LABEL)
        ]
    except ApiForbidden:
        return ()
    return tuple(sorted({family(each) or "" for each in found} - {""}))


def plan_recipe_removal(
    cluster: Cluster,
    name: str,
    recipe: Manifests | Chart,
    *,
    with_definitions: bool,
    beside: Sequence[Live] = (),
) -> RecipeRemoval | None:
    """None where nothing of it is there. Raises ApiForbidden with all rights that are missing.

    `with_definitions`: those go too that still have objects of others. `beside`
    are objects that helm removes before.
    """
    unseen: list[str] = []
    kinds: dict[tuple[str, str], Kind] = {}
    found = list(marked(cluster, name, kinds, unseen))
    if not found and not beside:
        return None
    used = {} if with_definitions else dict(in_use(cluster, found, beside))
    going = sorted((each for each in found if not stays(each, used)), key=rank)
    belongings = Belongings(recipe.namespace, classes_of(recipe, [*found, *beside]), tuple(going))
    by_products = [
        (LEASE if kind == LEASE.name else KINDS[kind], each) for kind, each in recipe.by_products
    ]
    kept = tuple(
        f"CustomResourceDefinition {which}: {why}, lost with --crds" for which, why in used.items()
    )
    removal = plan_removal(cluster, belongings, by_products, kept, kinds, beside)
    return RecipeRemoval(removal, versions_of(found), tuple(unseen))


def versions_of(found: Iterable[Live]) -> str:
    """Which versions of a recipe these were made by."""
    return ", ".join(dict.fromkeys(version_of(each) for each in found))


def others_of(cluster: Cluster, recipe: Manifests | Chart, name: str) -> NotOurs | None:
    """That it runs in its usual namespace and somebody else has installed it."""
    for kind in WORKLOADS:
        for live in api.list_all(cluster, KINDS[kind], recipe.namespace):
            workload = parse_workload(reader_of(live))
            known = (known_by_image(repository_of(image)) for image in workload.images)
            if not any(one and one.name == (recipe.controller or name) for one in known):
                continue
            by = f" ({owner_of(live).title})" if owner_of(live).title else ""
            return NotOurs(
                f"{kind} {workload.meta.key}{by} was not installed by this program (KI708); "
                "nothing was changed",
                "uninstall it in the way it was installed",
            )
    return None


def losing_gateways(cluster: Cluster, removal: Removal) -> tuple[str, ...] | None:
    """``namespace/name`` of the Gateways that lose their controller; None if not readable."""
    names = removal.belongings.classes
    try:
        found = api.list_all(cluster, KINDS["Gateway"])
    except ApiNotFound:
        return ()
    except ApiForbidden:
        return None
    return tuple(
        reader_of(each).meta().key
        for each in found
        if reader_of(each).child("spec").text("gatewayClassName") in names
    )


def gateways_without(cluster: Cluster, recipe: Manifests | Chart, removal: Removal) -> str:
    """The Gateways that lose their controller, for people; "" for a controller of Ingresses."""
    if recipe.class_kind != "GatewayClass":
        return ""
    lose = losing_gateways(cluster, removal)
    if lose is None:
        return ""
    return f"{_some(lose)} without a controller then" if lose else "none loses its controller"


def marked(
    cluster: Cluster, name: str, kinds: dict[tuple[str, str], Kind], unseen: list[str]
) -> Iterator[Live]:
    """All that this recipe made; `kinds` gets theirs, `unseen` those that may not be listed."""
    seen: set[str] = set()
    for kind in served(cluster, unseen):
        try:
            items = api.list_all(cluster, kind, labels=f"{LABEL}={name}", quiet=True)
        except ApiNotFound:
            continue
        except ApiError:
            unseen.append(kind.resource)
            continue
        for live in items:
            uid = reader_of(live).meta().uid
            # Labels and annotations go on to what Kubernetes makes for an object.
            derived = reader_of(live).child("metadata").children("ownerReferences")
            if family(live) == name and uid not in seen and not derived:
                seen.add(uid)
                kinds[(kind.api_version, kind.name)] = kind
                yield live


def in_use(
    cluster: Cluster, found: Sequence[Live], beside: Sequence[Live] = ()
) -> Iterator[tuple[str, str]]:
    """Names of definitions that have objects of others, and which."""
    ours = {reader_of(each).meta().uid for each in (*found, *beside)}
    for live in found:
        if not is_definition(live):
            continue
        others: dict[str, str] = {}
        for kind in defined(live):
            try:
                for each in api.list_all(cluster, kind, quiet=True):
                    meta = reader_of(each).meta()
                    if meta.uid not in ours:
                        others[meta.uid] = f"{kind.name} {meta.key}"
            except ApiNotFound:
                continue
        if others:
            yield reader_of(live).meta().name, f"it has {_some(list(others.values()))}"


def stays(live: Live, kept: Mapping[str, str]) -> bool:
    """Whether it is a definition that is used, by name in `kept`, or guards one."""
    name = reader_of(live).meta().name
    if is_definition(live):
        return name in kept
    # What guards a group of definitions is named after it.
    groups = {each.partition(".")[2] for each in kept}
    return str(live["kind"]) in _POLICIES and any(name.endswith(f".{group}") for group in groups)


def rank(live: Live) -> int:
    """As it is made; it goes in the other direction."""
    kind = str(live["kind"])
    if kind == "Namespace":
        return 0
    if is_definition(live):
        return 1
    if kind in _HOOKS:
        return 4
    return 2 if kind in KINDS else 3


def classes_of(recipe: Manifests | Chart, found: Iterable[Live]) -> tuple[str, ...]:
    """The classes that an installation serves: by its class objects, else by the flag for it."""
    objects = list(found)
    named = [reader_of(e).meta().name for e in objects if e["kind"] == recipe.class_kind]
    if named:
        return tuple(dict.fromkeys(named))
    flag = f"{recipe.class_flag}=" if isinstance(recipe, Manifests) else ""
    for live in objects:
        args = parse_workload(reader_of(live)).args if live["kind"] in WORKLOADS else ()
        told = [each.removeprefix(flag) for each in args if flag and each.startswith(flag)]
        if told:
            return (told[-1],)
    return (recipe.class_name,)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
