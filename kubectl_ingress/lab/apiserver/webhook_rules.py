"""Which webhooks want to know of a request.

Kubernetes' own: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/predicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.selectors import selector_of
from kubectl_ingress.lab.apiserver.status import not_found

if TYPE_CHECKING:
    from kubectl_ingress.lab.apiserver.admission import Review

Objects = Callable[[str, str], Iterable[Json]]
"""Group and plural -> the stored objects."""
# Not kept, and so not reviewed; and what would lock everybody out.
_EXEMPT_GROUPS = ("authentication.k8s.io", "authorization.k8s.io")
_EXEMPT = {
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
}


def is_exempt(review: Review) -> bool:
    """Whether no webhook is ever asked."""
    resource = review.resource
    exempt = (resource.group, resource.plural) in _EXEMPT
    return exempt or resource.group in _EXEMPT_GROUPS


def matches(webhook: Json, review: Review, objects: Objects) -> bool:
    """Whether this webhook is to be asked. Raises Refused: its namespace is not there."""
    if not any(_rule_matches(rule, review) for rule in webhook.get("rules") or []):
        return False
    return _object_matches(webhook, review) and _namespace_matches(webhook, review, objects)


def _rule_matches(rule: Json, review: Review) -> bool:
    resource = review.resource
    return (
        _scope_matches(rule.get("scope") or "*", review)
        and _has(rule.get("operations"), review.operation)
        and _has(rule.get("apiGroups"), resource.group)
        and _has(rule.get("apiVersions"), resource.version)
        and any(_resource_matches(each, review) for each in rule.get("resources") or [])
    )


def _scope_matches(scope: str, review: Review) -> bool:
    # A Namespace is of the cluster.
    namespaced = bool(review.namespace) and not review.is_namespace
    return {"*": True, "Namespaced": namespaced, "Cluster": not namespaced}.get(scope, False)


def _has(listed: list[str] | None, wanted: str) -> bool:
    return listed is not None and ("*" in listed or wanted in listed)


def _resource_matches(pattern: str, review: Review) -> bool:
    resource, _, subresource = pattern.partition("/")
    return resource in ("*", review.resource.plural) and subresource in ("*", review.subresource)


def _object_matches(webhook: Json, review: Review) -> bool:
    selector = selector_of(webhook.get("objectSelector") or {})
    if not selector.requirements:
        return True
    # Either will do, lest somebody takes a label off to get past.
    found = [item for item in (review.obj, review.old) if item is not None]
    return any(selector.matches(item["metadata"].get("labels")) for item in found)


def _namespace_matches(webhook: Json, review: Review, objects: Objects) -> bool:
    selector = selector_of(webhook.get("namespaceSelector") or {})
    if not review.place or not selector.requirements:
        return True
    if review.is_namespace:
        item = review.obj or review.old or {"metadata": {}}
        return selector.matches(item["metadata"].get("labels"))
    for namespace in objects("", "namespaces"):
        if namespace["metadata"]["name"] == review.place:
            return selector.matches(namespace["metadata"].get("labels"))
    raise not_found("", "namespaces", review.place)
