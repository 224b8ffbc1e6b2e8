"""The chart of the tests as a recipe: where it is, and which version, says the environment."""

from __future__ import annotations

import json
import os

from kubectl_ingress.recipes import Chart, Needs

RECIPE = Chart(
    title="The small gate",
    remark="of the tests",
    repository=os.environ.get("SMALL_REPOSITORY", "https://charts.example"),
    chart="small",
    version=os.environ.get("SMALL_VERSION", "1.0.0"),
    namespace="small",
    release="small",
    class_name="small",
    class_value="small.example/gate",
    values={"settings": 1, **json.loads(os.environ.get("SMALL_VALUES", "{}"))},
    service=("service",),
    entry="small-proxy",
    needs=Needs(class_name="small"),
)
