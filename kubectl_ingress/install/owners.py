"""Whose an object is that this program did not make: read from the marks that tools leave."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.parse import Reader
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.marks import family
from kubectl_ingress.ports.api import FIELD_MANAGER

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation that ``kubectl apply`` leaves (its --server-side does not)."""

_MANAGED_BY = "app.kubernetes.io/managed-by"
_HELM = "meta.helm.sh/release-"
_FLUX = {
    "helm.toolkit.fluxcd.io/": "Flux HelmRelease",
    "kustomize.toolkit.fluxcd.io/": "Flux Kustomization",
}
_ARGO = "argocd.argoproj.io/tracking-id"
_ADDON = "addonmanager.kubernetes.io/mode"
# They only fill in what Kubernetes and the installation's own Jobs have to.
_SERVANTS = {
    "cloud-controller-manager",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-webhook-certgen",
    FIELD_MANAGER,
}
_TITLES = {"kubectl-client-side-apply": "kubectl apply", "helm": "Helm"}


class Owner(Struct, frozen=True):
    """Who made an object, and what becomes of it when somebody else changes it.

    `title` is for people, "" where nothing tells. `helm` is ``namespace/name``
    of a Helm release. `watches` is true for programs that set it back by
    themselves, `applied` for files that somebody has and may apply again.
    """

    title: str = ""
    helm: str = ""
    watches: bool = False
    applied: bool = False


def owner_of(live: Live) -> Owner:
    """By the marks of ours, Flux, Argo CD, add-ons, Helm, kubectl apply; else ``managedFields``."""
    if name := family(live):
        return Owner(f"kubectl ingress install {name}")
    meta = reader_of(live).meta()
    for prefix, title in _FLUX.items():
        if name := meta.labels.get(f"{prefix}name"):
            return Owner(f"{title} {meta.labels.get(f'{prefix}namespace', '?')}/{name}", "", True)
    if tracked := meta.annotations.get(_ARGO):
        return Owner(f"Argo CD application {tracked.partition(':')[0]}", "", True)
    if meta.labels.get(_ADDON) == "Reconcile":
        return Owner("the cluster's add-on manager", "", True)
    release = meta.annotations.get(f"{_HELM}name", "")
    if release and meta.labels.get(_MANAGED_BY) == "Helm":
        place = meta.annotations.get(f"{_HELM}namespace", "") or meta.namespace
        return Owner(f"Helm release {place}/{release}", f"{place}/{release}")
    if LAST_APPLIED in meta.annotations:
        return Owner("kubectl apply", applied=True)
    return _by_fields(live)


def managed_fields(live: Live) -> list[Reader]:
    """The entries of ``metadata.managedFields``."""
    return reader_of(live).child("metadata").children("managedFields")


def _by_fields(live: Live) -> Owner:
    entries = [
        entry
        for entry in managed_fields(live)
        if not entry.text("subresource") and entry.text("manager") not in _SERVANTS
    ]
    if not entries:
        return Owner()
    # The oldest entry is most likely its maker's.
    first = min(entries, key=lambda entry: entry.text("time"))
    manager, applied = first.text("manager"), first.text("operation") == "Apply"
    if manager == "kubectl" and applied:
        return Owner("kubectl apply --server-side", applied=True)
    title = _TITLES.get(manager) or manager.replace("kubectl-", "kubectl ", 1)
    return Owner(title, applied=manager == "kubectl-client-side-apply")
