"""The played programs of images, as far as there is more to them than answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from kubectl_ingress.lab.addresses import Loopback
from kubectl_ingress.lab.fetch import FetchError, fetch
from kubectl_ingress.lab.kubelet import images
from kubectl_ingress.lab.kubelet.workload import Container, PodPorts

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"
FLASK = "alicek106/ingress-annotation-test:0.0"


@pytest.mark.parametrize(
    ("image", "words", "port", "grace", "goes_on"),
    [
        (AGNHOST, ["serve-hostname"], 9376, 30, True),
        (FLASK, [], 5000, 30, True),
        # By force.
        (AGNHOST, ["serve-hostname"], 9376, 0, False),
        # It exits, as Go programs do by default.
        (AGNHOST, ["netexec"], 8080, 30, False),
    ],
)
def test_who_goes_on_when_asked_to_end(
    image: str,
    words: list[str],
    port: int,
    grace: float,
    goes_on: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "LONGEST_STAY", 3.0)
    spec = {"name": "c", "image": image, "args": words}
    pod = {"metadata": {"name": "web", "namespace": "default"}, "spec": {"containers": [spec]}}
    ports = PodPorts(Loopback(only_one=True), "127.0.0.1")
    container = Container(pod, spec, ports, "127.0.0.1", {}, tmp_path, tmp_path / "log")
    make = next(make for part, make in images.IMAGES if part in image)

    async def live() -> None:
        program = make(container, cast("Any", None))
        await program.start()
        assert await answers(ports.dial(port))
        ending = asyncio.create_task(program.stop(grace))
        await asyncio.sleep(0.3)
        assert await answers(ports.dial(port)) is goes_on
        assert ending.done() is not goes_on
        await ending
        assert not await answers(ports.dial(port))

    asyncio.run(live())


async def answers(port: int) -> bool:
    try:
        answer = await fetch("GET", "127.0.0.1", port, "/", headers={}, timeout=5)
    except FetchError:
        return False
    return answer.status == 200
