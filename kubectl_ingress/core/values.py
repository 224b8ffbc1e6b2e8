"""The value of a setting, and where it stands."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.records import Compared
from kubectl_ingress.core.request import Step


class Value(Compared, Struct, frozen=True):
    """One value, with the object that has it and the place in there, both as in a Step.

    A default has no object. What is compared is the text alone.
    """

    uncompared = ("source", "field")

    text: str = ""
    source: str = ""
    field: tuple[str | int, ...] = ()

    def step(self, stage: str, text: str, passed: bool = True) -> tuple[Step, ...]:
        """The reason that it is of something."""
        return (Step(stage, text, self.source, passed, self.field),)

    def doubt(self, what: str, statuses: tuple[int, ...] = ()) -> Finding:
        """A KI401: what of it nobody can know here; `statuses` are those it may answer with."""
        message = f"not known here: {what}"
        return Finding("KI401", "warning", message, self.source, statuses=statuses)


UNSET = Value()
