"""No ingress controller runs in the cluster.

What it does
Looks for the Deployments and DaemonSets of the controllers that are known. In files it says
nothing: the controller is rarely among them.

Why it is bad
An Ingress is a wish. Without a controller nobody reads it.

Example

    $ kubectl get ingress
    NAME   CLASS   HOSTS       ADDRESS   PORTS   AGE
    web    nginx   a.example             80      3d

Use instead

    kubectl ingress install
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI203"
NAME = "no-controller"
LEVEL = "error"
READS = (ROUTES, "Ingress")


def check(subject: Subject) -> Iterable[Finding]:
    """One finding at most."""
    snapshot = subject.snapshot
    if snapshot.ingresses and not snapshot.offline and not subject.routes.compiled:
        message = "no ingress controller runs in this cluster, so no Ingress has any effect"
        yield Finding(CODE, LEVEL, message, fix="kubectl ingress install")
