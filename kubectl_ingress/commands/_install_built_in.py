"""``kubectl ingress install CONTROLLER`` for one that is part of something bigger."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_ingress.commands._install_asked import Asked
from kubectl_ingress.core.inventory import ControllerEntry, Inventory
from kubectl_ingress.errors import ApiError, KubeconfigError, NotReady, UsageError
from kubectl_ingress.inventory.look import look_at
from kubectl_ingress.options import DryRun
from kubectl_ingress.recipes import BuiltIn, Needs
from kubectl_ingress.render.findings import show_finding
from kubectl_ingress.render.plan import show_facts

_OWN = "KI606"


def show_built_in(asked: Asked, recipe: BuiltIn) -> None:
    """Say that it is on, and what an Ingress needs then.

    Raises UsageError where nothing can be told of this cluster or it is no
    place for it, NotReady where it is not on; each with how it is switched on.
    """
    not_here = f"{recipe.title} is not installed by this program"
    if asked.sources:
        raise UsageError(f"{not_here}, nor from a manifest", _how(recipe))
    if asked.dry_run is DryRun.CLIENT:
        raise UsageError(not_here, _how(recipe))
    environment = asked.environment
    try:
        cluster = environment.cluster(asked.connection)
        inventory = look_at(cluster, "", environment.monotonic)
    except (KubeconfigError, ApiError) as error:
        raise UsageError(
            f"{not_here}; whether it is on here could not be seen: {error.sentence}",
            _how(recipe),
        ) from error
    name = recipe.controller or asked.name
    found = [each for each in inventory.controllers if each.name == name]
    if not found:
        raise _not_on(recipe, inventory)
    _show(asked, recipe, inventory, found)


def _show(
    asked: Asked, recipe: BuiltIn, inventory: Inventory, found: list[ControllerEntry]
) -> None:
    stdout, stderr = asked.environment.stdout, asked.environment.stderr
    print(f"Nothing to install: {recipe.title} is on in this cluster.", file=stdout)
    labels = ", ".join(each.label for each in found)
    classes = ", ".join(dict.fromkeys(name for each in found for name in each.classes))
    show_facts(stderr, [("Found", labels), *([("Class", classes)] if classes else [])])
    if recipe.needs is not None:
        show_facts(stderr, [("Needs", line) for line in _needs(recipe.needs)])
    following = f"kubectl ingress scaffold NAME --controller {asked.name} --host HOST"
    show_facts(stderr, [("Next", following)])
    places = {str(each.workload) for each in found if each.workload}
    for finding in inventory.findings:
        if finding.code == _OWN or finding.object in places:
            show_finding(stderr, finding)


def _needs(needs: Needs) -> Iterator[str]:
    if needs.by_annotation:
        named = f"annotation kubernetes.io/ingress.class: {needs.class_name}, or no class at all"
        yield f"{named}; any ingressClassName, and it is not taken"
    else:
        yield f"spec.ingressClassName: {needs.class_name}"
    for key, value in needs.annotations.items():
        yield f"annotation {key}: {value}"
    for key, value in needs.service.items():
        yield f"on the Service annotation {key}: '{value}', or type NodePort"
    if needs.note:
        yield needs.note


def _not_on(recipe: BuiltIn, inventory: Inventory) -> UsageError | NotReady:
    here = {inventory.place, inventory.provider} - {""}
    if recipe.place and here and recipe.place not in here:
        said = f" ({inventory.said})" if inventory.said else ""
        where = inventory.place or inventory.provider
        return UsageError(
            f"{recipe.title} is part of {recipe.place}, and this cluster runs on {where}{said}",
            "kubectl ingress install --list",
        )
    return NotReady(f"{recipe.title} is not on in this cluster", _how(recipe))


def _how(recipe: BuiltIn) -> str:
    return "\n".join(("to have it:", *recipe.how))
