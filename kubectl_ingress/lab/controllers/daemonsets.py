"""DaemonSets: one pod on every node that takes it.

Kubernetes' own: pkg/controller/daemon/daemon_controller.go and update.go. Left out: surging
updates, and the ControllerRevisions that hold the history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.controllers import daemon_pods, pods
from kubectl_ingress.lab.controllers.claims import claim, wake_owners
from kubectl_ingress.lab.controllers.objects import Objects
from kubectl_ingress.lab.controllers.pod_maker import PodMaker, in_batches
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.controllers.revisions import template_hash
from kubectl_ingress.lab.controllers.sizes import scaled
from kubectl_ingress.lab.metadata import (
    Key,
    age_order,
    is_deleting,
    key_of,
    labels_of,
    without_zeros,
)
from kubectl_ingress.lab.placement import wanted_node

OnNodes = Mapping[str, list[Json]]


class DaemonSets:
    """The controller of DaemonSets."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._sets, self._pods, self._nodes = (
            objects["daemonsets"],
            objects["pods"],
            objects["nodes"],
        )
        self._events = objects.recorder("daemonset-controller")
        self._maker = PodMaker(objects, self._events)
        self._queue = Queue("daemonsets", self._sync)
        self.queues = (self._queue,)
        wake_owners(self._queue, self._sets, self._pods)
        self._nodes.subscribe(self._node_changed)

    def _node_changed(self, old: Json | None, new: Json | None) -> None:
        if old is not None and new is not None:
            taints = [node["spec"].get("taints") for node in (old, new)]
            # Heartbeats change nothing for daemons.
            if labels_of(old) == labels_of(new) and taints[0] == taints[1]:
                return
        for each in self._sets:
            self._queue.add(key_of(each))

    async def _sync(self, key: Key) -> None:
        found = self._sets.get(*key)
        if found is None or is_deleting(found):
            return
        hashed = template_hash(found["spec"]["template"])
        try:
            await self._manage(found, hashed, await self._by_node(found))
            await self._update(found, hashed, await self._by_node(found))
        finally:
            await self._write_status(found, hashed, await self._by_node(found))

    async def _by_node(self, found: Json) -> OnNodes:
        claimed = await claim(self._objects, found, self._pods.inside(key_of(found)[0]))
        on_nodes: dict[str, list[Json]] = defaultdict(list)
        for pod in sorted(claimed, key=age_order):
            if not (pods.is_terminal(pod) and is_deleting(pod)):
                on_nodes[wanted_node(pod)].append(pod)
        return on_nodes

    async def _manage(self, found: Json, hashed: str, on_nodes: OnNodes) -> None:
        """Create what is missing, and delete what failed, is too much, or has no place."""
        missing: list[str] = []
        for node in self._nodes:
            name = node["metadata"]["name"]
            starts, stays = daemon_pods.may_run(found, node)
            there = on_nodes.get(name, [])
            if starts and not there:
                missing.append(name)
            excess = await self._excess(found, name, there) if stays else there
            for pod in excess:
                if not is_deleting(pod):
                    await self._maker.delete(found, pod)
        names = iter(missing)

        async def create() -> None:
            template = daemon_pods.template_for(found, next(names), hashed)
            await self._maker.create(found, template)

        await in_batches(len(missing), create)

    async def _excess(self, found: Json, node: str, there: list[Json]) -> list[Json]:
        alive = [pod for pod in there if not is_deleting(pod)]
        for pod in filter(pods.is_terminal, alive):
            name = "/".join(key_of(pod))
            if pods.phase_of(pod) == "Failed":
                text = f"Found failed daemon pod {name} on node {node}, will try to kill it"
                await self._events.warning(found, "FailedDaemonPod", text)
            else:
                text = f"Found succeeded daemon pod {name} on node {node}, will try to delete it"
                await self._events.normal(found, "SucceededDaemonPod", text)
        running = [pod for pod in alive if not pods.is_terminal(pod)]
        return [pod for pod in alive if pods.is_terminal(pod)] + running[1:]

    async def _update(self, found: Json, hashed: str, on_nodes: OnNodes) -> None:
        """Delete as many old pods as may be missing at a time; they are replaced then."""
        strategy = found["spec"].get("updateStrategy") or {}
        if strategy.get("type") != "RollingUpdate":
            return
        nodes = [n["metadata"]["name"] for n in self._nodes if daemon_pods.may_run(found, n)[0]]
        rule = strategy.get("rollingUpdate") or {}
        limit = scaled(rule.get("maxUnavailable"), len(nodes), up=True)
        min_ready = found["spec"].get("minReadySeconds", 0)
        broken, candidates, unavailable = [], [], 0
        for name in nodes:
            alive = [pod for pod in on_nodes.get(name, []) if not is_deleting(pod)]
            ready = [pod for pod in alive if pods.is_available(pod, min_ready)]
            old = [pod for pod in alive if not daemon_pods.is_updated(pod, found, hashed)]
            if ready:
                candidates += old
            else:
                unavailable += 1
                broken += old
        for pod in broken + candidates[: max(0, max(1, limit) - unavailable)]:
            await self._maker.delete(found, pod)

    async def _write_status(self, found: Json, hashed: str, on_nodes: OnNodes) -> None:
        nodes = list(self._nodes)
        status = status_of(found, hashed, nodes, on_nodes)
        if status != (found.get("status") or {}):
            await self._objects.replace(found | {"status": status}, "status")
        if status.get("numberReady", 0) != status.get("numberAvailable", 0):
            self._queue.add_after(key_of(found), found["spec"].get("minReadySeconds", 0) or 1)


def status_of(found: Json, hashed: str, nodes: list[Json], on_nodes: OnNodes) -> Json:
    """The status of a DaemonSet with these pods on these nodes."""
    min_ready = found["spec"].get("minReadySeconds", 0)
    fitting = {n["metadata"]["name"] for n in nodes if daemon_pods.may_run(found, n)[0]}
    others = {n["metadata"]["name"] for n in nodes} - fitting
    # The oldest on each node is the one that counts.
    first = [on_nodes[name][0] for name in sorted(fitting) if on_nodes.get(name)]
    ready = sum(map(pods.is_ready, first))
    available = sum(pods.is_available(pod, min_ready) for pod in first)
    updated = sum(daemon_pods.is_updated(pod, found, hashed) for pod in first)
    return {
        "currentNumberScheduled": len(first),
        "desiredNumberScheduled": len(fitting),
        "numberMisscheduled": sum(1 for name in others if on_nodes.get(name)),
        "numberReady": ready,
        **without_zeros(
            numberAvailable=available,
            numberUnavailable=len(fitting) - available,
            observedGeneration=found["metadata"].get("generation", 0),
            updatedNumberScheduled=updated,
        ),
    }
