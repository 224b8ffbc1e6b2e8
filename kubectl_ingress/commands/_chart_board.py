"""Progress of a chart's installation: our objects, helm, and what of it runs."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.commands._install_objects import row_of
from kubectl_ingress.env import Environment
from kubectl_ingress.install.own_manifest import Item
from kubectl_ingress.install.plan import Step
from kubectl_ingress.install.stages import Stage
from kubectl_ingress.render.marks import DONE, NOT_REACHED
from kubectl_ingress.render.progress import WAITING, Progress, Row

_OURS, _HELM = "definitions, namespace", "helm"


class _Part(Struct, frozen=True):
    label: str
    detail: str
    since: float | None = None


class ChartBoard:
    """On stderr. `count` is how many objects this program makes before helm begins."""

    def __init__(
        self, environment: Environment, started: float, count: int, waited: Sequence[Item]
    ) -> None:
        stream = environment.stderr
        self._progress = Progress(
            stream,
            terminal=environment.is_terminal(stream),
            colour=environment.has_colour(stream),
            labels=(_OURS, _HELM, *(item.title for item in waited)),
        )
        self._environment = environment
        self._started = started
        self._count = count
        self._applied = 0
        self._ours = _Part(_OURS, "0 applied")
        self._helm = _Part(_HELM, "is at work")
        self._stages: Sequence[Stage] = ()

    @property
    def _elapsed(self) -> float:
        return self._environment.monotonic() - self._started

    def after(self, _step: Step) -> None:
        """One more of our own objects is applied."""
        self._applied += 1
        done = self._elapsed if self._applied == self._count else None
        self._ours = _Part(_OURS, f"{self._applied} of {self._count} applied", done)
        self.tick()

    def helm_done(self, detail: str) -> None:
        """Helm has done its part."""
        self._helm = replace(self._helm, detail=detail, since=self._elapsed)
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
            Row(DONE if each.since is not None else open_mark, each.label, each.detail, each.since)
            for each in (self._ours, self._helm)
        ]
        return [*parts, *(row_of(stage, open_mark) for stage in self._stages)]
