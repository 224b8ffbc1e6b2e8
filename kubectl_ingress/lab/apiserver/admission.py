"""Validating admission webhooks: asked before anything is kept.

Kubernetes' own: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook (validating,
generic, errors). Left out: mutating webhooks, matchConditions, matching of equivalent
resources, and AdmissionReview v1beta1.
"""

from __future__ import annotations

import asyncio
import unicodedata
import uuid

from msgspec import Struct

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.accounts import User
from kubectl_ingress.lab.apiserver.go_text import quoted
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.status import Refused
from kubectl_ingress.lab.apiserver.webhook_answer import CallFailed
from kubectl_ingress.lab.apiserver.webhook_call import call
from kubectl_ingress.lab.apiserver.webhook_rules import Objects, is_exempt, matches

GROUP = "admissionregistration.k8s.io"


class Review(Struct, frozen=True):
    """What is about to happen: `operation` is CREATE, UPDATE or DELETE.

    `obj` is None for DELETE, `old` for CREATE; both have kind and apiVersion. `options` are
    those of the request (a CreateOptions …), if any.
    """

    operation: str
    resource: Resource
    namespace: str
    name: str
    obj: Json | None
    old: Json | None
    user: User
    dry_run: bool = False
    subresource: str = ""
    options: Json | None = None

    @property
    def is_namespace(self) -> bool:
        """Whether it is about a Namespace."""
        return (self.resource.group, self.resource.plural) == ("", "namespaces")

    @property
    def place(self) -> str:
        """The namespace; a Namespace's is itself."""
        return self.name if self.is_namespace else self.namespace


class Denied(Refused):
    """A webhook said no."""


class Webhooks:
    """Asks the webhooks of the stored configurations; `objects` lists (group, plural)."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def review(self, review: Review) -> list[str]:
        """Ask all that want to know, at the same time; gives their warnings. Raises Refused."""
        asked = [] if is_exempt(review) else self._matching(review)
        if not asked:
            return []
        found: dict[int, list[str]] = {}
        refusals: list[Refused] = []

        async def ask(index: int, webhook: Json) -> None:
            try:
                found[index] = await self._ask(webhook, review)
            except Refused as refused:
                refusals.append(refused)

        await asyncio.gather(*(ask(*pair) for pair in enumerate(asked)))
        if refusals:
            # All are waited for; the first of them is told.
            raise refusals[0]
        return [warning for index in sorted(found) for warning in found[index]]

    def _matching(self, review: Review) -> list[Json]:
        configurations = self._objects(GROUP, "validatingwebhookconfigurations")
        return [
            webhook
            for item in sorted(configurations, key=lambda item: str(item["metadata"]["name"]))
            for webhook in item.get("webhooks") or []
            if matches(webhook, review, self._objects)
        ]

    async def _ask(self, webhook: Json, review: Review) -> list[str]:
        uid = str(uuid.uuid4())
        body = {
            "kind": "AdmissionReview",
            "apiVersion": "admission.k8s.io/v1",
            "request": request_of(review, uid),
        }
        try:
            response = await call(webhook, body, self._objects)
        except CallFailed as failed:
            if webhook.get("failurePolicy") == "Ignore":
                return []
            raise _failure(webhook, str(failed)) from failed
        # A header has no control characters, and such a warning is dropped without a word.
        warnings = [
            str(warning)
            for warning in response.get("warnings") or []
            if not any(unicodedata.category(sign) == "Cc" for sign in str(warning))
        ]
        if response.get("allowed"):
            return warnings
        denied = _denial(webhook, response.get("status") or {})
        denied.warnings = tuple(warnings)
        raise denied


def request_of(review: Review, uid: str) -> Json:
    """The ``request`` of an AdmissionReview."""
    thing = review.obj or review.old or {}
    group, _, version = str(thing.get("apiVersion", review.resource.api_version)).rpartition("/")
    kind = {"group": group, "version": version, "kind": thing.get("kind", review.resource.kind)}
    resource = {
        "group": review.resource.group,
        "version": review.resource.version,
        "resource": review.resource.plural,
    }
    user = review.user
    optional = {
        "subResource": review.subresource,
        "requestSubResource": review.subresource,
        "name": review.name,
        "namespace": review.place,
    }
    return {
        "uid": uid,
        "kind": kind,
        "resource": resource,
        "requestKind": kind,
        "requestResource": resource,
        "operation": review.operation,
        "userInfo": {
            "username": user.name,
            **({"uid": user.uid} if user.uid else {}),
            "groups": list(user.groups),
        },
        "object": review.obj,
        "oldObject": review.old,
        "dryRun": review.dry_run,
        "options": review.options,
        **{key: value for key, value in optional.items() if value},
    }


def _failure(webhook: Json, why: str) -> Refused:
    told = f"failed calling webhook {quoted(webhook['name'])}: {why}"
    details = {"causes": [{"message": told}]}
    return Refused(500, "InternalError", f"Internal error occurred: {told}", details)


def _denial(webhook: Json, status: Json) -> Denied:
    told = f"admission webhook {quoted(webhook['name'])} denied the request"
    reason = str(status.get("reason") or "")
    why = status.get("message") or reason
    message = f"{told}: {why}" if why else f"{told} without explanation"
    code, details = status.get("code"), status.get("details")
    refused = isinstance(code, int) and 400 <= code < 600
    return Denied(
        int(code or 0) if refused else 400,
        reason,
        message,
        details if isinstance(details, dict) else None,
    )
