"""`records.dataclass` beside the library's own: the same in all that code can see but the guard."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from kubectl_ingress.core import records


@records.dataclass(frozen=True, slots=True)
class Point:
    """Two compared fields and one that is left out."""

    x: int
    y: tuple[int, ...] = ()
    note: str = dataclasses.field(default="", compare=False, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Own:
    """The same, by the library."""

    x: int
    y: tuple[int, ...] = ()
    note: str = dataclasses.field(default="", compare=False, repr=False)


@records.dataclass(frozen=True)
class Nothing:
    """No field at all."""


@records.dataclass(frozen=True, slots=True, eq=False)
class Itself:
    """Compared by identity."""

    x: int


@records.dataclass(frozen=True)
class Custom:
    """With a comparison and a hash of its own."""

    x: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Custom)

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "custom"


def test_comparison_and_hash() -> None:
    assert Point(1, (2,), "a") == Point(1, (2,), "b")
    assert hash(Point(1, (2,), "a")) == hash(Point(1, (2,), "b"))
    assert Point(1) != Point(2)
    other: object = Own(1)
    assert Point(1) != other
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1
    assert Itself(1) != Itself(1)
    assert Custom(1) == Custom(2)
    assert hash(Custom(1)) == 7


def test_repr_is_the_library_s() -> None:
    assert repr(Point(1, (2,))) == repr(Own(1, (2,))).replace("Own", "Point")
    assert repr(Nothing()) == "Nothing()"
    assert repr(Custom(1)) == "custom"


def test_the_library_s_functions_take_it() -> None:
    assert dataclasses.replace(Point(1, (2,), "a"), x=3) == Point(3, (2,))
    assert dataclasses.astuple(Point(1)) == (1, (), "")
    assert [one.name for one in dataclasses.fields(Point)] == ["x", "y", "note"]
    assert copy.copy(Point(1)) == Point(1)
    assert pickle.loads(pickle.dumps(Point(1, (2,)))) == Point(1, (2,))
    match Point(1, (2,)):
        case Point(x, y):
            assert (x, y) == (1, (2,))


def test_fields_are_slots() -> None:
    with pytest.raises(AttributeError):
        Point(1).other = 2  # type: ignore[attr-defined]
