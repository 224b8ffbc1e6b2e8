"""Who put an object there, as far as the object tells: pure."""

from __future__ import annotations

from kubectl_ingress.core.inventory import Installer
from kubectl_ingress.core.makers import HELM_NAMESPACE, HELM_RELEASE
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.install.settings import INSTALLED_BY

_CHART = "helm.sh/chart"
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_MANAGED_BY = "app.kubernetes.io/managed-by"
# Field managers by which kubectl writes, and what was typed.
_KUBECTL = {
    "kubectl": "apply --server-side",
    "kubectl-client-side-apply": "apply",
    "kubectl-create": "create",
}


def installer_of(live: Reader) -> Installer:
    """The installer of an object; the tool is "" where nothing tells it.

    Tools are ``kubectl-ingress``, ``helm``, ``kubectl``, or what the object
    itself calls its manager.
    """
    meta = live.meta()
    ours = meta.annotations.get(INSTALLED_BY)
    if ours is not None:
        return Installer("kubectl-ingress", ours)
    release = meta.annotations.get(HELM_RELEASE)
    if release:
        namespace = meta.annotations.get(HELM_NAMESPACE, meta.namespace)
        chart = meta.labels.get(_CHART, "")
        about = f"release {release} in {namespace}"
        return Installer("helm", f"{about}, chart {chart}" if chart else about)
    if _APPLIED in meta.annotations:
        return Installer("kubectl", "apply")
    managed_by = meta.labels.get(_MANAGED_BY, "")
    if managed_by and managed_by.lower() != "helm":
        return Installer(managed_by)
    for entry in live.child("metadata").children("managedFields"):
        verb = _KUBECTL.get(entry.text("manager"))
        if verb:
            return Installer("kubectl", verb)
    return Installer()
