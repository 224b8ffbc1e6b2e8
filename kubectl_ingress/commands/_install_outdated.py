"""What an earlier version of a recipe leaves behind: shown with the plan, removed at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from kubectl_ingress.core.kinds import qualified_name
from kubectl_ingress.core.text import listed, printable
from kubectl_ingress.errors import IngressError
from kubectl_ingress.install.live import title_of
from kubectl_ingress.install.recipe_removal import RecipeRemoval, gateways_without
from kubectl_ingress.install.removal import losing
from kubectl_ingress.install.uninstall import Uninstall

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster
    from kubectl_ingress.recipes import Chart, Manifests

# It goes even where nothing is waited for: what it replaces may run already.
_LEAST_SECONDS = 60.0


def titles(old: RecipeRemoval | None) -> list[str]:
    """What goes, for the plan's lines."""
    return [] if old is None else [title_of(each) for each in old.removal.objects]


def facts(
    cluster: Cluster, recipe: Manifests | Chart, old: RecipeRemoval | None
) -> Iterator[tuple[str, str]]:
    """How much goes, what stays all the same, and who is not served any more."""
    if old is None:
        return
    if old.removal.objects:
        verb = "are" if len(old.removal.objects) > 1 else "is"
        yield (
            "Then",
            f"{_count(old)} that only {old.version or 'the earlier one'} had {verb} deleted",
        )
    for each in old.removal.kept:
        yield "Stays", each
    for each in old.unseen:
        yield "Not seen", each
    if not old.removal.belongings.classes:
        return
    gateways = gateways_without(cluster, recipe, old.removal)
    ingresses = losing(cluster, old.removal.belongings)
    if gateways:
        yield "Gateways", gateways
    elif ingresses:
        yield "Ingresses", f"{listed(ingresses)}: their class is deleted"


def remove(
    cluster: Cluster, environment: Environment, old: RecipeRemoval | None, deadline: float
) -> None:
    """Delete it and wait until it is gone. Raises what refuses it, after saying what is left."""
    if old is None or not old.removal.objects:
        return
    stderr, deleted = environment.stderr, 0

    def after(live: Mapping[str, object]) -> None:
        nonlocal deleted
        deleted += 1
        print(f"{printable(qualified_name(live))} deleted", file=stderr)

    def say(text: str) -> None:
        print(printable(text), file=stderr)

    until = max(deadline, environment.monotonic() + _LEAST_SECONDS)
    try:
        Uninstall(cluster, old.removal, environment, until, after, say).carry_out()
    except (IngressError, KeyboardInterrupt):
        say(
            f"{deleted} of {_count(old)} of the earlier version deleted. "
            "The same command again goes on from there."
        )
        raise


def _count(old: RecipeRemoval) -> str:
    count = len(old.removal.objects)
    return f"{count} object{'' if count == 1 else 's'}"
