"""Who asks which server for what, from the same kubeconfig and flags: kubectl and we.

Each row is played twice against recording servers, by the real kubectl (the
program in $KUBECTL, else on PATH) and by `connect` in a process of its own. The
server reached, the Authorization, the impersonation, the client certificate and
the path must be the same, and both must fail or neither.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from kubectl_ingress.connection import FLAGS
from tests.live import (  # noqa: F401 - importing them fills the table
    rows_credentials,
    rows_files,
    rows_plugins,
    rows_trust,
)
from tests.live.bench import ROWS, Bench
from tests.live.recorder import Authority, Recorder, empty_cluster, serve

KUBECTL = shutil.which(os.environ.get("KUBECTL") or "kubectl")

pytestmark = pytest.mark.skipif(
    KUBECTL is None,
    reason="THE TABLE AGAINST KUBECTL WAS NOT RUN: no kubectl on PATH, nor named by $KUBECTL",
)

OURS = """
import json, os, sys
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import IngressError
from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.ports import api
from kubectl_ingress.ports.cluster import connect
typed = json.loads(sys.argv[1])
typed["as_group"] = tuple(typed.get("as_group", ()))
try:
    cluster = connect(ClusterOptions(**typed), os.environ, sys.stderr)
    api.list_all(cluster, KINDS["Ingress"], cluster.namespace)
except IngressError as error:
    print("error:", error.sentence, "|", error.next_step, file=sys.stderr)
    sys.exit(2)
"""


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def bench(tmp_path: Path, authority: Authority) -> Iterator[Bench]:
    with ExitStack() as stack:

        def server(name: str) -> Recorder:
            folder = tmp_path / f"server-{name}"
            folder.mkdir()
            pair = authority.issue(name, ["127.0.0.1", "localhost", "other.example"])
            ca = authority.pem
            return stack.enter_context(serve(empty_cluster, tls=pair, client_ca=ca, folder=folder))

        plain = stack.enter_context(serve(empty_cluster))
        yield Bench(tmp_path / "home", server("a"), server("b"), plain, authority)


@dataclass(frozen=True)
class Outcome:
    """What one of the two did: its success, and what the servers saw of it."""

    succeeded: bool
    seen: tuple[tuple[object, ...], ...]


def play(bench: Bench, command: list[str], environment: dict[str, str]) -> tuple[Outcome, str]:
    servers = {"a": bench.a, "b": bench.b, "plain": bench.plain}
    for server in servers.values():
        server.requests.clear()
    done = subprocess.run(
        command,
        env=environment,
        cwd=bench.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    seen = tuple(
        (
            name,
            request.path.partition("?")[0],
            request.header("authorization"),
            request.impersonation,
            request.certificate,
        )
        for name, server in servers.items()
        for request in server.lists
    )
    return Outcome(done.returncode == 0, seen), done.stderr


def options_of(flags: list[str]) -> dict[str, object]:
    """The flags as typed -> the fields of ClusterOptions."""
    by_name = {name: flag for flag in FLAGS for name in flag.names}
    typed: dict[str, object] = {}
    words = iter(flags)
    for word in words:
        flag = by_name[word]
        if flag.type is bool:
            typed[flag.field] = True
        elif flag.type is str:
            typed[flag.field] = next(words)
        else:
            typed.setdefault(flag.field, []).append(next(words))  # type: ignore[attr-defined]
    return typed


@pytest.mark.parametrize("name", ROWS)
def test_same_as_kubectl(name: str, bench: Bench) -> None:
    bench.folder.mkdir(exist_ok=True)
    flags = ROWS[name](bench)
    environment = {
        "HOME": str(bench.folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    if bench.files:
        environment["KUBECONFIG"] = os.pathsep.join(map(str, bench.files))
    kubectl = [str(KUBECTL), "get", "ingresses", "--cache-dir", str(bench.folder / "cache"), *flags]
    theirs, their_error = play(bench, kubectl, environment)
    ours_command = [sys.executable, "-c", OURS, json.dumps(options_of(flags))]
    ours, our_error = play(bench, ours_command, environment)
    told = f"kubectl: {their_error}\nours: {our_error}"
    print(told)
    assert ours == theirs, told
    assert "Traceback" not in our_error, told
    if ours.succeeded:
        assert ours.seen, "nothing was asked, so nothing was compared"
    else:
        assert our_error.startswith("error: ") or "\nerror: " in our_error, told
