"""Whether the server takes an object that has its defaults and all that it was given.

What is checked is what users of the lab can meet, not all that Kubernetes checks. Kubernetes' own:
staging/src/k8s.io/apiserver/pkg/registry/rest/{create,update}.go and pkg/apis/*/validation.
"""

from __future__ import annotations

from collections.abc import Callable

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.status import Refused
from kubectl_ingress.lab.apiserver.validation_fields import Faults
from kubectl_ingress.lab.apiserver.validation_ingresses import (
    check_class_once,
    check_ingress,
    check_ingress_class,
    check_ingress_class_update,
)
from kubectl_ingress.lab.apiserver.validation_metadata import (
    check_metadata,
    check_metadata_update,
)
from kubectl_ingress.lab.apiserver.validation_pods import check_pod, check_pod_update
from kubectl_ingress.lab.apiserver.validation_services import (
    check_endpoint_slice,
    check_endpoint_slice_update,
    check_endpoints,
    check_service,
    check_service_update,
)
from kubectl_ingress.lab.apiserver.validation_settings import (
    check_config_map,
    check_event,
    check_immutable,
    check_node,
    check_node_update,
    check_role,
    check_role_binding,
    check_role_unchanged,
    check_secret,
    check_webhooks,
)
from kubectl_ingress.lab.apiserver.validation_workloads import (
    check_daemon_set,
    check_deployment,
    check_job,
    check_job_update,
    check_replica_set,
    check_selector_unchanged,
)

Check = Callable[[Faults, Json], None]
Compare = Callable[[Faults, Json, Json], None]

# On create and on update.
_ALWAYS: dict[str, Check] = {
    "ClusterRole": check_role,
    "ClusterRoleBinding": check_role_binding,
    "ConfigMap": check_config_map,
    "DaemonSet": check_daemon_set,
    "Deployment": check_deployment,
    "Endpoints": check_endpoints,
    "EndpointSlice": check_endpoint_slice,
    "Event": check_event,
    "Ingress": check_ingress,
    "IngressClass": check_ingress_class,
    "MutatingWebhookConfiguration": check_webhooks,
    "Node": check_node,
    "Pod": check_pod,
    "ReplicaSet": check_replica_set,
    "Role": check_role,
    "RoleBinding": check_role_binding,
    "Secret": check_secret,
    "Service": check_service,
    "ValidatingWebhookConfiguration": check_webhooks,
}
_ON_CREATE: dict[str, Check] = {"Ingress": check_class_once, "Job": check_job}
# On update; before what is always checked, or after it, as in the server.
_BEFORE: dict[str, Compare] = {
    "ConfigMap": check_immutable,
    "DaemonSet": check_selector_unchanged,
    "IngressClass": check_ingress_class_update,
    "Job": check_job_update,
    "Secret": check_immutable,
    "Service": check_service_update,
}
_AFTER: dict[str, Compare] = {
    "ClusterRoleBinding": check_role_unchanged,
    "Deployment": check_selector_unchanged,
    "EndpointSlice": check_endpoint_slice_update,
    "Node": check_node_update,
    "Pod": check_pod_update,
    "ReplicaSet": check_selector_unchanged,
    "RoleBinding": check_role_unchanged,
}
# Kinds that nobody may replace without saying which version was read.
_VERSIONED = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def check_create(resource: Resource, obj: Json) -> None:
    """A new object. Raises Refused: 422, or 500 for one that brings a version."""
    faults = Faults()
    check_metadata(faults, resource, obj)
    for table in (_ALWAYS, _ON_CREATE):
        if check := table.get(resource.kind):
            check(faults, obj)
    faults.refuse(_group(resource), resource.kind, obj["metadata"].get("name", ""))
    if obj["metadata"].get("resourceVersion"):
        # So the server answers, without a reason.
        raise Refused(500, "", "resourceVersion should not be set on objects to be created")


def check_update(resource: Resource, old: Json, new: Json) -> None:
    """An object in place of the one that is stored; of its status too. Raises Refused: 422."""
    name, faults = old["metadata"]["name"], Faults()
    if resource.kind in _VERSIONED and not new["metadata"].get("resourceVersion"):
        faults.invalid("metadata.resourceVersion", 0, "must be specified for an update")
        faults.refuse(resource.group, resource.plural, name)
    check_metadata_update(faults, old, new)
    if compare := _BEFORE.get(resource.kind):
        compare(faults, old, new)
    if check := _ALWAYS.get(resource.kind):
        check(faults, new)
    if compare := _AFTER.get(resource.kind):
        compare(faults, old, new)
    faults.refuse(_group(resource), resource.kind, name)


def _group(resource: Resource) -> str:
    # To the server both kinds of Event are one.
    return "" if resource.kind == "Event" else resource.group
