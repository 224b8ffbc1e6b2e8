"""What records compare, and what subclasses of them do."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.records import Compared


class Point(Compared, Struct, frozen=True):
    """Two compared fields and one that is left out."""

    uncompared = ("note",)

    x: int
    y: tuple[int, ...] = ()
    note: str = ""


class Named(Point, frozen=True):
    """One more; the note is still left out."""

    name: str = ""


class Nothing(Compared, Struct, frozen=True):
    """No field at all."""


def test_what_is_left_out_does_not_count() -> None:
    assert Point(1, (2,), "a") == Point(1, (2,), "b")
    assert hash(Point(1, (2,), "a")) == hash(Point(1, (2,), "b"))
    assert Point(1) != Point(2)
    assert Point(1, (2,)) != Point(1)
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1


def test_a_subclass_compares_its_own_fields_too() -> None:
    assert Named(1, (), "a", "n") == Named(1, (), "b", "n")
    assert Named(1, name="n") != Named(1, name="m")
    assert hash(Named(1, note="a", name="n")) == hash(Named(1, note="b", name="n"))


def test_only_the_same_kind_is_equal() -> None:
    other: object = Named(1)
    assert Point(1) != other
    assert other != Point(1)
    assert Point(1) != (1, (), "")
