"""A message of the API in protobuf, read into the JSON that a client would have sent instead.

Types are the schema's; the numbers of the fields are in field_numbers.json, which
hack/lab_protobuf.py writes. Zeros are left out where Go's JSON has none. How Go reads
what is a value in JSON: apimachinery's time_proto.go, micro_time_proto.go and
quantity_proto.go.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.protobuf_wire import PIECE, VARINT, Unreadable, Wire, signed
from kubectl_ingress.lab.apiserver.schema import facts

MOST_FIELDS = 100_000
"""Of one message with all that is in it: two bytes on the wire can be an object of hundreds."""
BARE = "bare"
"""The type of a field whose bytes are wanted as they are."""
_BITS = {"int32": 32, "int64": 64}
_EPOCH = datetime(1970, 1, 1)


class Field(Struct, frozen=True):
    """A field of a message: its name in JSON, and its type as schema.json has it.

    `zero` says whether JSON has it even where it is zero.
    """

    name: str
    type: str
    zero: bool = True

    @property
    def go(self) -> str:
        """What Go calls it, but for abbreviations."""
        return "ObjectMeta" if self.name == "metadata" else self.name[:1].upper() + self.name[1:]


class Table(Struct, frozen=True):
    """A message's fields by their numbers; embedded messages, whose fields are its own in JSON."""

    name: str
    fields: dict[int, Field]
    embedded: dict[int, Table]


def numbered(name: str, *fields: Field) -> Table:
    """The table of a message with these fields: 1, 2, and so on."""
    return Table(name, dict(enumerate(fields, 1)), {})


@cache
def table_of(definition: str) -> Table:
    """The table of a definition in schema.json, such as ``core.v1.Pod``."""
    written = facts()["definitions"][definition]["fields"]
    return _table(definition.rpartition(".")[2], _numbers()[definition], written)


def read(table: Table, data: memoryview) -> Json:
    """A whole message. Raises Unreadable."""
    return _Reading().message(table, data, {})


@cache
def _numbers() -> Json:
    found: Json = json.loads(Path(__file__).with_name("field_numbers.json").read_bytes())
    return found


def _table(name: str, numbers: Json, written: Json) -> Table:
    fields, embedded = {}, {}
    for number, field in numbers.items():
        if isinstance(field, dict):
            embedded[int(number)] = _table(name, field, written)
            continue
        known = written[field]
        known = {"type": known} if isinstance(known, str) else known
        zero = "absent" in known or known.get("pointer", False)
        fields[int(number)] = Field(field, known["type"], zero)
    return Table(name, fields, embedded)


_TIMESTAMP = numbered("Timestamp", Field("seconds", "int64"), Field("nanos", "int32"))
_VALUES = {
    "any": numbered("FieldsV1", Field("raw", "string")),
    "int-or-string": numbered(
        "IntOrString",
        Field("type", "int64"),
        Field("intVal", "int32"),
        Field("strVal", "string"),
    ),
    "micro-time": _TIMESTAMP,
    "quantity": numbered("Quantity", Field("string", "string")),
    "time": _TIMESTAMP,
}
"""Messages that are values in JSON."""


@cache
def _entry_table(element: str) -> Table:
    """A map's entry; values that are lists are messages with nothing but the list."""
    key, value = Field("key", "string"), Field("value", element)
    if element.startswith("[]"):
        return Table("Entry", {1: key}, {2: numbered("Items", value)})
    return numbered("Entry", key, value)


@cache
def _item(name: str, element: str) -> Field:
    """One of a list, which has the list's number and name."""
    return Field(name, element)


class _Reading(Struct):
    """One message being read. No definition contains itself, which bounds the depth."""

    left: int = MOST_FIELDS

    def message(self, table: Table, data: memoryview, found: Json) -> Json:
        """Add a message's fields to those that an earlier part of it has given."""
        wire = Wire(data)
        for number, kind in wire.tags(table.name):
            self._count()
            field = table.fields.get(number)
            if field is not None:
                self._field(field, wire, kind, found)
            elif number in table.embedded:
                _check_kind(kind, PIECE, table.embedded[number].name)
                self.message(table.embedded[number], wire.piece(), found)
            else:
                wire.skip(kind)
        return found

    def _field(self, field: Field, wire: Wire, kind: int, found: Json) -> None:
        form, element = field.type[:2], field.type[2:]
        if form == "[]":
            values = found.setdefault(field.name, [])
            if kind == PIECE and element in _BITS:
                self._packed(element, Wire(wire.piece()), values)
            else:
                values.append(self._value(_item(field.name, element), wire, kind, {}))
        elif form == "{}":
            _check_kind(kind, PIECE, field.go)
            entry = self.message(_entry_table(element), wire.piece(), {})
            value = entry["value"] if "value" in entry else _nothing(element)
            found.setdefault(field.name, {})[entry.get("key", "")] = value
        else:
            value = self._value(field, wire, kind, found.get(field.name) or {})
            if value or field.zero or isinstance(value, dict):
                found[field.name] = value
            else:
                found.pop(field.name, None)

    def _value(self, field: Field, wire: Wire, kind: int, before: Json) -> Any:
        if field.type in _BITS or field.type == "boolean":
            _check_kind(kind, VARINT, field.go)
            number = wire.varint()
            return signed(number, _BITS[field.type]) if field.type in _BITS else bool(number)
        _check_kind(kind, PIECE, field.go)
        data = wire.piece()
        if field.type == BARE:
            return data
        if field.type == "bytes":
            return base64.b64encode(data).decode()
        if field.type == "string":
            # Go takes any bytes, and writes them into JSON like this.
            return str(data, "utf-8", "replace")
        if field.type in _VALUES:
            return _in_json(field.type, self.message(_VALUES[field.type], data, {}), bool(data))
        return self.message(table_of(field.type), data, before)

    def _packed(self, element: str, wire: Wire, values: list[int]) -> None:
        while not wire.ended:
            self._count()
            values.append(signed(wire.varint(), _BITS[element]))

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Unreadable(f"the body has more than {MOST_FIELDS} fields")


def _check_kind(kind: int, wanted: int, field: str) -> None:
    if kind != wanted:
        raise Unreadable(f"proto: wrong wireType = {kind} for field {field}")


def _nothing(element: str) -> Any:
    """The value of a map's entry that has none."""
    if element.startswith("[]"):
        return []
    return {} if "." in element else "0" if element == "quantity" else ""


def _in_json(type: str, parts: Json, said: bool) -> Any:
    """The value that a message stands for; `said` means that it was not empty."""
    match type:
        case "quantity":
            return parts.get("string", "0")
        case "int-or-string":
            if parts.get("type", 0) not in (0, 1):
                # The real server breaks the connection.
                raise Unreadable("impossible IntOrString.Type")
            return parts.get("strVal", "") if parts.get("type") else parts.get("intVal", 0)
        case "any":
            return _json(parts.get("raw", ""))
    return _time(parts, micro=type == "micro-time") if said else None


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from None


def _time(parts: Json, *, micro: bool) -> str | None:
    nanos = parts.get("nanos", 0) if micro else 0
    try:
        # Towards zero, as Go truncates.
        after = timedelta(seconds=parts.get("seconds", 0), microseconds=int(nanos / 1000))
        found = _EPOCH + after
    except OverflowError:
        raise Unreadable("year outside of range [0,9999]") from None
    if found == datetime.min:
        return None
    return found.isoformat(timespec="microseconds" if micro else "seconds") + "Z"
