"""Keeps a web server at what the cluster says: watch, compile, load, write status.

Ingresses, classes, Services, EndpointSlices, Secrets and ConfigMaps are watched;
any event leads to one fresh look at all of them, so a missed event costs a delay
and never a wrong route.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.text import printable
from kubectl_ingress.dataplane.certificates import write_fake_apart, write_secret
from kubectl_ingress.dataplane.server import CertificateFiles, WebServer
from kubectl_ingress.errors import ApiError
from kubectl_ingress.ports import api
from kubectl_ingress.ports.cluster import Cluster

READ = ("Ingress", "IngressClass", "Service", "EndpointSlice", "Secret", "ConfigMap")
WATCHED: Mapping[str, Mapping[str, str]] = {
    **{kind: {} for kind in READ},
    # Passwords are of any type, as certificates may be; Helm's own records are large, and none.
    "Secret": {"fieldSelector": "type!=helm.sh/release.v1"},
}
"""Kind -> query of its watch."""

_SETTLE_SECONDS = 0.1
"""Events come in bursts (a rollout): one load for all that come within this."""
_RESYNC_SECONDS = 30
_RETRY_SECONDS = 1


class DataPlane:
    """One web server that serves the Ingresses of one class."""

    def __init__(
        self,
        connect: Callable[[], Cluster],
        settings_of: Callable[[Snapshot], ingress_nginx.Settings],
        server: WebServer,
        directory: Path,
        publish_service: str = "",
        publish_addresses: tuple[str, ...] = (),
        *,
        log: TextIO,
    ) -> None:
        self.connect = connect
        self.settings_of = settings_of
        self.server = server
        self.directory = directory
        self.publish_service = publish_service
        self.publish_addresses = publish_addresses
        self.log = log
        self._fake = write_fake_apart(directory)
        self._changed = threading.Event()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Serve until `stop` is called."""
        cluster = self.connect()
        self._say(f"data plane of kubectl ingress with {self.server.version()}: not ingress-nginx")
        for kind in WATCHED:
            threading.Thread(target=self._watch, args=(kind,), daemon=True).start()
        try:
            while not self._stopping.is_set():
                self._changed.clear()
                try:
                    self.sync(cluster)
                except ApiError as error:
                    self._say(f"the API failed: {error.sentence}")
                    self._stopping.wait(_RETRY_SECONDS)
                    self._changed.set()
                self._changed.wait(_RESYNC_SECONDS)
                self._stopping.wait(_SETTLE_SECONDS)
        finally:
            self.server.stop()

    def stop(self) -> None:
        """End `run`, from another thread or a signal handler."""
        self._stopping.set()
        self._changed.set()

    def sync(self, cluster: Cluster) -> bool:
        """One look at the cluster; False when the server refused what came of it."""
        snapshot = api.read_snapshot(cluster, READ)
        table = ingress_nginx.compile(snapshot, self.settings_of(snapshot))
        certificates = {"": self._fake, **self._certificates(cluster, table)}
        loaded = self.server.load(table, certificates)
        self._write_status(cluster, snapshot, table)
        return loaded

    def _certificates(self, cluster: Cluster, table: RouteTable) -> dict[str, CertificateFiles]:
        """Those of the hosts whose Secret holds a usable pair."""
        by_secret: dict[str, CertificateFiles | None] = {}
        found: dict[str, CertificateFiles] = {}
        for server in table.servers:
            key = server.certificate
            if key and key not in by_secret:
                by_secret[key] = self._files(cluster, key)
            files = by_secret.get(key)
            if files is not None:
                found[server.host] = files
        return found

    def _files(self, cluster: Cluster, key: str) -> CertificateFiles | None:
        namespace, _, name = key.partition("/")
        data = (api.find(cluster, KINDS["Secret"], name, namespace) or {}).get("data")
        # Named by content: a renewed certificate changes the configuration.
        digest = hashlib.sha256(repr(data).encode()).hexdigest()[:16]
        return write_secret(self.directory, digest, data)

    def _write_status(self, cluster: Cluster, snapshot: Snapshot, table: RouteTable) -> None:
        namespace, _, name = self.publish_service.partition("/")
        service = snapshot.service_by_key.get((namespace, name))
        if service is None and not self.publish_addresses:
            return
        addresses = self.publish_addresses or (service.addresses if service else ())
        for ingress in table.loaded:
            if ingress.addresses == addresses:
                continue
            status = {"status": {"loadBalancer": {"ingress": _entries(addresses)}}}
            path = KINDS["Ingress"].path(ingress.meta.namespace, ingress.meta.name, "status")
            try:
                cluster.request(
                    "PATCH", path, body=status, content_type="application/merge-patch+json"
                )
            except ApiError as error:
                self._say(f"status of {ingress.meta.key} not written: {error.sentence}")

    def _watch(self, kind: str) -> None:
        cluster = self.connect()
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                path, query = KINDS[kind].path(), WATCHED[kind]
                for _event in cluster.watch(path, query=query, timeout=_RESYNC_SECONDS * 10):
                    self._changed.set()
            except ApiError as error:
                self._say(f"watching {kind} failed: {error.sentence}")
            # It begins with all that there is, so that none has to go on where another ended;
            # but one that is ended at once, again and again, shall not keep both sides busy.
            self._stopping.wait(max(0.0, began + _RETRY_SECONDS - time.monotonic()))
            self._changed.set()

    def _say(self, text: str) -> None:
        print(printable(text), file=self.log, flush=True)


def _entries(addresses: tuple[str, ...]) -> list[Mapping[str, str]]:
    return [{"ip" if is_ip(address) else "hostname": address} for address in addresses]
