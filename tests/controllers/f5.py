"""Asking the model of the F5 controller, with answers short enough for a table of tests."""

from __future__ import annotations

from typing import Any

from kubectl_ingress.controllers import f5_nginx
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.table import RouteTable
from tests.controllers.ingress_nginx.asking import objects_for, offline
from tests.manifests import ingress, ingress_class

CLASS = ingress_class("nginx", "nginx.org/ingress-controller")
MASTER, MINION = ({"mergeable-ingress-type": part} for part in ("master", "minion"))


def one(name: str, host: str, *paths: Any, org: dict[str, str] | None = None, **spec: Any) -> Any:
    """An Ingress; `org` are its annotations behind nginx.org/."""
    annotations = {f"nginx.org/{key}": value for key, value in (org or {}).items()}
    return ingress(name, host, *paths, annotations=annotations, **spec)


def master(name: str, host: str, **org: str) -> Any:
    """A master: a host, and no paths."""
    made = one(name, host, org={**MASTER, **_dashed(org)})
    del made["spec"]["rules"][0]["http"]
    return made


def minion(name: str, host: str, *paths: Any, namespace: str = "default", **org: str) -> Any:
    return one(name, host, *paths, org={**MINION, **_dashed(org)}, namespace=namespace)


def _dashed(org: dict[str, str]) -> dict[str, str]:
    return {key.replace("_", "-"): value for key, value in org.items()}


def tls(*hosts: str, secret: str = "tls") -> list[Any]:
    """spec.tls with one entry."""
    return [{"hosts": list(hosts), **({"secretName": secret} if secret else {})}]


def secret(name: str = "tls", kind: str = "kubernetes.io/tls", *keys: str) -> Any:
    """A Secret with values that nobody reads."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "default"},
        "type": kind,
        "data": dict.fromkeys(keys or ("tls.crt", "tls.key"), "eA=="),
    }


def custom(kind: str, name: str, **spec: Any) -> Any:
    """A VirtualServer or a Policy."""
    return {
        "apiVersion": "k8s.nginx.org/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
    }


def table(*ingresses: Any, more: tuple[Any, ...] = (), flags: tuple[str, ...] = ()) -> RouteTable:
    """The table of Ingresses whose Services all have ready pods, beside `more`."""
    snapshot = offline(CLASS, *objects_for(*ingresses)[1:], *more)
    return f5_nginx.compile(snapshot, f5_nginx.settings_of(Told(flags), snapshot))
