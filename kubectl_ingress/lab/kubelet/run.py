"""One container of a pod on the played node: started, watched, probed, restarted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.kubelet.probes import keep_probing
from kubectl_ingress.lab.kubelet.status import ContainerState
from kubectl_ingress.lab.kubelet.workload import Container, Idle, Workload
from kubectl_ingress.lab.times import now

if TYPE_CHECKING:
    from kubectl_ingress.lab.kubelet.node import Node

# Writes an event about the pod: type, reason, text.
Tell = Callable[[str, str, str], Awaitable[None]]

# A kubelet starts at 10 s and doubles up to 300 s.
FIRST_BACKOFF, LONGEST_BACKOFF = 1.0, 30.0


class ContainerRun:
    """A container from its start to its end."""

    def __init__(
        self, node: Node, container: Container, tell: Tell, changed: Callable[[], None]
    ) -> None:
        self.state = ContainerState(container.spec["name"], container.spec["image"])
        self._node, self._container = node, container
        self._tell, self._changed = tell, changed
        self._workload: Workload | None = None
        self._probe: asyncio.Task[None] | None = None
        self._passes = True
        self._restart_at = 0.0

    async def start(self) -> None:
        """Run the image's program."""
        self._workload = self._make()
        self.state.state = {"running": {"startedAt": now()}}
        try:
            await self._workload.start()
        except OSError as error:
            self._container.write_log(f"fatal: {error}")
            await self._ended(1)
            return
        await self._tell("Normal", "Started", f"Container started: {self.state.name}")
        if "readinessProbe" in self._container.spec:
            self._passes = False
            probing = keep_probing(self._container, self._node.probe_cap, self._probed)
            self._probe = self._node.background.spawn(probing, f"probe of {self._container.name}")
        self._judge()

    async def check(self) -> None:
        """Notice an end, restart when it is time, and follow the knobs."""
        if self._workload is None:
            due = asyncio.get_running_loop().time() >= self._restart_at
            if "terminated" not in self.state.state and due:
                self.state.restarts += 1
                await self.start()
            return
        code = self._workload.exit_code()
        if code is None:
            self._judge()
        else:
            await self._ended(code)

    async def stop(self, grace: float) -> None:
        """End the program and its probe."""
        if self._probe is not None:
            self._probe.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probe
            self._probe = None
        if self._workload is not None:
            await self._workload.stop(grace)
            self._workload = None

    def _make(self) -> Workload:
        for part, make in self._node.images:
            if part in self.state.image:
                return make(self._container, self._node)
        return Idle()

    def _judge(self) -> None:
        held = any(part in self.state.image for part in self._node.hold_ready)
        self.state.ready = self._passes and not held

    async def _probed(self, passes: bool, problem: str) -> None:
        if problem:
            await self._tell("Warning", "Unhealthy", f"Readiness probe failed: {problem}")
        if passes != self._passes:
            self._passes = passes
            self._judge()
            self._changed()

    async def _ended(self, code: int) -> None:
        started = self.state.state["running"]["startedAt"]
        await self.stop(0)
        ended: Json = {
            "exitCode": code,
            "reason": "Error" if code else "Completed",
            "startedAt": started,
            "finishedAt": now(),
        }
        policy = self._container.pod["spec"].get("restartPolicy", "Always")
        if policy == "Always" or (policy == "OnFailure" and code):
            await self._back_off(ended)
        else:
            self.state.ready = False
            self.state.state = {"terminated": ended}

    async def _back_off(self, ended: Json) -> None:
        seconds = min(FIRST_BACKOFF * 2**self.state.restarts, LONGEST_BACKOFF)
        metadata = self._container.pod["metadata"]
        pod = f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"
        self.state.last_state = {"terminated": ended}
        text = f"restarting failed container={self.state.name} pod={pod}"
        self.state.wait("CrashLoopBackOff", f"back-off {seconds:.0f}s {text}")
        self._restart_at = asyncio.get_running_loop().time() + seconds
        words = f"Back-off restarting failed container {self.state.name} in pod {pod}"
        await self._tell("Warning", "BackOff", words)
