"""Reading what a client sent: unknown fields, wrong types, and the form in which it is kept.

The words are those of the real server, measured on Kubernetes 1.37. What a
handler does with unknown fields is for its query parameter fieldValidation to
say: ``Strict`` refuses with `Decoded.strict_error`; ``Warn`` and none at all
add a header ``Warning: 299 - "..."`` for each; ``Ignore`` nothing. They are
never kept. An apply patch is not decoded: it is checked against the schema.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import go_text, scalars
from kubectl_ingress.lab.apiserver.decoding_words import cannot_restore, cannot_unmarshal
from kubectl_ingress.lab.apiserver.schema import Type
from kubectl_ingress.lab.apiserver.status import Refused, bad_request

_MOST_TOLD = 100
_ANY = Type("any")


class Decoded(Struct, frozen=True):
    """An object as Go has read it, and a sentence for each field that nobody knows.

    Unknown fields and nulls are gone, and what Go cannot tell from absent: empty
    lists and maps, and zeros of fields without a pointer. Quantities, times and
    bytes have their own form. Fields that are always written are not added, see
    `complete`.
    """

    obj: Json
    unknown: list[str]
    refuse: Callable[[str], Refused]

    def strict_error(self) -> Refused:
        """How the unknown fields are refused."""
        return self.refuse(f"strict decoding error: {', '.join(self.unknown)}")


def decode(type: Type, obj: Json) -> Decoded:
    """Read an object that was sent as a whole; raises Refused where a type is wrong: 400."""
    kind, version = type.name, type.go.partition(".")[0]
    start = f'{kind} in version "{version}" cannot be handled as a {kind}: '
    return _read(type, obj, _Reading(), lambda why: bad_request(start + why))


def decode_patched(type: Type, obj: Json, strategic: Json | None = None) -> Decoded:
    """Read an object that a patch has made; raises Refused where a type is wrong: 422.

    `strategic` is the patch where it was a strategic merge patch: such a one is
    shown itself, of the others their result.
    """
    if strategic is None:
        shown = json.dumps(obj, separators=(",", ":"), ensure_ascii=False)
    else:
        shown = go_text.plain(strategic)
    reading = _Reading(restoring=strategic is not None)
    decoded = _read(type, obj, reading, lambda why: _bad_patch(shown, why))
    return replace(decoded, unknown=sorted(decoded.unknown))


def prune(type: Type, obj: Json) -> Json:
    """The object of `decode` alone. Raises Refused."""
    return decode(type, obj).obj


def complete(type: Type, value: Any) -> None:
    """Add, in place and at every depth, the fields that Go writes even where nobody set them.

    ``status: {}``, ``resources: {}``, ``loadBalancer: {}``, a Role's ``rules: null``.
    Defaults have to be set afterwards: they look at what is there.
    """
    if type.form == "object" and isinstance(value, dict):
        for name, zero in _always_written(type):
            if name not in value:
                value[name] = copy.copy(zero)
        for name, known in _with_parts(type):
            if name in value:
                complete(known, value[name])
    elif type.element is not None and type.element.form != "scalar":
        for each in value.values() if isinstance(value, dict) else value or ():
            complete(type.element, each)


@cache
def _always_written(type: Type) -> tuple[tuple[str, object], ...]:
    return tuple((name, known.zero) for name, known in type.fields.items() if known.always)


@cache
def _with_parts(type: Type) -> tuple[tuple[str, Type], ...]:
    """The fields that have fields themselves, at any depth."""
    return tuple(
        (name, known)
        for name, known in type.fields.items()
        if (known.element or known).form != "scalar" and known.form != "any"
    )


def _bad_patch(shown: str, why: str) -> Refused:
    fault = f"Invalid value: {go_text.quoted(shown)}: {why}"
    cause = {"reason": "FieldValueInvalid", "message": fault, "field": "patch"}
    # The real server names neither kind nor object here.
    return Refused(422, "Invalid", f' "" is invalid: patch: {fault}', {"causes": [cause]})


def _read(type: Type, obj: Json, reading: _Reading, refuse: Callable[[str], Refused]) -> Decoded:
    try:
        found = reading.object(type, obj, _Place("", "", ""))
    except _Stop as stop:
        raise refuse(str(stop)) from None
    if reading.fault:
        raise refuse(reading.fault)
    return Decoded(found, reading.unknown, refuse)


class _Stop(Exception):
    """Nothing is read after this fault, which makes it the one that is told."""


class _Place(Struct, frozen=True):
    """Where a value stands: in which struct, for Go's words, and for those about unknown fields.

    Go's words have the names of embedded structs and no places in lists:
    ``spec.rules.IngressRuleValue.http`` is ``spec.rules[0].http`` in the others.
    """

    struct: str
    go: str
    strict: str

    def field(self, struct: str, type: Type, name: str) -> _Place:
        """A field of the object here."""
        steps = (self.go, type.embedded, name)
        return replace(self.at(name), struct=struct, go=".".join(step for step in steps if step))

    def at(self, key: str) -> _Place:
        """A value of the map here."""
        return replace(self, strict=f"{self.strict}.{key}" if self.strict else key)

    def item(self, index: int) -> _Place:
        """An item of the list here."""
        return replace(self, strict=f"{self.strict}[{index}]")


class _Reading(Struct):
    """One object being read, from JSON or, `restoring`, from what a strategic patch has made.

    Of several wrong types in JSON Go tells the first, but a fault in a quantity
    or a time before that.
    """

    restoring: bool = False
    unknown: list[str] = field(default_factory=list)
    fault: str = ""

    def object(self, type: Type, value: Json, place: _Place) -> Json:
        found: Json = {}
        for name, each in value.items():
            if name not in type.fields:
                self._note(f"unknown field {go_text.quoted(place.at(name).strict)}")
                continue
            if each is None:
                continue
            known = type.fields[name]
            read = self.value(known, each, place.field(type.name, known, name))
            if not _is_lost(known, read):
                found[name] = read
        return found

    def value(self, type: Type, value: Any, place: _Place) -> Any:
        if value is None:
            return copy.copy(type.zero)
        element = type.element or _ANY
        if type.form == "scalar":
            return self._scalar(type, value, place)
        if type.form == "object" and isinstance(value, dict):
            return self.object(type, value, place)
        if type.form == "map" and isinstance(value, dict):
            return {key: self.value(element, each, place.at(key)) for key, each in value.items()}
        if type.form == "list" and isinstance(value, list):
            return [
                self.value(element, each, place.item(index)) for index, each in enumerate(value)
            ]
        return value if type.form == "any" else self._mismatch(type, value, place)

    def _scalar(self, type: Type, value: Any, place: _Place) -> Any:
        match type.scalar:
            case "string" | "boolean":
                wanted = str if type.scalar == "string" else bool
                return value if isinstance(value, wanted) else self._mismatch(type, value, place)
            case "integer":
                return self._integer(type, value, place)
            case "bytes":
                return self._bytes(type, value, place)
            case "int-or-string":
                if isinstance(value, str) or _is_integer(value, 32):
                    return value
                raise self._stop(value, "int32", place)
            case "time" if not isinstance(value, str):
                raise self._stop(value, "string", place)
        try:
            if type.scalar == "time":
                return scalars.time(value, micro=type.go == "v1.MicroTime")
            return scalars.quantity(value if isinstance(value, str) else json.dumps(value))
        except scalars.Unreadable as unreadable:
            raise _Stop(str(unreadable)) from None

    def _integer(self, type: Type, value: Any, place: _Place) -> Any:
        if self.restoring and isinstance(value, float) and value.is_integer():
            value = int(value)
        return value if _is_integer(value, type.bits) else self._mismatch(type, value, place)

    def _bytes(self, type: Type, value: Any, place: _Place) -> Any:
        if not isinstance(value, str):
            return self._mismatch(type, value, place)
        try:
            return scalars.encoded(value)
        except scalars.Unreadable as unreadable:
            if self.restoring:
                raise _Stop(f"error decoding from json: {unreadable}") from None
            self.fault = self.fault or str(unreadable)
            return ""

    def _mismatch(self, type: Type, value: Any, place: _Place) -> Any:
        if self.restoring:
            raise _Stop(cannot_restore(value, type))
        self.fault = self.fault or cannot_unmarshal(value, type.go, place.struct, place.go)
        return copy.copy(type.zero)

    def _stop(self, value: Any, go: str, place: _Place) -> _Stop:
        struct = "" if self.restoring else place.struct
        return _Stop(cannot_unmarshal(value, go, struct, place.go))

    def _note(self, sentence: str) -> None:
        if len(self.unknown) < _MOST_TOLD:
            self.unknown.append(sentence)


def _is_integer(value: Any, bits: int) -> bool:
    limit = 1 << (bits - 1)
    return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit


def _is_lost(type: Type, value: Any) -> bool:
    """Whether Go cannot tell the value of a field from none."""
    if type.form in ("list", "map"):
        return not value
    if type.form != "scalar" or type.pointer:
        return False
    return bool(value == type.zero)
