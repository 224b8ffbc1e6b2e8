"""The played node: scheduler and kubelet for a handful of machines that do not exist."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from kubectl_ingress.lab import programs
from kubectl_ingress.lab.addresses import Addresses
from kubectl_ingress.lab.api import Api, ApiError, Json
from kubectl_ingress.lab.background import Background
from kubectl_ingress.lab.events import Recorder
from kubectl_ingress.lab.kubelet.images import IMAGES, Maker
from kubectl_ingress.lab.kubelet.machines import Machine, labels_of, node_of, status_of
from kubectl_ingress.lab.kubelet.pods import PodWorker
from kubectl_ingress.lab.placement import wanted_node
from kubectl_ingress.lab.serving import HttpServer, Reader, Writer

HEARTBEAT_SECONDS = 10.0


class Node:
    """All machines together. The attributes without underscore are for tests to change."""

    def __init__(
        self,
        background: Background,
        api: Api,
        network: Addresses,
        kubeconfig: Path,
        directory: Path,
    ) -> None:
        #: Parts of image names that no registry has.
        self.unpullable: set[str] = set()
        #: False: no pod finds a machine.
        self.schedulable = True
        #: Parts of image names whose pods do not become ready, whatever their probe says.
        self.hold_ready: set[str] = set()
        #: True: kube-webhook-certgen starts, and does not get on.
        self.hold_certgen = False
        #: False: the webhook of a controller that starts lets everything pass, at once.
        self.webhook_judges = True
        #: What runs as the controller of ingress-nginx, before its arguments; None is a stub
        #: that answers nothing but /healthz. Read when a container starts.
        self.dataplane_command: list[str] | None = programs.command("kubectl_ingress.dataplane")
        #: The longest delay and period of a readiness probe, in seconds.
        self.probe_cap = 0.5
        #: Part of an image's name -> its program.
        self.images: list[tuple[str, Maker]] = list(IMAGES)
        #: The requests of all AdmissionReviews that the webhook has answered.
        self.admissions: list[Json] = []
        self.background, self.api, self.network = background, api, network
        self.kubeconfig, self.directory = kubeconfig, directory
        self._machines: dict[str, Machine] = {}
        self._recorders: dict[str, Recorder] = {}
        self._workers: dict[str, PodWorker] = {}
        self._webhooks: set[HttpServer] = set()
        self._webhook_enabled = True

    @property
    def webhook_enabled(self) -> bool:
        """False: nothing listens where the webhook was, though its pod is ready."""
        return self._webhook_enabled

    @webhook_enabled.setter
    def webhook_enabled(self, value: bool) -> None:
        self._webhook_enabled = value
        self.background.call(self._apply_webhook())

    def set_machines(self, machines: Iterable[Machine]) -> None:
        """Replace the cluster's nodes by these; pods on the old ones are lost."""
        self.background.call(self.register(list(machines)))

    def log_of(self, namespace: str, pod: str, container: str) -> Path:
        """The file with a container's output; the data plane's own log is there."""
        return self.directory / f"{namespace}_{pod}_{container}.log"

    async def dial(self, namespace: str, pod: str, port: int) -> tuple[Reader, Writer]:
        """Connect to a port of a pod, as a kubelet does that forwards. Raises OSError."""
        for worker in self._on():
            metadata = worker.pod["metadata"]
            if (metadata["namespace"], metadata["name"]) == (namespace, pod):
                return await asyncio.open_connection(*worker.place_of(port))
        raise OSError(f"pod {namespace}/{pod} does not run")

    @property
    def addresses(self) -> list[str]:
        """The machines' addresses."""
        return [machine.address for machine in self._machines.values()]

    async def start(self, machines: Iterable[Machine]) -> None:
        """Register the machines, and begin to run pods."""
        self.directory.mkdir(parents=True, exist_ok=True)
        await self.register(list(machines))
        self.background.spawn(self._follow_pods(), "pods")
        self.background.spawn(self._keep_alive(), "heartbeats")

    async def register(self, machines: list[Machine]) -> None:
        """Make the cluster's nodes exactly these machines."""
        for old in self._machines:
            # The node's uid is not known here, and nobody else makes nodes.
            await self.api.delete(f"/api/v1/nodes/{old}")
        placed = [replace(m, address=self.network.machine(n)) for n, m in enumerate(machines, 1)]
        self._machines = {machine.name: machine for machine in placed}
        for machine in placed:
            self._recorders[machine.name] = Recorder(self.api, "kubelet", "kubelet", machine.name)
            await self.api.create("/api/v1/nodes", node_of(machine), agent="kubelet")
            # New nodes are tainted not-ready; the controller that would remove it is off.
            path = f"/api/v1/nodes/{machine.name}"
            await self.api.patch(path, {"spec": {"taints": None}}, agent="kubelet")
            await self.api.patch(f"{path}/status", status_of(machine), agent="kubelet")

    def machine(self, name: str) -> Machine | None:
        """A machine of ours by its name."""
        return self._machines.get(name)

    def recorder(self, machine: Machine) -> Recorder:
        """Who writes the events of a machine's kubelet."""
        return self._recorders[machine.name]

    def place(self, pod: Json) -> Machine | str:
        """The machine for a pod, or why there is none, in the scheduler's words."""
        if not self._machines:
            return "no nodes available to schedule pods"
        selector = pod["spec"].get("nodeSelector", {})
        wanted = wanted_node(pod)
        fitting = [
            machine
            for machine in self._machines.values()
            if selector.items() <= labels_of(machine).items() and wanted in ("", machine.name)
        ]
        if not self.schedulable:
            return self._nowhere("Insufficient cpu", "No preemption victims found for incoming pod")
        if not fitting:
            reason = "node(s) didn't match Pod's node affinity/selector"
            return self._nowhere(reason, "Preemption is not helpful for scheduling")
        ports = _host_ports(pod)
        free = [machine for machine in fitting if not ports & self._ports_taken(machine)]
        if not free:
            reason = "node(s) didn't have free ports for the requested pod ports"
            return self._nowhere(reason, "No preemption victims found for incoming pod")
        return min(free, key=lambda machine: sum(w.machine == machine for w in self._on()))

    def container_directory(self, pod: Json, container: str) -> Path:
        """Scratch space for one container."""
        directory = Path(self.directory, pod["metadata"]["uid"], container)
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    async def add_webhook(self, server: HttpServer) -> None:
        """An admission webhook has started; it listens unless a test forbids it."""
        self._webhooks.add(server)
        await self._apply_webhook()

    async def remove_webhook(self, server: HttpServer) -> None:
        """The webhook's container ends."""
        self._webhooks.discard(server)
        await server.close()

    def _on(self) -> Iterable[PodWorker]:
        return self._workers.values()

    def _ports_taken(self, machine: Machine) -> set[int]:
        return {
            port
            for worker in self._on()
            if worker.machine == machine
            for port in _host_ports(worker.pod)
        }

    def _nowhere(self, reason: str, preemption: str) -> str:
        count = len(self._machines)
        return (
            f"0/{count} nodes are available: {count} {reason}. "
            f"preemption: 0/{count} nodes are available: {count} {preemption}."
        )

    async def _apply_webhook(self) -> None:
        for server in list(self._webhooks):
            if self._webhook_enabled:
                await server.open()
            else:
                await server.close()

    async def _follow_pods(self) -> None:
        async for kind, pod in self.api.follow("/api/v1/pods"):
            uid, place = pod["metadata"]["uid"], pod["spec"].get("nodeName", "")
            worker = self._workers.get(uid)
            if worker is not None and kind == "DELETED":
                worker.forget()
            elif worker is not None:
                worker.update(pod)
            elif kind != "DELETED" and (not place or place in self._machines):
                self._employ(uid, PodWorker(self, pod))

    def _employ(self, uid: str, worker: PodWorker) -> None:
        self._workers[uid] = worker
        task = self.background.spawn(worker.run(), f"pod {worker.pod['metadata']['name']}")
        task.add_done_callback(lambda _: self._workers.pop(uid))

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for machine in list(self._machines.values()):
                await self._beat(machine)

    async def _beat(self, machine: Machine) -> None:
        path = f"/api/v1/nodes/{machine.name}/status"
        try:
            await self.api.patch(path, status_of(machine), agent="kubelet")
        except ApiError as error:
            if error.status != 404:
                raise


def _host_ports(pod: Json) -> set[int]:
    return {
        port["hostPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
        if "hostPort" in port
    }
