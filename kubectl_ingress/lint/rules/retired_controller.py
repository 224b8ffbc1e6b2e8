"""A controller is no longer maintained.

What it does
Recognises controllers by the images of Deployments and DaemonSets.

Why it is bad
ingress-nginx was retired in March 2026: what is found in it, or in its nginx, is not mended any
more. Builds of others are maintained for some time longer.

Example

    image: registry.k8s.io/ingress-nginx/controller:v1.15.1

Use instead
A living controller: `kubectl ingress install --list`.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import Subject

CODE = "KI701"
NAME = "retired-controller"
LEVEL = "warning"
READS = ("DaemonSet", "Deployment")


def check(subject: Subject) -> Iterable[Finding]:
    """Workloads that are a controller with an end of life."""
    if not subject.snapshot.workloads:
        return
    from kubectl_ingress.inventory.recognise import recognise
    from kubectl_ingress.inventory.releases import end_of_life

    today = subject.now.strftime("%Y-%m")
    for one in recognise(subject.snapshot.workloads, {}):
        until = end_of_life(one.known.name)
        if until and until <= today:
            meta = one.workload.meta
            message = f"{one.known.title} gets no fixes any more since {until}"
            yield Finding(
                CODE,
                LEVEL,
                message,
                f"{one.workload.kind} {meta.key}",
                meta.origin,
                "move to a living controller: kubectl ingress install --list",
                ("spec", "template", "spec", "containers"),
            )
