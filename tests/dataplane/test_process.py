"""The data plane as a process and at a cluster: which server, when it ends, what it watches."""

from __future__ import annotations

import base64
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubectl_ingress import __version__
from kubectl_ingress.certificates import self_signed
from kubectl_ingress.controllers.ingress_nginx import Settings
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.dataplane.__main__ import server_of, settings_of_flags
from kubectl_ingress.dataplane.process import Nginx
from kubectl_ingress.dataplane.proxy import Proxy
from kubectl_ingress.dataplane.server import Certificates, Listen, WebServer
from kubectl_ingress.dataplane.sync import WATCHED, DataPlane
from kubectl_ingress.errors import InputError
from tests.dataplane.serving import needs_nginx
from tests.fakes import FakeCluster
from tests.kubeconfigs import Home, kubeconfig
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of
from tests.ports_free import free_ports
from tests.waiting import wait_for


@pytest.fixture
def no_nginx(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("kubectl_ingress.dataplane.process.ALSO_IN", "")


def made(wanted: str, directory: Path) -> WebServer:
    return server_of(wanted, Listen(), directory, io.StringIO())


@needs_nginx
def test_an_nginx_serves_where_there_is_one(tmp_path: Path) -> None:
    assert isinstance(made("auto", tmp_path), Nginx)
    assert made("nginx", tmp_path).version().startswith("nginx/")
    assert isinstance(made("proxy", tmp_path), Proxy)


@pytest.mark.usefixtures("no_nginx")
def test_else_the_proxy(tmp_path: Path) -> None:
    assert made("auto", tmp_path).version() == f"kubectl-ingress-proxy/{__version__}"
    with pytest.raises(InputError, match="nginx is not on PATH"):
        made("nginx", tmp_path)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A data plane whose API server is gone, with its stdin held by us."""
    home = Home(tmp_path)
    server = f"http://127.0.0.1:{free_ports(1)[0]}"
    config = home.write("config", kubeconfig({}, {"server": server}))
    http, https, health = free_ports(3)
    command = [sys.executable, "-m", "kubectl_ingress.dataplane", "--server", "proxy"]
    command += ["--http-port", str(http), "--https-port", str(https), "--health-port", str(health)]
    with (tmp_path / "log").open("wb") as log:
        started = subprocess.Popen(
            [*command, "--exit-with-stdin", "--kubeconfig", str(config)],
            stdin=subprocess.PIPE,
            stderr=log,
            env=os.environ | {"TMPDIR": str(tmp_path)},
        )
    with started:
        try:
            wait_for(lambda: "API failed" in (tmp_path / "log").read_text(), 20, "it runs")
            yield started
        finally:
            started.kill()


def test_it_ends_with_its_stdin(process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert process.stdin is not None
    process.stdin.write(b"anything")
    process.stdin.flush()
    time.sleep(0.2)
    assert process.poll() is None, "it ended before its stdin did"
    process.stdin.close()
    assert process.wait(10) == 0
    assert f"with kubectl-ingress-proxy/{__version__}:" in (tmp_path / "log").read_text()
    assert not list(tmp_path.glob("kubectl-ingress-dataplane-*")), "its keys are left behind"


def test_it_ends_when_told_to(process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert "Fatal" not in (tmp_path / "log").read_text()


class Recorder:
    """A WebServer that keeps what it is given."""

    def __init__(self) -> None:
        self.loaded: list[tuple[RouteTable, Certificates]] = []

    def version(self) -> str:
        return "recorder/1"

    def load(self, table: RouteTable, certificates: Certificates) -> bool:
        self.loaded.append((table, certificates))
        return table.refused is None

    def stop(self) -> None:
        self.loaded.append((self.loaded[-1][0], {}))


def tls_secret(name: str, kind: str = "kubernetes.io/tls") -> dict[str, object]:
    certificate, key = self_signed(["a.example"], datetime.now(UTC))
    data = {"tls.crt": certificate, "tls.key": key}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": kind,
        "data": {k: base64.b64encode(v).decode() for k, v in data.items()},
    }


class OneClient(FakeCluster):
    """A FakeCluster whose watches wait, as real ones do, and wake for a new Secret."""

    def __init__(self, *objects: dict[str, object]) -> None:
        super().__init__(objects)
        self.changed = threading.Event()
        self.watches: dict[str, str] = {}

    def watch(self, path, *, query=None, timeout):  # type: ignore[no-untyped-def]
        self.watches[path] = (query or {}).get("fieldSelector", "")
        if path.endswith("/secrets"):
            self.changed.wait(10)
            yield {"type": "ADDED", "object": {}}
        threading.Event().wait(10)


def test_a_new_secret_is_served_at_once(tmp_path: Path) -> None:
    tls = [{"hosts": ["a.example"], "secretName": "web-tls"}]
    cluster = OneClient(ingress_class(), service(), slice_of(), ingress(tls=tls))
    server, log = Recorder(), io.StringIO()
    plane = DataPlane(lambda: cluster, lambda _: Settings(), server, tmp_path, log=log)
    running = threading.Thread(target=plane.run, daemon=True)
    running.start()
    wait_for(lambda: len(cluster.watches) == len(WATCHED) and server.loaded, 5, "all is watched")
    assert cluster.watches.pop("/api/v1/secrets") == "type!=helm.sh/release.v1"
    assert set(cluster.watches.values()) == {""}
    assert set(server.loaded[-1][1]) == {""}
    cluster.add(tls_secret("web-tls"))
    cluster.changed.set()
    wait_for(lambda: "a.example" in server.loaded[-1][1], 3, "the certificate is loaded")
    plane.stop()
    running.join(5)
    assert not running.is_alive()
    assert "with recorder/1: not ingress-nginx" in log.getvalue()


def test_a_refused_table_is_told(tmp_path: Path) -> None:
    twice = ingress("z", "z.example", path("/foo"), path("/foo/"))
    cluster = FakeCluster([ingress_class(), service(), slice_of(), twice])
    log = io.StringIO()
    plane = DataPlane(lambda: cluster, lambda _: Settings(), Recorder(), tmp_path, log=log)
    assert plane.sync(cluster) is False


def test_what_the_config_map_says_counts_and_a_missing_secret_too(tmp_path: Path) -> None:
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "default"},
        "data": {"force-ssl-redirect": "true"},
    }
    annotations = nginx(auth_type="basic", auth_secret="missing")
    closed = ingress("closed", "b.example", annotations=annotations)
    objects = [ingress_class(), service(), slice_of(), config, ingress(), closed]
    cluster, server = FakeCluster(objects), Recorder()
    told = settings_of_flags(["--configmap=default/settings"])
    plane = DataPlane(lambda: cluster, told, server, tmp_path, log=io.StringIO())
    assert plane.sync(cluster)
    table = server.loaded[-1][0]
    assert table.decide(Request("a.example")).outcome.status == 308
    assert table.decide(Request("b.example")).outcome.status == 503


def test_a_certificate_is_found_where_no_entry_names_the_host(tmp_path: Path) -> None:
    web = ingress(tls=[{"hosts": ["other.example"], "secretName": "web-tls"}])
    cluster = FakeCluster([ingress_class(), service(), slice_of(), web, tls_secret("web-tls")])
    server, log = Recorder(), io.StringIO()
    plane = DataPlane(lambda: cluster, lambda _: Settings(), server, tmp_path, log=log)
    assert plane.sync(cluster)
    assert "a.example" in server.loaded[-1][1]


def test_it_is_light() -> None:
    code = (
        "import sys, kubectl_ingress.dataplane.__main__, kubectl_ingress.dataplane.proxy;"
        "print({'cryptography', 'httpx', 'typer', 'rich'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
