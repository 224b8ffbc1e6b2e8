"""The machines that do not exist, and the Nodes that say they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from kubectl_ingress.lab import KUBERNETES
from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.times import now

KUBELET_PORT = 10250


class Machine(Struct, frozen=True):
    """A node of the cluster; the address is given to it when it is registered."""

    name: str
    provider_id: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    version: str = KUBERNETES
    address: str = ""


def aws_machines(count: int = 1) -> list[Machine]:
    """Machines as EC2 has them."""
    machines = []
    for number in range(1, count + 1):
        zone = f"eu-west-1{'abc'[number % 3 - 1]}"
        labels = {
            "topology.kubernetes.io/region": "eu-west-1",
            "topology.kubernetes.io/zone": zone,
            "node.kubernetes.io/instance-type": "m5.large",
        }
        name = f"ip-10-244-0-{number}.eu-west-1.compute.internal"
        machines.append(Machine(name, f"aws:///{zone}/i-0{number:016x}", labels))
    return machines


def bare_machines(count: int = 1) -> list[Machine]:
    """Machines that no cloud knows."""
    return [Machine(f"node-{number}") for number in range(1, count + 1)]


def labels_of(machine: Machine) -> dict[str, str]:
    """The labels of its Node: those every kubelet sets, and its own."""
    return {
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": machine.name,
        **machine.labels,
    }


def node_of(machine: Machine) -> Json:
    """The Node to create."""
    metadata: dict[str, Any] = {"name": machine.name, "labels": labels_of(machine)}
    metadata["annotations"] = dict(machine.annotations)
    spec = {"providerID": machine.provider_id} if machine.provider_id else {}
    return {"metadata": metadata, "spec": spec}


def status_of(machine: Machine) -> Json:
    """A patch that makes its Node ready now."""
    resources = {"cpu": "8", "memory": "32Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "kubelet is posting ready status",
        "lastHeartbeatTime": now(),
        "lastTransitionTime": now(),
    }
    return {
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": machine.address},
                {"type": "Hostname", "address": machine.name},
            ],
            "capacity": resources,
            "allocatable": resources,
            "conditions": [ready],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": KUBELET_PORT}},
            "nodeInfo": {
                "kubeletVersion": machine.version,
                "kubeProxyVersion": "",
                "operatingSystem": "linux",
                "architecture": "amd64",
                "osImage": "played",
                "kernelVersion": "6.1.0",
                "containerRuntimeVersion": "containerd://2.1.0",
                "machineID": "played",
                "systemUUID": "played",
                "bootID": "played",
            },
        }
    }
