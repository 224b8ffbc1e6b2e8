"""The value of a setting, and where it stands."""

from __future__ import annotations

from dataclasses import field

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.records import dataclass
from kubectl_ingress.core.request import Step


@dataclass(frozen=True, slots=True)
class Value:
    """One value, with the object that has it and the place in there, both as in a Step.

    A default has no object. What is compared is the text alone.
    """

    text: str = ""
    source: str = field(default="", compare=False)
    field: tuple[str | int, ...] = field(default=(), compare=False)

    def step(self, stage: str, text: str, passed: bool = True) -> tuple[Step, ...]:
        """The reason that it is of something."""
        return (Step(stage, text, self.source, passed, self.field),)

    def doubt(self, what: str) -> Finding:
        """A KI401: what of it nobody can know here."""
        return Finding("KI401", "warning", f"not known here: {what}", self.source)


UNSET = Value()
