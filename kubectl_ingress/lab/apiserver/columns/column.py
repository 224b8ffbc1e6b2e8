"""What a column is, those that many kinds have, and how cells read an object.

A watch's bookmark is a row too, of an object that has nothing but metadata without a name:
so nothing is taken for given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import ages

Cell = str | int
Columns = Mapping[str, tuple["Column", ...]]

NONE = "<none>"
WIDE = 1


class Column(Struct, frozen=True):
    """One column; `cell` is what it holds for an object at a time.

    `type` and `format` are OpenAPI's. `priority` 0 is always shown, 1 (WIDE) with `-o wide`.
    """

    name: str
    cell: Callable[[Json, datetime], Cell]
    type: str = "string"
    format: str = ""
    priority: int = 0

    def definition(self) -> Json:
        """Its TableColumnDefinition."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": "",
            "priority": self.priority,
        }


def part(obj: Json | None, *fields: str) -> Any:
    """What is in a field below others; None where one of these is missing, or null."""
    found: Any = obj
    for field in fields:
        found = (found or {}).get(field)
    return found


def word(obj: Json, *fields: str) -> str:
    """The string in a field; "" where there is none."""
    return str(part(obj, *fields) or "")


def count(obj: Json, *fields: str) -> int:
    """The number in a field; counters are left out while they are 0."""
    return int(part(obj, *fields) or 0)


def items(obj: Json | None, *fields: str) -> list[Any]:
    """The list in a field; [] where there is none."""
    return part(obj, *fields) or []


def text(name: str, cell: Callable[[Json], str], priority: int = 0) -> Column:
    """A column of strings that the time does not change."""
    return Column(name, lambda obj, _: cell(obj), priority=priority)


def words(name: str, *fields: str, empty: str = "", priority: int = 0) -> Column:
    """A column that shows a field as it is, or `empty`."""
    return text(name, lambda obj: word(obj, *fields) or empty, priority)


def number(name: str, cell: Callable[[Json], int], type: str = "integer") -> Column:
    """A column of numbers; some kinds declare these as strings."""
    return Column(name, lambda obj, _: cell(obj), type)


def counter(name: str, *fields: str, type: str = "integer") -> Column:
    """A column that shows a number of the object."""
    return number(name, lambda obj: count(obj, *fields), type)


def name_of(obj: Json, _now: datetime | None = None) -> str:
    """An object's name."""
    return word(obj, "metadata", "name")


def age_of(obj: Json, now: datetime) -> str:
    """The time since an object's creation."""
    return ages.since(word(obj, "metadata", "creationTimestamp"), now)


NAME = Column("Name", name_of, format="name")
AGE = Column("Age", age_of)

# Of every kind that has no columns of its own: apiserver's pkg/registry/rest/table.go.
_NEVER = "0001-01-01T00:00:00Z"
CREATED_AT = Column(
    "Created At", lambda obj, _: word(obj, "metadata", "creationTimestamp") or _NEVER, "date"
)
DEFAULT = (NAME, CREATED_AT)
