"""Measured answers of real controllers: cases of manifests, requests and what was observed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kubectl_ingress.controllers._choice import find_controller
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin, Snapshot
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import RouteTable


@dataclass(frozen=True)
class Asked:
    """One request of a case with its answer, as written in the file."""

    request: dict[str, Any]
    observed: dict[str, Any]
    tie: bool = False
    alternatives: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Case:
    """One set of manifests with the requests that were sent to its controller."""

    id: str
    controller: str
    frozen: bool
    flags: tuple[str, ...]
    flavour: str
    manifests: tuple[dict[str, Any], ...]
    asked: tuple[Asked, ...]
    admission: Mapping[str, str] = field(default_factory=dict)

    def snapshot(self) -> Snapshot:
        items = [(one, Origin("case.json", 1)) for one in self.manifests if not one.get("absent")]
        return parse_snapshot(items, offline=True)

    def table(self) -> RouteTable:
        controller = find_controller(self.controller)
        snapshot = self.snapshot()
        told = Told(self.flags, router_flavor=self.flavour, ingress_class=self._class())
        settings = controller.settings_of(told, snapshot)
        return controller.compile(snapshot, settings)

    def _class(self) -> str:
        """The small cases of the specification have a class and no IngressClass."""
        names = {one.get("spec", {}).get("ingressClassName") for one in self.manifests}
        return min((str(name) for name in names if name), default="")


def to_request(written: dict[str, Any]) -> Request:
    """The request of a case: `host` is the whole Host header."""
    host, port = written["host"], written.get("port")
    name, colon, digits = host.rpartition(":")
    if colon and digits.isdigit() and "]" not in digits:
        host, port = name, int(digits)
    headers = list((written.get("headers") or {}).items())
    if cookies := written.get("cookies"):
        headers.append(("Cookie", "; ".join(f"{k}={v}" for k, v in cookies.items())))
    return Request(
        host=host,
        target=written["path"],
        scheme=written.get("scheme", "http"),
        method=written.get("method", "GET"),
        headers=tuple(headers),
        port=port,
        client=written.get("client", "127.0.0.1"),
        sni=written.get("sni"),
        body_size=written.get("bodySize", 0),
    )


CASES = Path(__file__).parent / "cases"


def own_cases(controller: str = "") -> Iterator[Case]:
    """All measured cases, or those of one controller; one for each router flavour."""
    for path in sorted(CASES.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            written = json.loads(line)
            if not controller or written["controller"] == controller:
                yield from _own(written)


def _own(written: dict[str, Any]) -> Iterator[Case]:
    same = (
        dict.fromkeys(written.get("flavours", ("",)), written["asked"])
        if ("asked" in written)
        else written["by_flavour"]
    )
    for flavour, asked in same.items():
        yield Case(
            "/".join(filter(None, (written["id"], flavour))),
            written["controller"],
            flavour in written.get("frozen", ()),
            tuple(written.get("flags", ())),
            flavour,
            tuple(manifests_of(written["objects"])),
            tuple(_read(one) for one in asked),
            written.get("admission", {}),
        )


def _read(asked: dict[str, Any]) -> Asked:
    answer = dict(asked["answer"])
    if answer.pop("sent", True) is False:
        answer = {"backend": None, "upstreamPath": None, **answer}
    return Asked(asked["request"], answer)


def manifests_of(objects: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects of a case as they were applied."""
    networking = "networking.k8s.io/v1"
    for name, controller in objects.get("classes", {}).items():
        yield {
            "apiVersion": networking,
            "kind": "IngressClass",
            "metadata": {"name": name},
            "spec": {"controller": controller},
        }
    for key, service in objects.get("services", {}).items():
        yield from _service(*key.split("/"), service)
    for ingress in objects.get("ingresses", ()):
        yield {"apiVersion": networking, "kind": "Ingress", **ingress}
    yield from objects.get("others", ())


def _service(namespace: str, name: str, service: dict[str, Any]) -> Iterator[dict[str, Any]]:
    meta: dict[str, Any] = {"namespace": namespace, "name": name}
    if "annotations" in service:
        meta["annotations"] = service["annotations"]
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": {"ports": service["ports"], **service.get("spec", {})},
    }
    if "endpoints" not in service:
        return
    yield {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "namespace": namespace,
            "name": f"{name}-x",
            "labels": {"kubernetes.io/service-name": name},
        },
        "ports": [{"name": k, "port": v} for k, v in service["endpoint_ports"].items()],
        "endpoints": [
            {
                "addresses": [address],
                "targetRef": {"kind": "Pod", "name": pod},
                "conditions": ready if isinstance(ready, dict) else {"ready": ready},
            }
            for address, pod, ready in service["endpoints"]
        ],
    }
