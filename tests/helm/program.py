"""``kubectl ingress`` with one recipe more, that of the tests' own chart.

``python -m tests.helm.program install small``.
"""

from __future__ import annotations

import os
from pathlib import Path

from kubectl_ingress import recipes
from kubectl_ingress.__main__ import run
from kubectl_ingress.install import chart_release

RECIPES = str(Path(__file__).parent / "recipes")

if __name__ == "__main__":
    recipes.__path__.append(RECIPES)
    quiet = float(os.environ.get("SMALL_QUIET", "3"))
    chart_release._QUIET_SECONDS = quiet
    run()
