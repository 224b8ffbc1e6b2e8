"""The controllers at work on the lab's own API server, with a kubelet of a few lines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from kubectl_ingress.lab import controllers
from kubectl_ingress.lab.api import ApiError, Json
from kubectl_ingress.lab.apiserver.accounts import Accounts
from kubectl_ingress.lab.apiserver.local import LocalApi
from kubectl_ingress.lab.apiserver.resources import BY_PLURAL
from kubectl_ingress.lab.apiserver.server import ApiServer
from kubectl_ingress.lab.controllers import jobs, namespaces
from kubectl_ingress.lab.controllers.cache import Cache
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.ports_annotation import PORTS_ANNOTATION
from kubectl_ingress.lab.times import now

T = TypeVar("T")
APPS, CORE, BATCH = "/apis/apps/v1", "/api/v1", "/apis/batch/v1"
TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "c", "image": "a", "ports": [{"containerPort": 8080}]}]},
}
DEPLOYMENT = {
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": TEMPLATE,
    },
}


class Cluster:
    """The API server with the controllers, one node, and pods that are ready at once."""

    def __init__(self) -> None:
        self.api = LocalApi(ApiServer(Accounts({}), lambda *_: Path("none")))
        self._tasks: list[asyncio.Task[None]] = []

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work, name=name))

    async def start(self) -> None:
        await self.api.create(f"{CORE}/namespaces", {"metadata": {"name": "d"}})
        await self.api.create(f"{CORE}/nodes", {"metadata": {"name": "n"}})
        # New nodes are tainted until their kubelet is ready.
        await self.api.patch(f"{CORE}/nodes/n", {"spec": {"taints": None}})
        controllers.start(self.spawn, self.api, "PEM")
        self.spawn(self._play(), "kubelet")
        await self.until(lambda: self.api.find(f"{CORE}/namespaces/d/serviceaccounts/default"))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        assert [e for e in ended if e and not isinstance(e, asyncio.CancelledError)] == []

    async def until(self, check: Callable[[], Awaitable[T]]) -> T:
        async with asyncio.timeout(10):
            while not (found := await check()):
                await asyncio.sleep(0.01)
        return found

    async def names(self, plural: str, group: str = CORE, namespace: str = "d") -> list[str]:
        items = (await self.api.get(f"{group}/namespaces/{namespace}/{plural}"))["items"]
        return sorted(item["metadata"]["name"] for item in items)

    async def gone(self, *kinds: tuple[str, str]) -> None:
        async def empty() -> bool:
            return not any([await self.names(plural, group) for plural, group in kinds])

        await self.until(empty)

    async def events(self, reason: str) -> list[str]:
        items = (await self.api.get(f"{CORE}/namespaces/d/events"))["items"]
        return [item["message"] for item in items if item["reason"] == reason]

    async def _play(self) -> None:
        async for change, pod in self.api.follow(f"{CORE}/pods"):
            namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
            path = f"{CORE}/namespaces/{namespace}/pods/{name}"
            try:
                if change == "ADDED":
                    await self._run(path, pod)
                elif change == "MODIFIED" and "deletionTimestamp" in pod["metadata"]:
                    await self.api.delete(path)
            except ApiError as error:
                # Pods vanish between two steps.
                if error.status not in (404, 409):
                    raise

    async def _run(self, path: str, pod: Json) -> None:
        target = {"metadata": {"name": pod["metadata"]["name"]}, "target": {"name": "n"}}
        await self.api.create(f"{path}/binding", target)
        code = pod["spec"]["containers"][0]["image"].partition("exits-")[2]
        phase = {"": "Running", "0": "Succeeded"}.get(code, "Failed")
        ready = {"type": "Ready", "status": "False" if code else "True"}
        status = {"phase": phase, "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]}
        conditions = [ready | {"lastTransitionTime": now()}]
        await self.api.patch(f"{path}/status", {"status": status | {"conditions": conditions}})


@pytest.fixture(autouse=True)
def nothing_stumbles(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setattr(namespaces, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(jobs, "BATCH_SECONDS", 0.05)
    yield
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []


def play(scene: Callable[[Cluster], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        cluster = Cluster()
        await cluster.start()
        try:
            await scene(cluster)
        finally:
            await cluster.stop()

    asyncio.run(run())


async def make_web(cluster: Cluster) -> Json:
    await cluster.api.create(f"{APPS}/namespaces/d/deployments", DEPLOYMENT)

    async def complete() -> Json | None:
        found = await cluster.api.get(f"{APPS}/namespaces/d/deployments/web")
        return found if found.get("status", {}).get("availableReplicas") == 2 else None

    return await cluster.until(complete)


def test_a_deployment_gets_its_pods_and_a_new_image() -> None:
    async def scene(cluster: Cluster) -> None:
        found = await make_web(cluster)
        assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
        spec = {"template": {"spec": {"containers": [{"name": "c", "image": "b"}]}}}
        path = f"{APPS}/namespaces/d/deployments/web"
        await cluster.api.patch(path, {"spec": spec})

        async def images() -> bool:
            pods = (await cluster.api.get(f"{CORE}/namespaces/d/pods"))["items"]
            return [pod["spec"]["containers"][0]["image"] for pod in pods] == ["b", "b"]

        await cluster.until(images)
        assert len(await cluster.names("replicasets", APPS)) == 2
        told = [text.partition("from")[2] for text in await cluster.events("ScalingReplicaSet")]
        assert told == [" 0 to 2", " 0 to 1", " 2 to 1", " 1 to 2", " 1 to 0"]

    play(scene)


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
def test_what_a_deployment_owns_goes_with_it(policy: str) -> None:
    async def scene(cluster: Cluster) -> None:
        found = await make_web(cluster)
        uid, path = found["metadata"]["uid"], f"{APPS}/namespaces/d/deployments/web"
        await cluster.api.delete(path, uid, None, policy)
        await cluster.gone(("deployments", APPS), ("replicasets", APPS), ("pods", CORE))

    play(scene)


def test_orphans_stay_and_are_adopted_by_the_next() -> None:
    async def scene(cluster: Cluster) -> None:
        await make_web(cluster)
        before = await cluster.names("pods")
        path = f"{APPS}/namespaces/d/deployments/web"
        await cluster.api.delete(path, "", None, "Orphan")
        await cluster.gone(("deployments", APPS))
        sets = (await cluster.api.get(f"{APPS}/namespaces/d/replicasets"))["items"]
        assert [each["metadata"].get("ownerReferences") for each in sets] == [None]
        found = await make_web(cluster)
        sets = (await cluster.api.get(f"{APPS}/namespaces/d/replicasets"))["items"]
        owners = [each["metadata"]["ownerReferences"][0]["uid"] for each in sets]
        assert owners == [found["metadata"]["uid"]]
        assert await cluster.names("pods") == before

    play(scene)


def test_a_replica_set_lets_a_pod_go_that_has_another_label() -> None:
    async def scene(cluster: Cluster) -> None:
        await make_web(cluster)
        name = (await cluster.names("pods"))[0]
        path = f"{CORE}/namespaces/d/pods/{name}"
        await cluster.api.patch(path, {"metadata": {"labels": {"app": "other"}}})

        async def replaced() -> bool:
            return len(await cluster.names("pods")) == 3

        await cluster.until(replaced)
        assert "ownerReferences" not in (await cluster.api.get(path))["metadata"]

    play(scene)


def test_a_job_completes_and_vanishes() -> None:
    async def scene(cluster: Cluster) -> None:
        template = {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "c", "image": "exits-0"}]}}  # fmt: skip
        spec = {"completions": 2, "ttlSecondsAfterFinished": 0, "template": template}
        body = {"metadata": {"name": "j"}, "spec": spec}
        await cluster.api.create(f"{BATCH}/namespaces/d/jobs", body)
        await cluster.until(lambda: cluster.events("Completed"))
        await cluster.gone(("jobs", BATCH), ("pods", CORE))
        assert len(await cluster.events("SuccessfulCreate")) == 2

    play(scene)


def test_a_job_that_fails_stays_with_its_pod() -> None:
    async def scene(cluster: Cluster) -> None:
        template = {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "c", "image": "exits-1"}]}}  # fmt: skip
        body = {"metadata": {"name": "j"}, "spec": {"backoffLimit": 0, "template": template}}
        await cluster.api.create(f"{BATCH}/namespaces/d/jobs", body)
        await cluster.until(lambda: cluster.events("BackoffLimitExceeded"))
        job = await cluster.api.get(f"{BATCH}/namespaces/d/jobs/j")
        assert [each["type"] for each in job["status"]["conditions"]] == ["FailureTarget", "Failed"]
        assert job["status"]["failed"] == 1
        pods = (await cluster.api.get(f"{CORE}/namespaces/d/pods"))["items"]
        assert [pod["metadata"].get("finalizers") for pod in pods] == [None]

    play(scene)


def test_slices_follow_the_ports_of_the_pods() -> None:
    async def scene(cluster: Cluster) -> None:
        await make_web(cluster)
        spec = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}
        body = {"metadata": {"name": "web"}, "spec": spec}
        await cluster.api.create(f"{CORE}/namespaces/d/services", body)
        path = "/apis/discovery.k8s.io/v1/namespaces/d/endpointslices"

        async def shape() -> list[tuple[int, int]]:
            items = (await cluster.api.get(path))["items"]
            return sorted((e["ports"][0]["port"], len(e["endpoints"])) for e in items if e["ports"])

        async def one() -> bool:
            return await shape() == [(8080, 2)]

        await cluster.until(one)
        name = (await cluster.names("pods"))[0]
        annotations = {PORTS_ANNOTATION: '{"8080": 30001}'}
        pod = f"{CORE}/namespaces/d/pods/{name}"
        await cluster.api.patch(pod, {"metadata": {"annotations": annotations}})

        async def two() -> bool:
            return await shape() == [(8080, 1), (30001, 1)]

        await cluster.until(two)
        await cluster.api.delete(f"{CORE}/namespaces/d/services/web")
        await cluster.gone(("endpointslices", "/apis/discovery.k8s.io/v1"), ("endpoints", CORE))

    play(scene)


def test_a_daemon_runs_on_every_node() -> None:
    async def scene(cluster: Cluster) -> None:
        spec = {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}
        body = {"metadata": {"name": "every"}, "spec": spec}
        await cluster.api.create(f"{APPS}/namespaces/d/daemonsets", body)
        path = f"{APPS}/namespaces/d/daemonsets/every"

        async def ready() -> bool:
            status = (await cluster.api.get(path)).get("status", {})
            return bool(status.get("numberReady") == status.get("updatedNumberScheduled") == 1)

        await cluster.until(ready)
        first = await cluster.names("pods")
        image = {"template": {"spec": {"containers": [{"name": "c", "image": "b"}]}}}
        await cluster.api.patch(path, {"spec": image})

        async def replaced() -> bool:
            return await cluster.names("pods") not in (first, []) and await ready()

        await cluster.until(replaced)

    play(scene)


def test_a_namespace_ends_with_all_that_is_in_it() -> None:
    async def scene(cluster: Cluster) -> None:
        await make_web(cluster)
        authority = await cluster.api.get(f"{CORE}/namespaces/d/configmaps/kube-root-ca.crt")
        assert authority["data"] == {"ca.crt": "PEM"}
        await cluster.api.delete(f"{CORE}/namespaces/d")

        async def gone() -> bool:
            return await cluster.api.find(f"{CORE}/namespaces/d") is None

        await cluster.until(gone)
        for plural, group in (("pods", CORE), ("events", CORE), ("replicasets", APPS)):
            assert (await cluster.api.get(f"{group}/{plural}"))["items"] == []

    play(scene)


def test_a_default_account_that_is_deleted_comes_back() -> None:
    async def scene(cluster: Cluster) -> None:
        path = f"{CORE}/namespaces/d/serviceaccounts/default"
        uid = (await cluster.api.get(path))["metadata"]["uid"]
        await cluster.api.delete(path)

        async def back() -> bool:
            found = await cluster.api.find(path)
            return found is not None and found["metadata"]["uid"] != uid

        await cluster.until(back)

    play(scene)


def item(version: int, uid: str = "u", **metadata: Any) -> Json:
    return {"metadata": {"name": "m", "uid": uid, "resourceVersion": str(version)} | metadata}


def test_a_cache_believes_the_newest_and_keeps_no_ghosts() -> None:
    api = LocalApi(ApiServer(Accounts({}), lambda *_: Path("none")))
    cache = Cache(api, BY_PLURAL["", "v1", "nodes"])
    told: list[tuple[bool, bool]] = []
    cache.subscribe(lambda old, new: told.append((old is not None, new is not None)))
    cache.put(item(5))
    assert cache.put(item(4, labels={"old": "x"}))["metadata"]["resourceVersion"] == "5"
    cache.mark_deleting(item(5))
    # A change that happened before our deletion arrives after it.
    assert "deletionTimestamp" in cache.put(item(6))["metadata"]
    cache.put(item(9, uid="next"))
    cache.drop(item(8))
    assert cache.get("", "m") == {"apiVersion": "v1", "kind": "Node"} | item(9, uid="next")
    cache.drop(item(10, uid="next"))
    cache.put(item(9, uid="next"))
    assert list(cache) == []
    assert told == [(False, True), (True, True), (True, True), (True, False), (False, True),
                    (True, False)]  # fmt: skip


def test_a_queue_works_off_bursts_once_and_failures_again() -> None:
    done: list[str] = []

    async def work(key: str) -> None:
        done.append(key)
        if len(done) < 3:
            raise ApiError(409, "conflict")

    async def run() -> None:
        queue = Queue("test", work)
        for _ in range(5):
            queue.add("a")
        queue.add_after("b", 0.05)
        queue.add_after("b", 5)
        task = asyncio.get_running_loop().create_task(queue.run())
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert done == ["a", "a", "a", "b"]
