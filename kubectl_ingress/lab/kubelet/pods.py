"""One pod on the played node, from the scheduler to its removal."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING

from kubectl_ingress.lab.api import STRATEGIC, ApiError, Json
from kubectl_ingress.lab.events import write_scheduler_event
from kubectl_ingress.lab.kubelet.run import ContainerRun
from kubectl_ingress.lab.kubelet.status import ContainerState, Place, pod_status
from kubectl_ingress.lab.kubelet.workload import Container, PodPorts
from kubectl_ingress.lab.ports_annotation import PORTS_ANNOTATION
from kubectl_ingress.lab.serving import Listener, forward
from kubectl_ingress.lab.times import now

if TYPE_CHECKING:
    from kubectl_ingress.lab.kubelet.machines import Machine
    from kubectl_ingress.lab.kubelet.node import Node

POLL_SECONDS = 0.1
EVENT_SECONDS = 2.0
# How long a pod shows ErrImagePull before it shows ImagePullBackOff.
PULL_SECONDS = 0.5
Volumes = dict[str, dict[str, bytes]]


class PodWorker:
    """Does for one pod what the scheduler and then a kubelet do."""

    def __init__(self, node: Node, pod: Json) -> None:
        self.pod = pod
        self.machine: Machine | None = node.machine(pod["spec"].get("nodeName", ""))
        self._node = node
        self._metadata = pod["metadata"]
        self._path = f"/api/v1/namespaces/{self._metadata['namespace']}/pods"
        self._wake = asyncio.Event()
        self._gone = False
        self._ports: PodPorts | None = None
        self._since = ""
        self._runs: list[ContainerRun] = []
        self._host_ports: list[Listener] = []
        self._sent: Json = {}
        self._told: dict[str, float] = {}

    def update(self, pod: Json) -> None:
        """The pod has changed in the cluster."""
        self.pod = pod
        self._wake.set()

    def forget(self) -> None:
        """The pod is no longer in the cluster."""
        self._gone = True
        self._wake.set()

    def place_of(self, port: int) -> tuple[str, int]:
        """Where the program that listens on a port is met. Raises OSError while there is none."""
        if self._ports is None or not self._runs:
            raise OSError("the pod does not run")
        return self._ports.ip, self._ports.dial(port)

    async def run(self) -> None:
        """The pod's whole life."""
        try:
            await self._live()
            await self._die()
        except ApiError as error:
            # Pods vanish between two steps of ours, and so do their namespaces, in which
            # nothing can be made any more.
            ends = error.status == 403 and "being terminated" in str(error)
            if error.status not in (404, 409) and not ends:
                raise
        finally:
            await self._stop(0)

    @property
    def _ending(self) -> bool:
        return self._gone or "deletionTimestamp" in self.pod["metadata"]

    async def _live(self) -> None:
        machine = await self._scheduled()
        if machine is None:
            return
        self._since = now()
        volumes = await self._mounted()
        if volumes is None:
            return
        self._ports = PodPorts(self._node.network, self._take_ip(machine))
        if not await self._pulled():
            return
        await self._start(machine, volumes, self._ports)
        while not self._ending:
            for run in self._runs:
                await run.check()
            await self._send([run.state for run in self._runs])
            if all(run.state.exit_code is not None for run in self._runs):
                await self._stop(0)
                return
            await self._pause()

    async def _die(self) -> None:
        while not self._ending:
            await self._pause()
        if self._gone:
            return
        grace = self.pod["metadata"].get("deletionGracePeriodSeconds", 30)
        if self._runs:
            await self._tell("Normal", "Killing", f"Stopping container {self._runs[0].state.name}")
        await self._stop(grace)
        await self._node.api.delete(f"{self._path}/{self._metadata['name']}", self._metadata["uid"])

    async def _scheduled(self) -> Machine | None:
        """Bind the pod, as soon as there is a machine for it."""
        while self.machine is None and not self._ending:
            found = self._node.place(self.pod)
            if isinstance(found, str):
                await self._unschedulable(found)
                await self._pause()
                continue
            if not await self._bind(found):
                continue
            self.machine = found
            name, namespace = self._metadata["name"], self._metadata["namespace"]
            text = f"Successfully assigned {namespace}/{name} to {found.name}"
            await write_scheduler_event(
                self._node.api, self.pod, "Normal", "Scheduled", "Binding", text
            )
        return None if self._ending else self.machine

    async def _bind(self, machine: Machine) -> bool:
        """Whether the pod is bound to the machine now."""
        path = f"{self._path}/{self._metadata['name']}"
        target = {"apiVersion": "v1", "kind": "Node", "name": machine.name}
        metadata = {"name": self._metadata["name"], "uid": self._metadata["uid"]}
        body = {"metadata": metadata, "target": target}
        try:
            await self._node.api.create(f"{path}/binding", body, agent="kube-scheduler")
        except self._node.api.lost:
            # What a lost connection broke off may have been done.
            pod = await self._node.api.get(path)
            return bool(pod["spec"].get("nodeName") == machine.name)
        return True

    async def _unschedulable(self, text: str) -> None:
        if text in self._told:
            return
        self._told[text] = 0.0
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": text,
            "lastTransitionTime": now(),
        }
        await self._patch({"conditions": [condition]}, "kube-scheduler")
        await write_scheduler_event(
            self._node.api, self.pod, "Warning", "FailedScheduling", "Scheduling", text
        )

    async def _mounted(self) -> Volumes | None:
        """The contents of all Secret and ConfigMap volumes, as soon as these exist."""
        while not self._ending:
            volumes, missing = await self._read_volumes()
            if not missing:
                return volumes
            for volume, what in missing.items():
                text = f'MountVolume.SetUp failed for volume "{volume}" : {what} not found'
                await self._tell_sometimes("FailedMount", text)
            await self._send(self._waiting())
            await self._pause()
        return None

    async def _read_volumes(self) -> tuple[Volumes, dict[str, str]]:
        volumes: Volumes = {}
        missing: dict[str, str] = {}
        for volume in self.pod["spec"].get("volumes", []):
            for kind, key in (("secret", "secretName"), ("configMap", "name")):
                if kind not in volume:
                    continue
                name = volume[kind][key]
                namespace = self._metadata["namespace"]
                path = f"/api/v1/namespaces/{namespace}/{kind.lower()}s/{name}"
                found = await self._node.api.find(path)
                if found is not None:
                    volumes[volume["name"]] = _content(kind, found)
                elif not volume[kind].get("optional"):
                    missing[volume["name"]] = f'{kind.lower()} "{name}"'
        return volumes, missing

    async def _pulled(self) -> bool:
        """Wait until all images can be pulled."""
        begun = asyncio.get_running_loop().time()
        while not self._ending:
            states = self._waiting()
            failing = [state for state in states if self._unpullable(state.image)]
            if not failing:
                return True
            backing_off = asyncio.get_running_loop().time() > begun + PULL_SECONDS
            for state in failing:
                await self._cannot_pull(state, backing_off)
            await self._send(states)
            await self._pause()
        return False

    async def _cannot_pull(self, state: ContainerState, backing_off: bool) -> None:
        error = (
            f'rpc error: code = NotFound desc = failed to pull and unpack image "{state.image}": '
            f'failed to resolve reference "{state.image}": {state.image}: not found'
        )
        if backing_off:
            back_off = f'Back-off pulling image "{state.image}"'
            state.wait("ImagePullBackOff", f"{back_off}: ErrImagePull: {error}")
            await self._tell_sometimes("BackOff", back_off, kind="Normal")
            await self._tell_sometimes("Failed", "Error: ImagePullBackOff")
        else:
            state.wait("ErrImagePull", error)
            text = f'Failed to pull image "{state.image}": {error}'
            await self._tell_sometimes("Failed", text)
            await self._tell_sometimes("Failed", "Error: ErrImagePull")

    def _unpullable(self, image: str) -> bool:
        return any(part in image for part in self._node.unpullable)

    def _waiting(self) -> list[ContainerState]:
        return [ContainerState(c["name"], c["image"]) for c in self.pod["spec"]["containers"]]

    async def _start(self, machine: Machine, volumes: Volumes, ports: PodPorts) -> None:
        for spec in self.pod["spec"]["containers"]:
            directory = self._node.container_directory(self.pod, spec["name"])
            namespace, name = self._metadata["namespace"], self._metadata["name"]
            log = self._node.log_of(namespace, name, spec["name"])
            container = Container(self.pod, spec, ports, machine.address, volumes, directory, log)
            run = ContainerRun(self._node, container, self._tell, self._wake.set)
            self._runs.append(run)
            await run.start()
            for port in spec.get("ports", []):
                if "hostPort" in port and ports.ip != machine.address:
                    await self._open_host_port(machine, port, ports)
        if ports.moved:
            annotations = {PORTS_ANNOTATION: json.dumps(ports.moved)}
            body = {"metadata": {"uid": self._metadata["uid"], "annotations": annotations}}
            await self._node.api.patch(f"{self._path}/{self._metadata['name']}", body, STRATEGIC)

    async def _open_host_port(self, machine: Machine, port: Json, ports: PodPorts) -> None:
        actual = self._node.network.take_port(machine.address, port["hostPort"])
        number = port["containerPort"]
        listener = Listener(
            machine.address, actual, lambda r, w: forward(r, w, ports.ip, ports.dial(number))
        )
        await listener.open()
        self._host_ports.append(listener)

    def _take_ip(self, machine: Machine) -> str:
        if self.pod["spec"].get("hostNetwork"):
            return machine.address
        return self._node.network.take_pod()

    async def _stop(self, grace: float) -> None:
        """End the containers, and give the address back. Doing it twice does no harm."""
        for listener in self._host_ports:
            await listener.close()
            self._node.network.give_back_port(listener.ip, listener.port)
        self._host_ports.clear()
        await asyncio.gather(*(run.stop(grace) for run in self._runs))
        if self._ports is not None:
            self._ports.give_back()
            if not self.pod["spec"].get("hostNetwork"):
                self._node.network.give_back_pod(self._ports.ip)
            self._ports = None

    async def _send(self, states: list[ContainerState]) -> None:
        assert self.machine is not None  # noqa: S101  # only called for pods that are placed
        place = Place(self.machine.address, self._ports.ip if self._ports else "", self._since)
        status = pod_status(self.pod, place, states, now(), self._sent)
        if status != self._sent:
            await self._patch(status, "kubelet")
            self._sent = status

    async def _patch(self, status: Json, agent: str) -> None:
        # The uid keeps us from writing to a later pod of the same name.
        body = {"metadata": {"uid": self._metadata["uid"]}, "status": status}
        path = f"{self._path}/{self._metadata['name']}/status"
        await self._node.api.patch(path, body, STRATEGIC, agent)

    async def _tell(self, kind: str, reason: str, text: str) -> None:
        assert self.machine is not None  # noqa: S101  # only called for pods that are placed
        await self._node.recorder(self.machine).write(self.pod, kind, reason, text)

    async def _tell_sometimes(self, reason: str, text: str, kind: str = "Warning") -> None:
        """An event that a kubelet repeats with every try; we try far more often."""
        time = asyncio.get_running_loop().time()
        if time - self._told.get(text, -EVENT_SECONDS) >= EVENT_SECONDS:
            self._told[text] = time
            await self._tell(kind, reason, text)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()


def _content(kind: str, item: Json) -> dict[str, bytes]:
    data = item.get("data") or {}
    if kind == "secret":
        return {key: base64.b64decode(value) for key, value in data.items()}
    binary = (item.get("binaryData") or {}).items()
    text = {key: value.encode() for key, value in data.items()}
    return text | {key: base64.b64decode(value) for key, value in binary}
