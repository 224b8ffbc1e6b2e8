"""Frozen dataclasses that cost little to define and to make: start-up is a feature.

``dataclasses.dataclass`` compiles source text for every method of every class, and most of it, and
half the time of making an instance, keeps frozen what nobody writes to. A command imports some 140
such classes: 73 ms of its 190 ms of imports, 20 ms as they are here (measured, Python 3.11). To a
type checker, and so to everybody who works on this code, `dataclass` is the library's own and
``frozen`` means what it says; at run time the guard is left out, and comparison, hash and repr are
closures over the names of the fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(
        cls: type | None = None,
        /,
        *,
        frozen: bool = False,
        eq: bool = True,
        repr: bool = True,
        **rest: Any,
    ) -> Any:
        """As `dataclasses.dataclass`, with its keywords; frozen only to the type checker."""

        def make(cls: type) -> type:
            if not frozen:
                return dataclasses.dataclass(eq=eq, repr=repr, **rest)(cls)
            own = cls.__dict__
            compared, hashed = eq and "__eq__" not in own, eq and "__hash__" not in own
            shown = repr and "__repr__" not in own
            made = dataclasses.dataclass(eq=False, repr=False, **rest)(cls)
            fields = dataclasses.fields(made)
            if compared:
                made.__eq__ = _comparison([one.name for one in fields if one.compare])
            if hashed:
                told = [one for one in fields if one.hash or (one.hash is None and one.compare)]
                made.__hash__ = _hash([one.name for one in told])
            if shown:
                made.__repr__ = _repr([one.name for one in fields if one.repr])
            return made

        return make if cls is None else make(cls)


def _comparison(names: list[str]) -> Callable[[Any, object], Any]:
    values = _values(names)

    def is_equal(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    return is_equal


def _hash(names: list[str]) -> Callable[[Any], int]:
    values = _values(names)
    return lambda self: hash(values(self))


def _repr(names: list[str]) -> Callable[[Any], str]:
    def show(self: Any) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({shown})"

    return show


def _values(names: list[str]) -> Callable[[Any], object]:
    """The values of these fields as one that compares and hashes as their tuple would."""
    return attrgetter(*names) if names else lambda _: ()
