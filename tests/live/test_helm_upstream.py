"""What Kong's and Traefik's charts rendered to, as charts again: installed by the real helm.

The charts themselves cannot be had offline; their objects can (../shared). So what is tried is that
helm and this program agree on these objects: accepted, rolled out, as they should be when they are
looked at again, and gone afterwards. Played pods prove no more than that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.helm import binary, repository
from tests.live.charts import NEEDS_HELM
from tests.realcluster import fixture
from tests.scenarios.played import IMAGES, controller
from tests.scenarios.test_uninstall import differing, everything

if TYPE_CHECKING:
    from tests.realcluster.testbed import Bed

ROOT = Path(__file__).parents[2]
UPSTREAM = ROOT.parent / "shared/data/upstream"
CHARTS = {
    ("ingress", "0.24.0"): UPSTREAM / "kong/chart-ingress-0.24.0/rendered.yaml",
    ("traefik", "41.3.0"): UPSTREAM / "traefik/chart-41.3.0/rendered-ingress-nginx-provider.yaml",
}
pytestmark = [
    *NEEDS_HELM,
    pytest.mark.skipif(not UPSTREAM.exists(), reason=f"NOT TRIED: there is no {UPSTREAM}"),
]


@pytest.fixture(scope="module")
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    yield from fixture.real_bed(request)


@pytest.fixture(scope="module")
def url(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    bed.node.images[:0] = [*IMAGES, ("traefik", controller)]
    (bed.bin_dir / "helm").symlink_to(binary.cached())
    directory = tmp_path_factory.mktemp("charts")
    archives = {key: chart(*key, file) for key, file in CHARTS.items()}
    with repository.serving(directory, archives) as url:
        yield url


def chart(name: str, version: str, rendered: Path) -> bytes:
    documents = [each for each in yaml.safe_load_all(rendered.read_text()) if each]
    crds = [each for each in documents if each["kind"] == "CustomResourceDefinition"]
    rest = [each for each in documents if each not in crds]
    files = {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n",
        # Not a template: its text is nobody's to evaluate.
        "objects.yaml": yaml.safe_dump_all(rest),
        "templates/all.yaml": '{{ .Files.Get "objects.yaml" }}',
    }
    if crds:
        files["crds/all.yaml"] = yaml.safe_dump_all(crds)
    return repository.archive(name, {path: text.encode() for path, text in files.items()})


def run(bed: Bed, url: str, *words: str) -> str:
    env = {"PYTHONPATH": str(ROOT), "CHART_REPOSITORY": url}
    program = (sys.executable, "-m", "tests.helm.program", *words, "--timeout", "90s")
    done = bed.run(*program, env=env, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return " ".join(f"{done.stdout} {done.stderr}".split())


@pytest.mark.parametrize(
    ("name", "namespace", "deployments"),
    [
        ("kong", "kong", ["kong-controller", "kong-gateway"]),
        ("traefik", "traefik", ["traefik"]),
        ("traefik-nginx", "traefik", ["traefik"]),
    ],
)
def test_a_chart_of_others(
    bed: Bed, url: str, name: str, namespace: str, deployments: list[str]
) -> None:
    before = everything(bed)
    assert run(bed, url, "install", name).startswith("Ready. Address ")
    found = bed.get("deployments", "-n", namespace)["items"]
    assert [each["metadata"]["name"] for each in found] == deployments
    for each in found:
        assert each["status"]["availableReplicas"] == each["status"]["replicas"] > 0
    again = run(bed, url, "install", name)
    assert "0 objects to create, 0 to change" in again
    assert "nothing to do" in again
    run(bed, url, "uninstall", name, "--yes")
    assert differing(before, everything(bed)) == set()
