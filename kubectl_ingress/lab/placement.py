"""Which node a pod is on, or for."""

from __future__ import annotations

from kubectl_ingress.lab.api import Json


def wanted_node(pod: Json) -> str:
    """The node it runs on, or as a DaemonSet's pod waits for; "" where that is open."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or []:
        for field in term.get("matchFields") or []:
            if field["key"] == "metadata.name" and field["operator"] == "In":
                return str(field["values"][0])
    return ""
