"""Answers that are no success, in the words of the real API server.

Kubernetes' own: staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go and
pkg/util/validation/field/errors.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kubectl_ingress.lab.api import Json


class Cause(Struct, frozen=True):
    """One fault of an object: where, of which kind (``FieldValueInvalid`` …), and the sentence."""

    field: str
    reason: str
    message: str


class Refused(Exception):
    """Becomes a Status object with this HTTP status; `warnings` go with it."""

    warnings: tuple[str, ...] = ()

    def __init__(self, code: int, reason: str, message: str, details: Json | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    def body(self) -> Json:
        """The Status object."""
        found: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            found["reason"] = self.reason
        if self.details is not None:
            found["details"] = self.details
        return found | {"code": self.code}


def not_found(group: str, plural: str, name: str) -> Refused:
    """404 for one object."""
    message = f'{qualified(group, plural)} "{name}" not found'
    return Refused(404, "NotFound", message, _details(group, plural, name))


def already_exists(group: str, plural: str, name: str) -> Refused:
    """409: the name is taken."""
    message = f'{qualified(group, plural)} "{name}" already exists'
    return Refused(409, "AlreadyExists", message, _details(group, plural, name))


def conflict(group: str, plural: str, name: str, why: str) -> Refused:
    """409: the object is not what the writer thought it was."""
    message = f'Operation cannot be fulfilled on {qualified(group, plural)} "{name}": {why}'
    return Refused(409, "Conflict", message, _details(group, plural, name))


MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def bad_request(message: str) -> Refused:
    """400."""
    return Refused(400, "BadRequest", message)


def invalid(group: str, kind: str, name: str, causes: Sequence[Cause]) -> Refused:
    """422: the object has faults."""
    told = [f"{cause.field}: {cause.message}" for cause in causes]
    listed = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    named = {"name": name, "group": group, "kind": kind}
    details: Json = {key: value for key, value in named.items() if value}
    details["causes"] = [
        {"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes
    ]
    message = f'{f"{kind}.{group}" if group else kind} "{name}" is invalid: {listed}'
    return Refused(422, "Invalid", message, details)


def qualified(group: str, plural: str) -> str:
    """``ingresses.networking.k8s.io``, ``services``."""
    return f"{plural}.{group}" if group else plural


def _details(group: str, plural: str, name: str) -> Json:
    found = {"name": name, "group": group, "kind": plural}
    return {key: value for key, value in found.items() if value}
