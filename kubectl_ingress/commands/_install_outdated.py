"""What an earlier version of a recipe leaves behind: shown with the plan, removed at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from kubectl_ingress.commands._confirm import confirm
from kubectl_ingress.core.kinds import qualified_name
from kubectl_ingress.core.text import listed, printable
from kubectl_ingress.errors import IngressError
from kubectl_ingress.install.live import title_of
from kubectl_ingress.install.recipe_removal import RecipeRemoval, losing_gateways
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


def facts(old: RecipeRemoval | None) -> Iterator[tuple[str, str]]:
    """How much goes, and what stays all the same."""
    if old is None:
        return
    if old.removal.objects:
        version = f" ({old.version})" if old.version else ""
        verb = "are" if len(old.removal.objects) > 1 else "is"
        yield "Then", f"{_count(old)} of what was installed{version} {verb} deleted"
    for each in old.removal.kept:
        yield "Stays", each
    for each in old.unseen:
        yield "Not seen", each


def loss(
    cluster: Cluster, recipe: Manifests | Chart, old: RecipeRemoval | None
) -> tuple[str, str] | None:
    """Who has a class that is given up, as a fact; None for nobody."""
    if old is None or not old.removal.belongings.classes:
        return None
    if recipe.class_kind == "GatewayClass":
        head, lose = "Gateways", losing_gateways(cluster, old.removal)
    else:
        head, lose = "Ingresses", losing(cluster, old.removal.belongings)
    if lose is None:
        return head, f"you may not list {head.lower()}, so it is not known which have that class"
    return (head, f"{listed(lose)}: nobody serves their class then") if lose else None


def ask(environment: Environment, old: RecipeRemoval, command: str) -> float:
    """Whether a class that is in use may be given up; how many seconds somebody thought about it.

    Raises UsageError where nobody can be asked, with the `command` that does not
    ask; IngressError for a no.
    """
    asked, names = environment.monotonic(), ", ".join(old.removal.belongings.classes)
    confirm(
        environment,
        f"Give up class {names}, which is in use?",
        would=f"class {names}, which is in use, would be given up",
        command=command,
        no="not installed",
    )
    return environment.monotonic() - asked


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
