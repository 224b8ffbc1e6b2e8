"""What runs in a container, as far as it is played."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol

from msgspec import Struct

from kubectl_ingress.lab.addresses import Addresses
from kubectl_ingress.lab.api import Json

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
        """See Workload."""

    def exit_code(self) -> int | None:
        """See Workload."""
        return None

    async def stop(self, grace: float) -> None:
        """See Workload."""


class PodPorts:
    """Where the programs of one pod listen: at its address, and mostly at the ports they want."""

    def __init__(self, addresses: Addresses, ip: str) -> None:
        self.ip = ip
        self._addresses = addresses
        self._actual: dict[int, int] = {}

    def take(self, port: int) -> int:
        """The port to bind for a program that wants this one."""
        if port not in self._actual:
            self._actual[port] = self._addresses.take_port(self.ip, port)
        return self._actual[port]

    def dial(self, port: int) -> int:
        """The port at which the program is met."""
        return self._actual.get(port, port)

    @property
    def moved(self) -> dict[str, int]:
        """Port in the manifest -> actual port, where the two differ."""
        return {str(port): actual for port, actual in self._actual.items() if port != actual}

    def give_back(self) -> None:
        """All programs have ended."""
        for actual in self._actual.values():
            self._addresses.give_back_port(self.ip, actual)
        self._actual.clear()


class Container(Struct, frozen=True):
    """What a program finds around it: its specification, its address and its files."""

    pod: Json
    spec: Json
    ports: PodPorts
    host_ip: str
    #: The contents of the mounted Secrets and ConfigMaps, by volume and file.
    volumes: Mapping[str, Mapping[str, bytes]]
    #: A directory of its own for scratch files.
    directory: Path
    log: Path

    @property
    def ip(self) -> str:
        """The pod's address."""
        return self.ports.ip

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
