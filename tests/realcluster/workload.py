"""What runs in a container, as far as the bed plays it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from .api import Json

REFERENCE = re.compile(r"\$(\$|\((?P<name>[-._A-Za-z0-9]+)\))")
ENTRY = re.compile(r"metadata\.(?P<map>labels|annotations)\['(?P<key>.+)'\]")


class Workload(Protocol):
    """A program in a container."""

    async def start(self) -> None:
        """Begin; an OSError means that the program exits with status 1 at once."""

    def exit_code(self) -> int | None:
        """Its exit status, or None while it runs."""

    async def stop(self, grace: float) -> None:
        """Ask it to end, and end it by force after ``grace`` seconds."""


class Idle:
    """A program that runs, and does nothing that anybody could see."""

    async def start(self) -> None:
        pass

    def exit_code(self) -> int | None:
        return None

    async def stop(self, grace: float) -> None:
        pass


@dataclass(frozen=True)
class Container:
    """What a program finds around it: its specification, its address and its files."""

    pod: Json
    spec: Json
    ip: str
    host_ip: str
    #: The contents of the mounted Secrets and ConfigMaps, by volume and file.
    volumes: Mapping[str, Mapping[str, bytes]]
    #: A directory of its own for scratch files.
    directory: Path
    log: Path

    @property
    def name(self) -> str:
        """The pod's name, which is the host name inside."""
        return str(self.pod["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """The pod's namespace."""
        return str(self.pod["metadata"]["namespace"])

    @property
    def environment(self) -> dict[str, str]:
        """Its variables, from values and from fields of the pod."""
        variables: dict[str, str] = {}
        for item in self.spec.get("env", []):
            field = item.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
            if field:
                variables[item["name"]] = self._field(field)
            elif "valueFrom" not in item:
                variables[item["name"]] = expand(item.get("value", ""), variables)
        return variables

    @property
    def words(self) -> list[str]:
        """Its command and arguments, with $(VARIABLE) replaced."""
        words = [*self.spec.get("command", []), *self.spec.get("args", [])]
        variables = self.environment
        return [expand(word, variables) for word in words]

    def flag(self, name: str, default: str = "") -> str:
        """The value of ``--name=value`` among its arguments."""
        start = f"--{name}="
        values = [word.removeprefix(start) for word in self.words if word.startswith(start)]
        return values[-1] if values else default

    def file(self, path: str) -> bytes:
        """The content of a file from a mounted Secret or ConfigMap."""
        wanted = PurePosixPath(path)
        for mount in self.spec.get("volumeMounts", []):
            if wanted.is_relative_to(mount["mountPath"]):
                name = str(wanted.relative_to(mount["mountPath"]))
                if content := self.volumes.get(mount["name"], {}).get(name):
                    return content
        raise FileNotFoundError(f"open {path}: no such file or directory")

    def write_log(self, text: str) -> None:
        """Add a line to what `kubectl logs` shows."""
        with self.log.open("a") as log:
            log.write(f"{text}\n")

    def _field(self, path: str) -> str:
        if entry := ENTRY.fullmatch(path):
            return str(self.pod["metadata"].get(entry["map"], {}).get(entry["key"], ""))
        known = {"status.podIP": self.ip, "status.hostIP": self.host_ip}
        if path in known:
            return known[path]
        value: object = self.pod
        for step in path.split("."):
            value = value.get(step, "") if isinstance(value, dict) else ""
        return str(value)


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace $(NAME) as Kubernetes does: unknown names stay, and $$ is a dollar."""

    def value(match: re.Match[str]) -> str:
        if match["name"] is None:
            return "$"
        return variables.get(match["name"], match[0])

    return REFERENCE.sub(value, text)
