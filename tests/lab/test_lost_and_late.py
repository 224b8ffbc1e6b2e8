"""What the lab's components do where a connection is lost, or a change comes twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest

from kubectl_ingress.lab.addresses import Loopback
from kubectl_ingress.lab.api import Api, Change, Json
from kubectl_ingress.lab.cloud.balancers import FINALIZER, Cloud
from kubectl_ingress.lab.events import Recorder, write_scheduler_event
from kubectl_ingress.lab.kubelet.machines import Machine
from kubectl_ingress.lab.kubelet.pods import PodWorker

POD: Json = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web-1", "namespace": "default", "uid": "u"},
    "spec": {"containers": []},
}


class Lost(Exception):
    """The connection was lost: whether the server has done it, nobody knows."""


class Asked(Api):
    """Answers with what a function says; a request takes a turn of the loop at least."""

    lost: ClassVar[tuple[type[Exception], ...]] = (Lost,)

    def __init__(self, answer: Callable[[str, str, Json], Json], seconds: float = 0.0) -> None:
        self.answered: list[tuple[str, str, Json]] = []
        self._answer, self._seconds = answer, seconds

    def as_user(self, token: str) -> Api:
        return self

    async def _ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        kind: str = "application/json",
        agent: str = "lab",
    ) -> Json:
        await asyncio.sleep(self._seconds)
        answer = self._answer(method, path, body or {})
        self.answered.append((method, path, body or {}))
        return answer

    async def _watch(self, path: str, version: str) -> AsyncIterator[Change]:
        raise NotImplementedError
        yield


def losing_posts(method: str, path: str, body: Json) -> Json:
    if method == "POST":
        raise Lost
    return {}


def test_no_work_ends_for_want_of_its_event() -> None:
    async def tell() -> None:
        api = Asked(losing_posts)
        await Recorder(api, "kubelet", "kubelet", "node-1").normal(POD, "Started", "it started")
        await write_scheduler_event(api, POD, "Normal", "Scheduled", "Binding", "it is bound")

    asyncio.run(tell())


@pytest.mark.parametrize("done", [True, False])
def test_a_binding_that_was_lost_is_looked_for(done: bool) -> None:
    tries: list[str] = []

    def answer(method: str, path: str, body: Json) -> Json:
        if path.endswith("/binding"):
            tries.append(path)
            if len(tries) == 1:
                raise Lost
        bound = {"nodeName": "node-1"} if done else {}
        return {**POD, "spec": {**POD["spec"], **bound}}

    async def live() -> Machine | None:
        machine = Machine("node-1", address="127.0.0.1")
        node = SimpleNamespace(
            api=Asked(answer),
            network=Loopback(only_one=True),
            place=lambda _: machine,
            machine=lambda _: None,
            recorder=lambda _: Recorder(Asked(answer), "kubelet", "kubelet", "node-1"),
        )
        worker = PodWorker(cast("Any", node), POD)
        running = asyncio.create_task(worker.run())
        async with asyncio.timeout(10):
            while worker.machine is None:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait({running})
        return worker.machine

    found = asyncio.run(live())
    assert found is not None
    # Once more only where it was not: the API server refuses to bind what is bound.
    assert len(tries) == (1 if done else 2)


def test_a_load_balancer_is_removed_though_its_service_changes_meanwhile() -> None:
    service: Json = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "default", "uid": "u-1", "finalizers": []},
        "spec": {"type": "LoadBalancer", "ports": []},
    }

    async def live() -> list[Json]:
        tasks: list[asyncio.Task[None]] = []

        def spawn(work: Any, name: str) -> asyncio.Task[None]:
            tasks.append(asyncio.create_task(work, name=name))
            return tasks[-1]

        subscribers: list[Callable[[Change], None]] = []
        api = Asked(lambda *_: {}, seconds=0.01)
        cloud = Cloud(
            cast("Any", SimpleNamespace(spawn=spawn)),
            api,
            Loopback(only_one=True),
            cast("Any", SimpleNamespace(subscribe=subscribers.append)),
            cast("Any", SimpleNamespace(records={}, publish=lambda _: None)),
            "lb.localhost",
        )
        cloud.delay = 0.0
        (changed,) = subscribers
        changed(("ADDED", service))
        async with asyncio.timeout(10):
            while not cloud.address("default", "web"):
                await asyncio.sleep(0.01)
        going = {**service["metadata"], "finalizers": [FINALIZER], "deletionTimestamp": "now"}
        for _ in range(3):
            changed(("MODIFIED", {**service, "metadata": going}))
            await asyncio.sleep(0)
        await asyncio.wait(tasks, timeout=10)
        return [body["metadata"] for *_, body in api.answered if "metadata" in body]

    released = asyncio.run(live())[-1]
    assert released["finalizers"] == []
