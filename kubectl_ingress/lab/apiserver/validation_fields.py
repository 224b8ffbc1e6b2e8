"""Faults of an object, gathered in the words of the real API server.

Kubernetes' own: staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kubectl_ingress.lab.apiserver.go_text import encoded, quoted
from kubectl_ingress.lab.apiserver.status import Cause, Refused, invalid

IMMUTABLE = "field is immutable"


class Faults:
    """What is wrong with one object, each fault once, in the order of finding."""

    def __init__(self) -> None:
        self._causes: dict[Cause, None] = {}

    def __bool__(self) -> bool:
        return bool(self._causes)

    def take(self, other: Faults) -> None:
        """Add what was found elsewhere."""
        self._causes |= other._causes

    def refuse(self, group: str, kind: str, name: str) -> None:
        """Raise Refused (422) if there is any fault."""
        if refused := self.refused(group, kind, name):
            raise refused

    def refused(self, group: str, kind: str, name: str) -> Refused | None:
        """The refusal, None without a fault."""
        return invalid(group, kind, name, list(self._causes)) if self._causes else None

    def required(self, field: str, why: str = "") -> None:
        """Nothing was given."""
        self._add("FieldValueRequired", field, "Required value", why)

    def invalid(self, field: str, value: Any, why: str) -> None:
        """What was given cannot be."""
        self._add("FieldValueInvalid", field, f"Invalid value: {shown(value)}", why)

    def all_invalid(self, field: str, value: Any, reasons: Iterable[str]) -> None:
        """What was given cannot be, for all these reasons."""
        for why in reasons:
            self.invalid(field, value, why)

    def unsupported(self, field: str, value: Any, supported: Sequence[str]) -> None:
        """Only these values are known."""
        names = ", ".join(quoted(each) for each in supported)
        told = f"Unsupported value: {shown(value)}"
        self._add("FieldValueNotSupported", field, told, f"supported values: {names}")

    def forbidden(self, field: str, why: str) -> None:
        """Not here, or not now."""
        self._add("FieldValueForbidden", field, "Forbidden", why)

    def duplicate(self, field: str, value: Any) -> None:
        """It was given before."""
        self._add("FieldValueDuplicate", field, f"Duplicate value: {shown(value)}")

    def not_found(self, field: str, value: Any) -> None:
        """It refers to what is not there."""
        self._add("FieldValueNotFound", field, f"Not found: {shown(value)}")

    def too_long(self, field: str, limit: int) -> None:
        """It has more bytes than this."""
        self._add("FieldValueTooLong", field, "Too long", f"may not be more than {limit} bytes")

    def not_negative(self, field: str, value: int | None) -> None:
        """A number, if given, must be 0 or more."""
        if value is not None and value < 0:
            self.invalid(field, value, "must be greater than or equal to 0")

    def unchanged(self, field: str, new: Any, old: Any) -> None:
        """A value must be what it was."""
        if new != old:
            self.invalid(field, new, IMMUTABLE)

    def one_of(self, field: str, value: Any, supported: Sequence[str]) -> None:
        """A value must be there, and be one of these."""
        if value in (None, ""):
            self.required(field)
        elif value not in supported:
            self.unsupported(field, value, supported)

    def _add(self, reason: str, field: str, told: str, why: str = "") -> None:
        self._causes[Cause(field, reason, f"{told}: {why}" if why else told)] = None


def shown(value: Any) -> str:
    """A value within a message: text quoted as in Go, all else as JSON."""
    return quoted(value) if isinstance(value, str) else encoded(value, sort=False)
