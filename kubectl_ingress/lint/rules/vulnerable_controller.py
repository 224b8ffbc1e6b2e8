"""The version of a controller has known vulnerabilities.

What it does
Reads the version from the image of a controller's Deployment or DaemonSet, and compares it with the
published vulnerabilities that this program knows.

Why it is bad
Through CVE-2025-1974 whoever is in the pod network runs code in the controller, which may read all
Secrets of the cluster.

Example

    image: registry.k8s.io/ingress-nginx/controller:v1.12.0

Use instead
The release that the finding names: `kubectl ingress upgrade`.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import Subject

CODE = "KI710"
NAME = "vulnerable-controller"
LEVEL = "error"
READS = ("DaemonSet", "Deployment")

_GRAVE = 7.0


def check(subject: Subject) -> Iterable[Finding]:
    """An error where a release fixes something grave."""
    if not subject.snapshot.workloads:
        return
    from kubectl_ingress.inventory.recognise import recognise
    from kubectl_ingress.inventory.releases import vulnerabilities

    for one in recognise(subject.snapshot.workloads, {}):
        known = vulnerabilities(one.known.name, one.version)
        if not known:
            continue
        worst = max(known, key=lambda each: (bool(each.fixed_in), each.score or 0))
        fixed = f"; fixed in {', '.join(worst.fixed_in)}" if worst.fixed_in else "; no fix is out"
        more = f" and {len(known) - 1} more" if len(known) > 1 else ""
        what = f": {worst.what}" if worst.what else ""
        message = f"{one.known.title} {one.version} has {worst.ids[0]}{what}{fixed}{more}"
        grave = bool(worst.fixed_in) and (worst.score or 0) >= _GRAVE
        meta = one.workload.meta
        yield Finding(
            CODE,
            "error" if grave else "warning",
            message,
            f"{one.workload.kind} {meta.key}",
            meta.origin,
            "kubectl ingress upgrade"
            if grave
            else "move to a living controller: kubectl ingress install --list",
            ("spec", "template", "spec", "containers"),
        )
