"""curl's image, played by this machine's own curl: what it sends is really sent."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from kubectl_ingress.lab.kubelet.process import end, status_of
from kubectl_ingress.lab.kubelet.workload import Container

if TYPE_CHECKING:
    from kubectl_ingress.lab.kubelet.node import Node

LONGEST_GRACE = 1.0


class Curl:
    """The container's command as a process, in a directory with its mounted files."""

    def __init__(self, container: Container, node: Node) -> None:
        self._container = container
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """See Workload."""
        with self._container.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._container.words,
                cwd=self._mounted(),
                # Nothing of this machine's settings, a proxy say, is in a container.
                env={"PATH": os.environ.get("PATH", os.defpath)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def exit_code(self) -> int | None:
        """See Workload."""
        return None if self._process is None else status_of(self._process)

    async def stop(self, grace: float) -> None:
        """See Workload."""
        if self._process is not None:
            await end(self._process, min(grace, LONGEST_GRACE))

    def _mounted(self) -> Path:
        """The working directory, with the files of the volume that is mounted there."""
        wanted = self._container.spec.get("workingDir", "/")
        for mount in self._container.spec.get("volumeMounts", []):
            if mount["mountPath"] == wanted:
                for name, content in self._container.volumes.get(mount["name"], {}).items():
                    (self._container.directory / name).write_bytes(content)
        return self._container.directory
