"""That a controller has too few pods, and what helps."""

from __future__ import annotations

from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding


def unready(label: str, kind: str, key: str, ready: int, desired: int) -> Finding | None:
    """KI204, None where all are ready; `kind` and `key` are of the workload that makes them."""
    if ready >= desired > 0:
        return None
    namespace, _, name = key.partition("/")
    within = ("-n", namespace)
    looks: list[tuple[str, ...]]
    if desired:
        text = f"{ready} of {desired} pods of {label} are ready"
        looks = [("get", "pods", *within), ("get", "events", *within)]
    elif kind == "DaemonSet":
        text = f"{label} has no pods: it fits no node"
        looks = [("describe", "daemonset", *within, name)]
    else:
        text = f"{label} has no pods: it is scaled to 0"
        looks = [("scale", "deployment", *within, name, "--replicas=1")]
    fix = "\n".join(command(*words) for words in looks)
    return Finding("KI204", "warning" if ready else "error", text, f"{kind} {key}", fix=fix)
