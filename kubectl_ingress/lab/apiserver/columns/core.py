"""Namespaces, nodes, and what the core group keeps besides pods and Services."""

from __future__ import annotations

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.ages import UNKNOWN
from kubectl_ingress.lab.apiserver.columns.column import (
    AGE,
    NAME,
    NONE,
    WIDE,
    Columns,
    items,
    number,
    part,
    text,
    word,
    words,
)

_INFO = "status", "nodeInfo"
_ROLE_PREFIX, _ROLE = "node-role.kubernetes.io/", "kubernetes.io/role"


def _node_status(node: Json) -> str:
    states = {each["type"]: each["status"] for each in items(node, "status", "conditions")}
    ready = states.get("Ready")
    status = "Unknown" if ready is None else "Ready" if ready == "True" else "NotReady"
    return f"{status},SchedulingDisabled" if part(node, "spec", "unschedulable") else status


def _roles(node: Json) -> str:
    labels = part(node, "metadata", "labels") or {}
    roles = {key.removeprefix(_ROLE_PREFIX) for key in labels if key.startswith(_ROLE_PREFIX)}
    return ",".join(sorted((roles | {labels.get(_ROLE, "")}) - {""})) or NONE


def _address(node: Json, kind: str) -> str:
    addresses = items(node, "status", "addresses")
    return next((each["address"] for each in addresses if each["type"] == kind), NONE)


def _kernel(node: Json) -> str:
    architecture = word(node, *_INFO, "architecture")
    kernel = word(node, *_INFO, "kernelVersion") or UNKNOWN
    return f"{kernel} ({architecture})" if architecture else kernel


def _config_data(config_map: Json) -> int:
    return sum(len(part(config_map, field) or {}) for field in ("data", "binaryData"))


COLUMNS: Columns = {
    "Namespace": (NAME, words("Status", "status", "phase"), AGE),
    "Node": (
        NAME,
        text("Status", _node_status),
        text("Roles", _roles),
        AGE,
        words("Version", *_INFO, "kubeletVersion"),
        text("Internal-IP", lambda node: _address(node, "InternalIP"), WIDE),
        text("External-IP", lambda node: _address(node, "ExternalIP"), WIDE),
        words("OS-Image", *_INFO, "osImage", empty=UNKNOWN, priority=WIDE),
        text("Kernel-Version", _kernel, WIDE),
        words(
            "Container-Runtime",
            *_INFO,
            "containerRuntimeVersion",
            empty=UNKNOWN,
            priority=WIDE,
        ),
    ),
    "Secret": (
        NAME,
        words("Type", "type"),
        number("Data", lambda secret: len(part(secret, "data") or {}), "string"),
        AGE,
    ),
    "ConfigMap": (NAME, number("Data", _config_data, "string"), AGE),
    "ServiceAccount": (NAME, AGE),
}
