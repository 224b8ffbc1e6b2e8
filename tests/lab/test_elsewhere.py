"""The road in a lab of which the machine is not a Linux with root, or has no nginx.

Without kubectl: the program is called by its own name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_ingress.lab.addresses import Addresses, Loopback
from tests.scenarios.labbed import LabBed

PROXY = [sys.executable, "-m", "kubectl_ingress.dataplane", "--server", "proxy"]


@pytest.fixture(params=["as here", "no root", "one address"])
def network(request: pytest.FixtureRequest) -> Addresses:
    only_one = request.param == "one address"
    return Loopback(only_one=only_one, privileged=request.param == "as here")


@pytest.fixture
def bed(network: Addresses, tmp_path: Path) -> Iterator[LabBed]:
    bed = LabBed(None, tmp_path, network)
    bed.node.dataplane_command = PROXY
    try:
        bed.start()
        yield bed
    finally:
        bed.stop()
    assert not bed.failures, "\n".join(bed.failures)


def test_thirty_answers_from_exactly_three_pods(bed: LabBed) -> None:
    def ingress(*words: str, status: int = 0) -> str:
        done = bed.run("kubectl-ingress", *words, timeout=90)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    assert "KI203" in ingress("test", "/echo-hostname", status=1)
    ingress("install", "--timeout", "60s")
    words = "hostname --replicas 3 --host jko.example.com --path /echo-hostname"
    ingress("scaffold", *words.split(), "--ingress-name", "ingress-example", "--apply")
    ingress("test", "http://jko.example.com/echo-hostname", "--wait", "20s")
    assert "KI101" in ingress("test", "/echo-hostname", status=1)
    ingress("patch-host", "ingress-example")
    result = json.loads(
        ingress("test", "/echo-hostname", "--count", "30", "--wait", "20s", "-o", "json")
    )
    assert result["statuses"] == {"200": 30}
    assert len(result["spread"]) == 3
    assert sum(result["spread"].values()) == 30
    assert all(result["spread"].values())
