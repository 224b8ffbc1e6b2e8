"""A lab as its users have it: started, asked, killed, ended, by the program itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.commands.lab import Provider
from kubectl_ingress.lab.clouds import PLACES
from tests.waiting import wait_for


@dataclass
class Machine:
    """A home directory, and the program in it."""

    directory: Path

    @property
    def lab(self) -> Path:
        return self.directory / "state" / "kubectl-ingress" / "lab"

    @property
    def variables(self) -> dict[str, str]:
        state = str(self.directory / "state")
        path = os.environ["PATH"]
        return {"HOME": str(self.directory), "XDG_STATE_HOME": state, "PATH": path}

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kubectl_ingress", "lab", *words]
        variables = self.variables | more
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)

    @property
    def pid(self) -> int:
        found: int = json.loads((self.lab / "ready").read_text())["pid"]
        return found

    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.lab / "admin.kubeconfig").read_text())
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    assert machine.run("down").returncode == 0
    assert not machine.lab.exists()


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    # A zombie has ended; only its parent has not asked yet.
    return state.rpartition(")")[2].split()[0] != "Z"


def asked(machine: Machine, token: str | None) -> int:
    """The status of a list of Pods, asked with this token."""
    server = machine.config()["clusters"][0]["cluster"]["server"]
    host, _, port = server.removeprefix("https://").partition(":")
    # Who may ask is the subject, not whom.
    context = ssl._create_unverified_context()
    connection = HTTPSConnection(host, int(port), context=context, timeout=10)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request("GET", "/api/v1/pods", headers=headers)
    return connection.getresponse().status


def test_up_status_down(machine: Machine) -> None:
    assert machine.run("status").returncode == 1
    up = machine.run("up")
    assert up.returncode == 0, up.stderr
    kubeconfig = machine.lab / "admin.kubeconfig"
    assert up.stdout == f"export KUBECONFIG={kubeconfig} CURL_HOME={machine.lab / 'curl'}\n"
    assert "not a Kubernetes" in up.stderr
    assert kubeconfig.stat().st_mode & 0o077 == 0
    assert machine.lab.stat().st_mode & 0o077 == 0
    again = machine.run("up")
    assert (again.returncode, again.stdout) == (0, up.stdout)
    assert "runs already" in again.stderr
    assert machine.run("status").returncode == 0
    pid = machine.pid
    down = machine.run("down")
    assert down.returncode == 0
    wait_for(lambda: not alive(pid), 2, "its process has ended")
    assert not machine.lab.exists()
    assert machine.run("down").returncode == 0


def test_only_who_has_the_token_is_answered(machine: Machine) -> None:
    machine.run("up")
    token = machine.config()["users"][0]["user"]["token"]
    assert asked(machine, token) == 200
    assert asked(machine, "another") == 401
    assert asked(machine, None) == 403


def test_it_listens_on_loopback_alone(machine: Machine) -> None:
    machine.run("up")
    inodes = {
        str(link.readlink()).removeprefix("socket:[").rstrip("]")
        for link in Path(f"/proc/{machine.pid}/fd").iterdir()
        if str(link.readlink()).startswith("socket:")
    }
    listening = 0
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state, inode = (row.split()[index] for index in (1, 3, 9))
            if inode in inodes and state == "0A":
                listening += 1
                # Little endian: the last byte of the text is the first of the address.
                assert local.partition(":")[0].endswith("7F"), row
    assert listening


def test_another_provider_beside_is_refused(machine: Machine) -> None:
    machine.run("up", "--provider", "gke")
    done = machine.run("up", "--provider", "do")
    assert done.returncode == 2
    assert "plays gke" in done.stderr
    assert "lab down" in done.stderr
    # What runs is meant where none is named, as in the line that "Next" shows.
    again = machine.run("up")
    assert (again.returncode, again.stdout.split()[0]) == (0, "export")


def test_another_port_beside_is_refused(machine: Machine) -> None:
    machine.run("up")
    server = machine.config()["clusters"][0]["cluster"]["server"]
    port = server.rpartition(":")[2]
    assert machine.run("up", "--port", port).returncode == 0
    done = machine.run("up", "--port", "80")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"a lab runs already, at {server}" in done.stderr


def test_what_comes_next_names_the_provider_that_no_node_tells(machine: Machine) -> None:
    up = machine.run("up", "--provider", "baremetal")
    following = 'eval "$(kubectl ingress lab up)"; kubectl ingress install --provider baremetal\n'
    assert up.stderr.endswith(following)


def test_every_place_that_is_played_can_be_named() -> None:
    assert [provider.value for provider in Provider] == list(PLACES)


def test_an_unknown_provider(machine: Machine) -> None:
    done = machine.run("up", "--provider", "moon")
    assert done.returncode == 2
    assert "baremetal" in done.stderr


def test_what_a_killed_lab_left_is_told_and_mended(machine: Machine) -> None:
    machine.run("up")
    pid = machine.pid
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not alive(pid), 10, "the lab is dead")
    status = machine.run("status")
    assert status.returncode == 1
    assert "was killed" in status.stdout
    up = machine.run("up")
    assert up.returncode == 0, up.stderr
    assert "is removed" in up.stderr
    assert machine.pid != pid


def test_down_after_a_kill_leaves_nothing(machine: Machine) -> None:
    machine.run("up")
    os.kill(machine.pid, signal.SIGKILL)
    assert machine.run("down").returncode == 0
    assert not machine.lab.exists()


def test_a_taken_port_is_told(machine: Machine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = machine.run("up", "--port", str(port))
        assert done.returncode == 2
        assert str(port) in done.stderr
        assert "in use" in done.stderr
    done = machine.run("up", "--port", str(port))
    assert done.returncode == 0, done.stderr
    server = machine.config()["clusters"][0]["cluster"]["server"]
    assert server == f"https://127.0.0.1:{port}"


def test_a_pid_file_of_somebody_else_harms_nobody(machine: Machine) -> None:
    machine.lab.mkdir(parents=True)
    for name in ("lock", "ready"):
        content = json.dumps({"pid": os.getpid(), "provider": "aws", "server": "x", "started": 0})
        (machine.lab / name).write_text(content if name == "ready" else str(os.getpid()))
    assert machine.run("status").returncode == 1
    assert machine.run("down").returncode == 0


def test_two_at_once_start_one(machine: Machine) -> None:
    command = [sys.executable, "-m", "kubectl_ingress", "lab", "up"]
    both = [subprocess.Popen(command, env=machine.variables) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    done = Machine(tmp_path).run("up")
    assert done.returncode == 2
    assert "XDG_STATE_HOME" in done.stderr


def test_run_gives_the_command_its_cluster(machine: Machine) -> None:
    assert machine.run("run", "--", "true").returncode == 2
    machine.run("up")
    script = 'echo "$KUBECONFIG $CURL_HOME"; exit 7'
    done = machine.run("run", "--", "sh", "-c", script)
    assert done.returncode == 7
    assert done.stdout.split() == [
        str(machine.lab / "admin.kubeconfig"),
        str(machine.lab / "curl"),
    ]
    missing = machine.run("run", "--", "no-such-program")
    assert missing.returncode == 2
    assert "not on PATH" in missing.stderr
    assert machine.run("run").returncode == 2


def test_a_config_of_the_user_stays_as_it_was(machine: Machine) -> None:
    own = machine.directory / ".kube" / "config"
    own.parent.mkdir()
    own.write_text("mine")
    before = own.stat().st_mtime_ns
    machine.run("up")
    machine.run("down")
    assert own.read_text() == "mine"
    assert own.stat().st_mtime_ns == before
    assert list(own.parent.iterdir()) == [own]


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *children(int(child))]
    return found


@pytest.mark.parametrize("how", ["killed", "ended"])
def test_a_lab_takes_its_data_plane_along(machine: Machine, how: str) -> None:
    machine.run("up")
    install = [sys.executable, "-m", "kubectl_ingress", "install", "--timeout", "30s"]
    done = machine.run("run", "--", *install)
    assert done.returncode == 0, done.stderr
    processes = children(machine.pid)
    assert processes, "a data plane runs"
    if how == "killed":
        os.kill(machine.pid, signal.SIGKILL)
    else:
        machine.run("down")
    wait_for(lambda: not any(map(alive, processes)), 10, "all of its processes have ended")
