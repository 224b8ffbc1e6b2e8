"""Progress of an installation of objects: what is applied, what helm does, what of it runs."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from kubectl_ingress.env import Environment
from kubectl_ingress.install.own_manifest import Item
from kubectl_ingress.install.plan import Step
from kubectl_ingress.install.stages import Stage
from kubectl_ingress.render.marks import BROKEN, DONE, NOT_REACHED, PROBLEM
from kubectl_ingress.render.progress import WAITING, Progress, Row

_HELM = "helm"


class ObjectsBoard:
    """On stderr. `count` is how many objects this program applies, `label` what they are.

    `helm`: then helm is at work.
    """

    def __init__(
        self,
        environment: Environment,
        started: float,
        count: int,
        waited: Sequence[Item],
        *,
        label: str = "objects",
        helm: bool = False,
    ) -> None:
        stream = environment.stderr
        self._environment = environment
        self._started = started
        self._count = count
        self.applied = 0
        self._objects = Row(WAITING, label, f"0 of {count}")
        self._helm = [Row(WAITING, _HELM, "is at work")] if helm else []
        self._stages: Sequence[Stage] = ()
        self._progress = Progress(
            stream,
            terminal=environment.is_terminal(stream),
            colour=environment.has_colour(stream),
            labels=(label, *(row.label for row in self._helm), *(item.title for item in waited)),
        )

    @property
    def _elapsed(self) -> float:
        return self._environment.monotonic() - self._started

    def after(self, _step: Step) -> None:
        """One more object is applied."""
        self.applied += 1
        if self.applied < self._count:
            self._objects = replace(self._objects, detail=f"{self.applied} of {self._count}")
        else:
            self._objects = _done(self._objects, f"{self._count} applied", self._elapsed)
        self.tick()

    def helm_done(self, detail: str) -> None:
        """Helm has done its part."""
        self._helm = [_done(row, detail, self._elapsed) for row in self._helm]
        self.tick()

    def tick(self) -> None:
        """Nothing is new, but time has passed."""
        self._progress.show(self._rows(), self._elapsed)

    def show(self, stages: Sequence[Stage], last: bool) -> None:
        """The stages as they are now; the last ones are left to `finish`."""
        self._stages = stages
        if not last:
            self.tick()

    def finish(self, open_mark: str = NOT_REACHED) -> None:
        """Nothing more will happen: leave the last state, with `open_mark` on what is not done."""
        self._progress.finish(self._rows(open_mark), self._elapsed)

    def _rows(self, open_mark: str = WAITING) -> list[Row]:
        parts = [
            row if row.mark == DONE else replace(row, mark=open_mark)
            for row in (self._objects, *self._helm)
        ]
        return [*parts, *(_row_of(stage, open_mark) for stage in self._stages)]


def _done(row: Row, detail: str, seconds: float) -> Row:
    return Row(DONE, row.label, detail, seconds)


def _row_of(stage: Stage, open_mark: str) -> Row:
    if stage.done or stage.problem is None:
        mark = DONE if stage.done else open_mark
        return Row(mark, stage.label, stage.detail, stage.seconds)
    final = open_mark != WAITING
    fix = (("Fix", stage.problem.fix),) if final and stage.problem.fix else ()
    notes = ((stage.problem.code, stage.problem.message), *fix)
    return Row(BROKEN if final else PROBLEM, stage.label, stage.detail, stage.seconds, notes)
