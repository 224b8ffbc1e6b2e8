"""``kubectl ingress install CONTROLLER`` for one that comes as a Helm chart."""

from __future__ import annotations

from kubectl_ingress.commands._install_asked import Asked
from kubectl_ingress.errors import UsageError
from kubectl_ingress.recipes import Chart
from kubectl_ingress.recipes._helm import command


def install_chart(asked: Asked, recipe: Chart) -> None:
    """Raise UsageError with the command that installs it."""
    raise UsageError(
        f"{recipe.title} is installed by the program helm, which is not run from here yet",
        f"{command(recipe)}\n"
        "or render the chart, and let it be applied, waited for and removed from here:\n"
        f"kubectl ingress install {asked.name} --manifest FILE",
    )
