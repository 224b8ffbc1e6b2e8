"""Commands while the lab's API server, or the way to it, fails: a part of tests/live/README.md.

The same as in tests/live/test_faults.py, which plays all of it before a real API server.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from tests.live import states
from tests.live.faults import proxy
from tests.live.interruptions import ok
from tests.live.trials import Trials
from tests.scenarios.labbed import LabBed

ROUTE = ("scaffold --apply", "test", "address", "status", "patch-host", "patch-host --undo")
FAULTS = ("409", "409!", "429", "500r", "500w", "410", "cut-r", "cut-w", "TERM")
MADE = {
    "deployments": "/apis/apps/v1",
    "services": "/api/v1",
    "ingresses": "/apis/networking.k8s.io/v1",
}


def client_of(config: Path) -> httpx.Client:
    content = yaml.safe_load(config.read_text())
    cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
    return httpx.Client(
        base_url=cluster["server"],
        verify=ssl.create_default_context(cadata=ca),
        headers={"Authorization": f"Bearer {user['token']}"},
        trust_env=False,
    )


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trials]:
    bed = LabBed(None, tmp_path_factory.mktemp("lab"))
    try:
        bed.start()
        bed.cloud.delay = 0.0
        with (
            proxy(bed.kubeconfig(), bed.directory) as wire,
            client_of(bed.kubeconfig()) as client,
        ):
            trials = Trials(bed, client, wire)
            meta = {"name": "theirs", "namespace": "default"}
            client.post("/api/v1/namespaces/default/configmaps", json={"metadata": meta})
            trials.quiet()
            yield trials
    finally:
        bed.stop()


def remove(trials: Trials) -> None:
    trials.proxy.play()
    for plural, root in MADE.items():
        name = "shop" if plural == "ingresses" else f"shop-{plural.removesuffix('s')}"
        trials.client.delete(f"{root}/namespaces/default/{plural}/{name}")


@pytest.fixture(scope="module")
def others(trials: Trials) -> states.Objects:
    """What there is before all."""
    return trials.read()


@pytest.fixture(scope="module")
def route(trials: Trials, others: states.Objects) -> None:
    ok(trials.run("install", "--provider", "aws"))
    for command in ROUTE:
        if command == "test":
            ok(trials.run(*trials.words("test"), "--wait", "20s"))
        trials.plain(command)
    remove(trials)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_route(trials: Trials, others: states.Objects, route: None, fault: str) -> None:
    try:
        for command in ROUTE:
            if command == "test":
                trials.proxy.play()
                ok(trials.run(*trials.words("test"), "--wait", "20s"))
            trials.attempt(command, fault)
    finally:
        remove(trials)
    assert not states.touched(others, trials.read(), others)
