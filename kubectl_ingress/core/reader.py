"""Fields of one untrusted object, each of the type that it should have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from kubectl_ingress.core.edits import Mend, Path, SetValue
from kubectl_ingress.core.objects import Finding, Meta, Origin

_T = TypeVar("_T")
_OF_METADATA = ("annotations", "labels")


class Reader:
    """Reads fields of one untrusted object, noting each that has the wrong type."""

    __slots__ = ("_above", "_meta", "_name", "data", "findings", "origin")

    def __init__(
        self, data: object, name: str, origin: Origin, above: Reader | None = None
    ) -> None:
        self.data: Mapping[str, object] = data if isinstance(data, dict) else {}
        self.origin = origin
        self.findings: list[Finding] = [] if above is None else above.findings
        self._name = name
        self._above = above
        self._meta: Meta | None = None
        if data is not None and not isinstance(data, dict):
            self.note("", "a mapping")

    @property
    def name(self) -> str:
        """What findings call it: made when there is one, for there are many readers."""
        return self._name if self._above is None else f"{self._above.name} {self._name}"

    @property
    def place(self) -> Path:
        """Where it stands in its object: keys, and indexes of lists."""
        if self._above is None:
            return ()
        key, _, index = self._name.removesuffix("]").partition("[")
        return (*self._above.place, key, *((int(index),) if index else ()))

    def note(
        self,
        field: str,
        wanted: str,
        place: Path = (),
        mend: Mend | None = None,
        fix: str = "",
    ) -> None:
        """A Finding that a field is not what it should be.

        `place` is where that stands in its object, () for the field itself.
        """
        where = f"{field} " if field else ""
        message = f"{self.name}: {where}is not {wanted}"
        place = place or (*self.place, *((field,) if field else ()))
        finding = Finding("KI901", "error", message, self.name, self.origin, fix, place, mend)
        self.findings.append(finding)

    def _get(self, field: str, types: type[_T] | tuple[type[_T], ...], wanted: str) -> _T | None:
        value = self.data.get(field)
        if value is None or value.__class__ is types:
            return value
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
        wrong = [
            key for key, v in values.items() if not isinstance(key, str) or not isinstance(v, str)
        ]
        if wrong:
            wanted = "a mapping of strings (quote numbers and booleans)"
            told = f"{wanted}: {', '.join(map(str, wrong[:3]))}"
            if field in _OF_METADATA:
                mend = _in_quotes(("metadata", field), {key: values[key] for key in wrong})
                self.note(field, told, ("metadata", field, str(wrong[0])), mend)
            else:
                self.note(field, told)
            return {k: v for k, v in values.items() if isinstance(k, str) and isinstance(v, str)}
        return dict(values)

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
        return Reader(data, field, self.origin, self)

    def meta(self) -> Meta:
        """``metadata``."""
        if self._meta is None:
            self._meta = self._read_meta()
        return self._meta

    def renamed(self, data: Mapping[str, object], name: str) -> Reader:
        """For the same object once its name is known, `data` being all of it."""
        other = Reader(data, name, self.origin)
        if not self.findings and data is self.data:
            other._meta = self._meta
        return other

    def _read_meta(self) -> Meta:
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


def _in_quotes(path: tuple[str, ...], values: Mapping[object, object]) -> Mend | None:
    """Booleans and numbers as the text of their own, None where something else is among them."""
    edits = []
    for key, value in values.items():
        if not isinstance(key, str) or not isinstance(value, bool | int | float):
            return None
        text = str(value).lower() if isinstance(value, bool) else str(value)
        edits.append(SetValue((*path, key), text))
    return Mend(tuple(edits))
