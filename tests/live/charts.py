"""The tests' own chart on the real cluster: installed by the real helm, broken off, compared."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kubectl_ingress.lab.kubelet.images import WebServer
from kubectl_ingress.lab.kubelet.workload import Container, Idle, Workload
from kubectl_ingress.lab.serving import Response
from tests.helm import binary
from tests.live import states
from tests.realcluster import fixture

if TYPE_CHECKING:
    import httpx

    from kubectl_ingress.lab.kubelet.node import Node
    from tests.live.faults import Proxy
    from tests.realcluster.testbed import Bed

ROOT = Path(__file__).parents[2]
NEEDS_HELM = (
    pytest.mark.skipif(
        not fixture.inside(), reason="NO CHART WAS INSTALLED BY HELM: run `make test-live`"
    ),
    pytest.mark.skipif(
        not binary.cached().exists() and not os.environ.get("BED_REQUIRED"),
        reason="NO CHART WAS INSTALLED BY HELM: build it, python -m tests.helm.binary",
    ),
)
# Of the cluster's own making, and in other numbers when something was taken back.
_DERIVED = ("ReplicaSet", "Pod", "EndpointSlice", "Endpoints", "ControllerRevision", "Job")
_NOTES = {"deployment.kubernetes.io/revision"}


@dataclass
class Hook:
    """What the chart's hook does: it ends at once, unless it is held."""

    held: bool = False

    def make(self, _container: Container, _node: Node) -> Workload:
        return _Prepares(self)


class _Prepares(Idle):
    def __init__(self, hook: Hook) -> None:
        self._hook = hook

    def exit_code(self) -> int | None:
        return None if self._hook.held else 0


def gate(container: Container, _node: Node) -> Workload:
    """The controller: it answers its probe."""
    return WebServer(container, 8080, lambda _: Response(200, ""))


@dataclass
class Charts:
    """Commands through a proxy that can break in, with a chart repository beside it."""

    bed: Bed
    client: httpx.Client
    wire: Proxy
    repository: str
    helm: Path
    hook: Hook
    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def environment(self, version: str = "1.0.0", **more: str) -> dict[str, str]:
        kubeconfig = str(self.wire.kubeconfig(self.bed.kubeconfig()))
        return {
            "KUBECONFIG": kubeconfig,
            "PYTHONPATH": str(ROOT),
            "SMALL_REPOSITORY": self.repository,
            "SMALL_VERSION": version,
            **more,
        }

    def start(self, *words: str, version: str = "1.0.0", **more: str) -> subprocess.Popen[str]:
        program = (sys.executable, "-m", "tests.helm.program")
        return self.bed.popen(*program, *words, env=self.environment(version, **more))

    def run(
        self, *words: str, version: str = "1.0.0", **more: str
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(*words, version=version, **more)
        try:
            out, err = process.communicate(timeout=150)
        except BaseException:
            self.kill(process)
            raise
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(list(words), process.returncode, out, err)

    def install(self, *words: str, version: str = "1.0.0", **more: str) -> str:
        done = self.run("install", "small", "--timeout", "60s", *words, version=version, **more)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        return " ".join(f"{done.stdout} {done.stderr}".split())

    def uninstall(self, *words: str) -> str:
        done = self.run("uninstall", "small", "--yes", "--timeout", "60s", *words)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        return " ".join(f"{done.stdout} {done.stderr}".split())

    def by_helm(self, *words: str) -> str:
        """What somebody types who knows helm."""
        done = self.bed.run(str(self.helm), *words, env=self.environment())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kill(self, process: subprocess.Popen[str], *, helm: bool = True) -> None:
        """Kill the program, and the helm that it runs, which has a session of its own."""
        children = list(_children(process.pid)) if helm else []
        os.killpg(process.pid, signal.SIGKILL)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    def state(self) -> dict[str, Any]:
        """What is there, as it is compared: not how often it was done."""
        found = states.canonical(
            {k: v for k, v in states.read(self.client).items() if _counts(k, v)}
        )
        for each in found.values():
            notes = each["metadata"]["annotations"]
            each["metadata"]["annotations"] = {k: v for k, v in notes.items() if k not in _NOTES}
        return found

    def quiet(self) -> dict[str, Any]:
        """What is there when nothing has changed for a second."""
        seen: list[dict[str, Any]] = [{}]

        def same() -> bool:
            time.sleep(1.0)
            seen.append(self.state())
            return seen[-1] == seen[-2]

        self.bed.wait_for(same, 20, "a quiet cluster")
        return seen[-1]

    def settled(self, wanted: dict[str, Any]) -> None:
        """Wait until it is as wanted."""

        def same() -> bool:
            found = states.differing(wanted, self.state())
            assert not found, "\n".join(found[:20])
            return True

        self.bed.wait_for(same, 20, "the same objects as after an undisturbed run")

    def release(self) -> list[tuple[str, str]]:
        """Revisions and their states, from helm's record."""
        secrets = self.bed.get("secrets", "-A", "-l", "owner=helm,name=small")["items"]
        labels = [each["metadata"]["labels"] for each in secrets]
        return sorted((each["version"], each["status"]) for each in labels)

    def note(self, *row: str) -> None:
        what, moment, after = row
        self.rows.append((what, moment, after))


def _counts(key: states.Key, item: Any) -> bool:
    return key[0] not in _DERIVED and item.get("type") != "helm.sh/release.v1"


def _children(pid: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                yield int(entry.name)


def until(what: str, check: Any, seconds: float = 30.0) -> None:
    """Wait for something."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
