"""Records that are compared without what only explains them.

Records are msgspec's Structs everywhere in this program: a command imports some 140 of them, and
where the library's dataclasses need 340 µs to define one and 0.3 µs to make one, a Struct needs 18
and 0.1 (measured, Python 3.11), and frozen means it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar


class Compared:
    """A base before Struct: all fields are compared and hashed but those in `uncompared`."""

    __slots__ = ()

    uncompared: ClassVar[tuple[str, ...]] = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Compared) or other.__class__ is not self.__class__:
            return NotImplemented
        return self._compared == other._compared

    def __hash__(self) -> int:
        return hash(self._compared)

    @property
    def _compared(self) -> object:
        record: Any = self.__class__
        return _values(record)(self)


@cache
def _values(record: type[Any]) -> Callable[[Any], object]:
    """What gives the compared fields of such a record, as something that compares as a whole."""
    fields: tuple[str, ...] = record.__struct_fields__
    names = [name for name in fields if name not in record.uncompared]
    return attrgetter(*names) if names else lambda _: ()
