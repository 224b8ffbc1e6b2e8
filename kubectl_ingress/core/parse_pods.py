"""From plain data to what makes pods, and to pods: see core.parse."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_ingress.core.pods import ContainerPort, Pod, PodSpec, Workload
from kubectl_ingress.core.reader import Reader


def parse_workload(reader: Reader) -> Workload:
    """A Deployment or a DaemonSet."""
    spec, status = reader.child("spec"), reader.child("status")
    kind = reader.text("kind")
    if kind == "DaemonSet":
        desired = status.number("desiredNumberScheduled") or 0
        ready = status.number("numberReady") or 0
    else:
        replicas = spec.number("replicas")
        desired = 1 if replicas is None else replicas
        ready = status.number("readyReplicas") or 0
    return _made(reader, kind, spec.child("template"), desired, ready)


def parse_maker(reader: Reader) -> Workload:
    """A StatefulSet, ReplicaSet, Job or CronJob: how many pods there are is not looked at."""
    spec, kind = reader.child("spec"), reader.text("kind")
    if kind == "CronJob":
        spec = spec.child("jobTemplate").child("spec")
    return _made(reader, kind, spec.child("template"), 0, 0)


def parse_pod(reader: Reader) -> Pod:
    """v1 Pod."""
    spec = reader.child("spec")
    found = _pod_spec(spec, spec.children("containers"))
    return Pod(reader.meta(), reader.child("status").text("podIP"), found)


def _made(reader: Reader, kind: str, template: Reader, desired: int, ready: int) -> Workload:
    spec = template.child("spec")
    containers = spec.children("containers")
    return Workload(
        meta=reader.meta(),
        kind=kind,
        images=tuple(container.text("image") for container in containers),
        args=tuple(a for c in containers for a in (*c.strings("command"), *c.strings("args"))),
        pod_labels=template.child("metadata").string_map("labels"),
        desired=desired,
        ready=ready,
        env={v.text("name"): v.text("value") for c in containers for v in c.children("env")},
        spec=_pod_spec(spec, containers),
    )


def _pod_spec(spec: Reader, containers: Sequence[Reader]) -> PodSpec:
    ports = [port for container in containers for port in container.children("ports")]
    host_network = spec.flag("hostNetwork") is True
    return PodSpec(
        tuple(
            ContainerPort(
                port.text("name"),
                port.number("containerPort") or 0,
                port.text("protocol") or "TCP",
            )
            for port in ports
        ),
        host_network,
        any(bool(one.child("lifecycle").child("preStop").data) for one in containers),
        any(bool(one.child("readinessProbe").data) for one in containers),
        host_network or any(port.number("hostPort") == 80 for port in ports),
    )
