"""Commands that mend one field of an object, or the line of its file."""

from __future__ import annotations

import json

from kubectl_ingress.core.commands import command, with_input
from kubectl_ingress.core.objects import Meta, PortRef


def target_port(service: Meta, number: int, value: int | str) -> str:
    """The targetPort of one port of a Service, by its place."""
    if service.origin.line is not None:
        return f"targetPort: {value}"
    path = f"/spec/ports/{number}/targetPort"
    patch = json.dumps([{"op": "add", "path": path, "value": value}])
    where = ("service", service.name, "-n", service.namespace)
    return command("patch", *where, "--type=json", "-p", patch)


def selector(service: Meta, label: str, value: str) -> str:
    """One label of what a Service selects."""
    if service.origin.line is not None:
        return f"{label}: {value}"
    patch = json.dumps({"spec": {"selector": {label: value}}})
    return command("patch", "service", service.name, "-n", service.namespace, "-p", patch)


def backend_port(ingress: Meta, places: list[str], port: PortRef, flag: tuple[str, ...]) -> str:
    """The port of backends of an Ingress, by their JSON pointers; `flag` leads to its namespace."""
    if ingress.origin.line is not None:
        return f"port: {{{'name' if port.name else 'number'}: {port}}}"
    value = {"name": port.name} if port.name else {"number": port.number}
    patch = json.dumps(
        [{"op": "replace", "path": f"{place}/service/port", "value": value} for place in places]
    )
    return command("patch", "ingress", ingress.name, *flag, "--type=json", "-p", patch)


def made_class(name: str, controller: str) -> str:
    """An IngressClass that is not there."""
    entry = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": name},
        "spec": {"controller": controller},
    }
    return with_input(json.dumps(entry), "create", "-f", "-")
