"""``kubectl ingress`` with one recipe more, that of the tests' own chart.

``python -m tests.helm.program install small``. With CHART_REPOSITORY others come from
there.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec.structs import replace

from kubectl_ingress import recipes
from kubectl_ingress.__main__ import run
from kubectl_ingress.install import chart_release
from kubectl_ingress.recipes import kong, traefik, traefik_nginx

RECIPES = str(Path(__file__).parent / "recipes")

if __name__ == "__main__":
    recipes.__path__.append(RECIPES)
    if "CHART_REPOSITORY" in os.environ:
        for module in (kong, traefik, traefik_nginx):
            module.RECIPE = replace(module.RECIPE, repository=os.environ["CHART_REPOSITORY"])
    quiet = float(os.environ.get("SMALL_QUIET", "3"))
    chart_release._QUIET_SECONDS = quiet
    run()
