"""Fields of one untrusted object, each of the type that it should have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from kubectl_ingress.core.objects import Finding, Meta, Origin

_T = TypeVar("_T")


class Reader:
    """Reads fields of one untrusted object, noting each that has the wrong type."""

    def __init__(self, data: object, name: str, origin: Origin) -> None:
        self.data: Mapping[str, object] = data if isinstance(data, dict) else {}
        self.name = name
        self.origin = origin
        self.findings: list[Finding] = []
        if data is not None and not isinstance(data, dict):
            self.note("", "a mapping")

    def note(self, field: str, wanted: str) -> None:
        """A Finding that a field is not what it should be."""
        where = f"{field} " if field else ""
        message = f"{self.name}: {where}is not {wanted}"
        self.findings.append(Finding("KI901", "error", message, self.name, self.origin))

    def _get(self, field: str, types: type[_T] | tuple[type[_T], ...], wanted: str) -> _T | None:
        value = self.data.get(field)
        if value is None:
            return None
        # A bool is an int to Python, and never one to Kubernetes.
        if isinstance(value, types) and not (isinstance(value, bool) and types is not bool):
            return value
        self.note(field, wanted)
        return None

    def text(self, field: str) -> str:
        """A string, "" where absent."""
        return self._get(field, str, "a string") or ""

    def optional_text(self, field: str) -> str | None:
        """A string, None where absent."""
        return self._get(field, str, "a string")

    def number(self, field: str) -> int | None:
        """An integer, None where absent."""
        return self._get(field, int, "a number")

    def flag(self, field: str) -> bool | None:
        """A boolean, None where absent."""
        return self._get(field, bool, "true or false")

    def strings(self, field: str) -> tuple[str, ...]:
        """A list of strings; others are left out and noted."""
        values = self._get(field, list, "a list") or []
        if not all(isinstance(value, str) for value in values):
            self.note(field, "a list of strings")
        return tuple(value for value in values if isinstance(value, str))

    def string_map(self, field: str) -> dict[str, str]:
        """A map of strings; others are left out and noted."""
        values = self._get(field, dict, "a mapping") or {}
        if not all(isinstance(key, str) and isinstance(v, str) for key, v in values.items()):
            self.note(field, "a mapping of strings (quote numbers and booleans)")
        return {k: v for k, v in values.items() if isinstance(k, str) and isinstance(v, str)}

    def child(self, field: str) -> Reader:
        """The mapping in a field; empty where absent. Its findings are ours."""
        return self._inner(self._get(field, dict, "a mapping"), field)

    def children(self, field: str) -> list[Reader]:
        """The mappings of a list."""
        values = self._get(field, list, "a list") or []
        return [
            self._inner(v if v is not None else {}, f"{field}[{i}]") for i, v in enumerate(values)
        ]

    def _inner(self, data: object, field: str) -> Reader:
        inner = Reader(None, f"{self.name} {field}", self.origin)
        inner.findings = self.findings
        if isinstance(data, dict):
            inner.data = data
        elif data is not None:
            inner.note("", "a mapping")
        return inner

    def meta(self) -> Meta:
        """``metadata``."""
        meta = self.child("metadata")
        return Meta(
            namespace=meta.text("namespace"),
            name=meta.text("name"),
            labels=meta.string_map("labels"),
            annotations=meta.string_map("annotations"),
            created=meta.text("creationTimestamp"),
            uid=meta.text("uid"),
            origin=self.origin,
        )
