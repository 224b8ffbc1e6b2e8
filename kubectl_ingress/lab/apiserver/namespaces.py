"""What a namespace must be before anything is made in it (the NamespaceLifecycle admission)."""

from __future__ import annotations

from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.status import Refused, not_found, qualified
from kubectl_ingress.lab.apiserver.store import Store

PROTECTED = ("default", "kube-system", "kube-public")
_STORED = ("", "namespaces")


def check_namespace(store: Store, resource: Resource, namespace: str, name: str) -> None:
    """Raise Refused unless the namespace is there, and stays."""
    if not resource.namespaced:
        return
    found = store.get(_STORED, "", namespace)
    if found is None:
        raise not_found("", "namespaces", namespace)
    if "deletionTimestamp" in found["metadata"]:
        raise terminating(resource, namespace, name)


def terminating(resource: Resource, namespace: str, name: str) -> Refused:
    """403: the namespace is being deleted."""
    plural = qualified(resource.group, resource.plural)
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    return Refused(403, "Forbidden", f'{plural} "{name}" is forbidden: {why}', {"causes": [cause]})
