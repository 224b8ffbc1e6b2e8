"""``kubectl auth can-i``: what somebody may do, told to himself.

Kubernetes' own: pkg/registry/authorization. The answers lack managedFields.
"""

from __future__ import annotations

import json

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.accounts import User
from kubectl_ingress.lab.apiserver.rbac import Attributes, Authorizer
from kubectl_ingress.lab.apiserver.status import Cause, Refused, bad_request, invalid

GROUP = "authorization.k8s.io"
_RESOURCE_RULE = ("verbs", "apiGroups", "resources", "resourceNames")
_PATH_RULE = ("verbs", "nonResourceURLs")


def access(authorizer: Authorizer, user: User, review: Json) -> Json:
    """Answer a SelfSubjectAccessReview. Raises Refused."""
    spec = review.get("spec") or {}
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (resource is None) == (path is None):
        raise _not_one(path)
    verdict = authorizer.decide(user, _attributes(resource, path))
    status: Json = {"allowed": verdict.allowed}
    if verdict.reason:
        status["reason"] = verdict.reason
    return _answer("SelfSubjectAccessReview", spec, status)


def rules(authorizer: Authorizer, user: User, review: Json) -> Json:
    """Answer a SelfSubjectRulesReview. Raises Refused."""
    namespace = (review.get("spec") or {}).get("namespace")
    if not namespace:
        raise bad_request("no namespace on request")
    found = authorizer.grants(user, namespace)
    given = [grant.rule for grant in found.grants]
    status: Json = {
        "resourceRules": [_part(rule, _RESOURCE_RULE) for rule in given if rule.get("resources")],
        "nonResourceRules": [
            _part(rule, _PATH_RULE) for rule in given if rule.get("nonResourceURLs")
        ],
        "incomplete": False,
    }
    if found.missing:
        status["evaluationError"] = found.problem
    # The namespace is not repeated.
    return _answer("SelfSubjectRulesReview", {}, status)


def _attributes(resource: Json | None, path: Json | None) -> Attributes:
    asked = resource or {}
    if path is not None:
        return Attributes(path.get("verb", ""), path=path.get("path", ""))
    return Attributes(
        verb=asked.get("verb", ""),
        group=asked.get("group", ""),
        resource=asked.get("resource", ""),
        subresource=asked.get("subresource", ""),
        namespace=asked.get("namespace", ""),
        name=asked.get("name", ""),
    )


def _answer(kind: str, spec: Json, status: Json) -> Json:
    head = {"kind": kind, "apiVersion": f"{GROUP}/v1", "metadata": {}}
    return {**head, "spec": spec, "status": status}


def _part(rule: Json, keys: tuple[str, ...]) -> Json:
    return {key: rule[key] for key in keys if rule.get(key)}


def _not_one(path: Json | None) -> Refused:
    # The value is told as Go names its fields.
    told = "null"
    if path is not None:
        named = {"Path": path.get("path", ""), "Verb": path.get("verb", "")}
        told = json.dumps(named, separators=(",", ":"), ensure_ascii=False)
    why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
    cause = Cause("spec", "FieldValueInvalid", f"Invalid value: {told}: {why}")
    return invalid(GROUP, "", "", [cause])
