"""Traefik's chart as somebody rendered it, by --manifest: rolled out, and nothing of it is left.

Played pods prove that the objects are accepted and the rollout completes, not that Traefik works.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.realcluster.fixture import inside
from tests.scenarios.played import controller
from tests.scenarios.test_uninstall import differing, everything

if TYPE_CHECKING:
    import subprocess

    from .world import World

RENDERED = (
    Path(__file__).parents[3]
    / "shared/data/upstream/traefik/chart-41.3.0/rendered-ingress-nginx-provider.yaml"
)
pytestmark = [
    pytest.mark.skipif(
        not RENDERED.exists(),
        reason=f"TRAEFIK'S RENDERED CHART IS NOT TRIED: there is no {RENDERED}",
    ),
    pytest.mark.skipif(not inside(), reason="by its own definitions: run `make test-live`"),
]
CLASS = """\
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
"""


@pytest.fixture(scope="module", autouse=True)
def _played(bed: World) -> None:
    bed.node.images[:0] = [("traefik", controller)]


def run(bed: World, *words: str, text: str) -> subprocess.CompletedProcess[str]:
    done = bed.ingress(*words, "--timeout", "90s", input=text, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("name", ["traefik", "traefik-nginx"])
def test_it_rolls_out_and_leaves_nothing(bed: World, name: str) -> None:
    text = RENDERED.read_text() + (CLASS if name == "traefik-nginx" else "")
    digest = hashlib.sha256(text.encode()).hexdigest()
    before: dict[tuple[str, str, str], Any] = everything(bed)
    words = ("install", name, "--manifest", "-", "--sha256", digest)
    done = run(bed, *words, text=text)
    assert done.stdout.startswith("Ready. Address "), done.stderr
    status = bed.get("deployment", "traefik", "-n", "traefik")["status"]
    assert status["availableReplicas"] == status["replicas"] == 1
    again = " ".join(run(bed, *words, text=text).stderr.split())
    assert "0 objects to create, 0 to change" in again
    run(bed, "uninstall", name, "--yes", text="")
    assert differing(before, everything(bed)) == set()
