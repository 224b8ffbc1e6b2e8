"""The real part of the bed: etcd, the API server and the controllers, each a process."""

from __future__ import annotations

import base64
import secrets
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from kubectl_ingress.lab import certs

ADDRESS = "127.0.0.1"
# Services must not advertise a loopback address; nobody dials this one.
ADVERTISED = "10.244.0.1"
READY_SECONDS = 120.0
POLL_SECONDS = 0.05

# name -> groups. `bed` is for the played components, so that a test may change the rights
# of the others without breaking the bed.
USERS = {"admin": "system:masters", "bed": "system:masters", "dev": "", "viewer": ""}

KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: bed
  cluster:
    server: {url}
    certificate-authority-data: {ca}
users:
- name: {user}
  user:
    token: {token}
contexts:
- name: bed
  context:
    cluster: bed
    user: {user}
current-context: bed
"""


class ClusterError(Exception):
    """The cluster did not start, or a component of it died; the message has the log's end."""


@dataclass
class _Component:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    flags: dict[str, object]


@dataclass
class RealCluster:
    """A Kubernetes control plane in the network namespace of the calling process."""

    binary: Path
    directory: Path
    tokens: dict[str, str] = field(default_factory=dict)
    _port: int = 0
    _components: list[_Component] = field(default_factory=list)
    _killed: dict[str, dict[str, object]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return f"https://{ADDRESS}:{self._port}"

    @property
    def ca_file(self) -> Path:
        """The certificate authority that clients check the API server with."""
        return self.directory / "ca.crt"

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig of admin, dev (no rights) or viewer (rights by the tests)."""
        return self.directory / f"{user}.kubeconfig"

    def start(self) -> None:
        """Start all components and wait until the cluster can be used."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._port, etcd_port, peer_port, manager_port = _free_ports(4)
        self._write_certificates()
        self._write_users()
        etcd = f"http://{ADDRESS}:{etcd_port}"
        self._run(
            "etcd",
            data_dir=self.directory / "etcd",
            listen_client_url=etcd,
            listen_peer_url=f"http://{ADDRESS}:{peer_port}",
        )
        self._run("apiserver", **self._apiserver_flags(etcd))
        self._wait(self._ready, "the API server is ready")
        self._run("controller-manager", **self._manager_flags(manager_port))
        # Pods are refused in a namespace until its default account is there.
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._wait(lambda: self._get(account) == 200, "the default ServiceAccount exists")

    def stop(self) -> None:
        """End all components at once: nothing they hold is worth keeping."""
        for component in reversed(self._components):
            component.process.kill()
        for component in self._components:
            component.process.wait()
        self._components.clear()

    def end(self, name: str) -> None:
        """End one component, and go on without it."""
        for component in self._components:
            if component.name == name:
                component.process.kill()

    def kill(self, name: str) -> None:
        """Kill one component, as an accident would, until `revive`."""
        component = next(each for each in self._components if each.name == name)
        # What is missing on purpose is no fault of the bed.
        self._components.remove(component)
        self._killed[name] = component.flags
        component.process.kill()
        component.process.wait()

    def revive(self, name: str) -> None:
        """Start it again, with all that it had stored, and wait until the API can be used."""
        self._run(name, **self._killed.pop(name))
        self._wait(self._ready, "the API server is ready again")

    def client(self, user: str = "admin", timeout: float = 60.0) -> httpx.Client:
        """A client of the API server; `timeout` is in seconds."""
        return httpx.Client(
            base_url=self.url,
            verify=ssl.create_default_context(cafile=str(self.ca_file)),
            headers={"Authorization": f"Bearer {self.tokens[user]}"},
            # A proxy of the environment has no business here.
            trust_env=False,
            timeout=timeout,
        )

    def check(self) -> None:
        """Raise ClusterError if a component has died."""
        for component in self._components:
            status = component.process.poll()
            if status is not None:
                tail = self.log_tail(component.name)
                raise ClusterError(f"{component.name} died with status {status}:\n{tail}")

    def log_tail(self, name: str, lines: int = 40) -> str:
        """The end of a component's log: etcd, apiserver or controller-manager."""
        log = self.directory / f"{name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])

    def memory(self) -> dict[str, int]:
        """The resident memory of each component, in bytes."""
        sizes = {}
        for component in self._components:
            status = Path(f"/proc/{component.process.pid}/status").read_text()
            line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
            sizes[component.name] = int(line.split()[1]) * 1024
        return sizes

    def _run(self, name: str, **flags: object) -> None:
        arguments = [f"--{flag.replace('_', '-')}={value}" for flag, value in flags.items()]
        log = self.directory / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [self.binary, name, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A Ctrl-C is for pytest, which then stops the cluster in good order.
                start_new_session=True,
            )
        self._components.append(_Component(name, process, log, flags))

    def _apiserver_flags(self, etcd: str) -> dict[str, object]:
        return {
            "etcd_servers": etcd,
            "bind_address": ADDRESS,
            "secure_port": self._port,
            "advertise_address": ADVERTISED,
            "tls_cert_file": self.directory / "apiserver.crt",
            "tls_private_key_file": self.directory / "apiserver.key",
            "client_ca_file": self.ca_file,
            "token_auth_file": self.directory / "tokens.csv",
            "authorization_mode": "Node,RBAC",
            "service_account_issuer": "https://kubernetes.default.svc",
            "service_account_key_file": self.directory / "accounts.key",
            "service_account_signing_key_file": self.directory / "accounts.key",
            "service_cluster_ip_range": "10.96.0.0/16",
            # Webhooks are then dialled at their endpoints; no ClusterIP routes here.
            "enable_aggregator_routing": "true",
            # Logs are asked for at the machine's address: its name does not resolve.
            "kubelet_preferred_address_types": "InternalIP",
            "allow_privileged": "true",
        }

    def _manager_flags(self, port: int) -> dict[str, object]:
        return {
            "kubeconfig": self.kubeconfig("bed"),
            "bind_address": ADDRESS,
            "secure_port": port,
            "leader_elect": "false",
            "use_service_account_credentials": "true",
            "service_account_private_key_file": self.directory / "accounts.key",
            "root_ca_file": self.ca_file,
            # With the defaults it idles 5 s at its start.
            "kube_api_qps": 500,
            "kube_api_burst": 1000,
            # These act on what a kubelet or a cloud would report, and none is here.
            "controllers": "*,-node-lifecycle-controller,-node-ipam-controller,"
            "-taint-eviction-controller",
        }

    def _write_certificates(self) -> None:
        authority = certs.Authority("kubectl-ingress test bed")
        hosts = [ADDRESS, ADVERTISED, "10.96.0.1", "localhost", "kubernetes.default.svc"]
        server = authority.issue("kube-apiserver", hosts)
        self.ca_file.write_bytes(authority.pair.certificate)
        (self.directory / "apiserver.crt").write_bytes(server.certificate)
        (self.directory / "apiserver.key").write_bytes(server.key)
        (self.directory / "accounts.key").write_bytes(certs.make_key())

    def _write_users(self) -> None:
        ca = base64.b64encode(self.ca_file.read_bytes()).decode()
        lines = []
        for user, groups in USERS.items():
            token = self.tokens[user] = secrets.token_hex(16)
            lines.append(f'{token},{user},{user},"{groups}"\n')
            text = KUBECONFIG.format(url=self.url, ca=ca, user=user, token=token)
            self.kubeconfig(user).write_text(text)
        (self.directory / "tokens.csv").write_text("".join(lines))

    def _ready(self) -> bool:
        return self._get("/readyz") == 200

    def _get(self, path: str) -> int:
        try:
            with self.client("bed", timeout=10.0) as client:
                return client.get(path).status_code
        except httpx.TransportError:
            return 0

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not done():
            self.check()
            if time.monotonic() > deadline:
                tail = self.log_tail(self._components[-1].name)
                raise ClusterError(f"not within {READY_SECONDS:.0f} s: {what}\n{tail}")
            time.sleep(POLL_SECONDS)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; distinct, since all are held until all are found."""
    sockets = [socket.create_server((ADDRESS, 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
