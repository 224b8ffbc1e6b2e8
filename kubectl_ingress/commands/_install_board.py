"""Shows an installation as it goes: steps that are applied, then stages that are waited for."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from kubectl_ingress.env import Environment
from kubectl_ingress.install.plan import Plan, Step
from kubectl_ingress.install.settings import CONTROLLER_NAME
from kubectl_ingress.install.stages import CONTROLLER, LOAD_BALANCER, WEBHOOK, Stage
from kubectl_ingress.providers import Variant
from kubectl_ingress.render.marks import BROKEN, DONE, NOT_REACHED, PROBLEM
from kubectl_ingress.render.progress import WAITING, Progress, Row

_BASE = "namespace, permissions, configuration"
_SERVICE = f"Service {CONTROLLER_NAME}"


class Board:
    """Progress of one installation on stderr."""

    def __init__(
        self, environment: Environment, started: float, plan: Plan, variant: Variant
    ) -> None:
        stream = environment.stderr
        stages = (CONTROLLER, WEBHOOK, *((LOAD_BALANCER,) if variant.balanced else ()))
        self._progress = Progress(
            stream,
            terminal=environment.is_terminal(stream),
            colour=environment.has_colour(stream),
            labels=(_BASE, _SERVICE, *stages),
        )
        self._environment = environment
        self._started = started
        self._service = next(i for i, step in enumerate(plan.steps) if step.title == _SERVICE)
        self._plan = plan
        self._variant = variant
        self.applied = 0
        self._base = Row(WAITING, _BASE, "")
        self._service_row = Row(NOT_REACHED, _SERVICE, "")
        self._stages: Sequence[Stage] = ()

    @property
    def _elapsed(self) -> float:
        return self._environment.monotonic() - self._started

    def after(self, step: Step) -> None:
        """One more step of the plan is done."""
        self.applied += 1
        base, elapsed = self._service, self._elapsed
        if self.applied < base:
            self._base = replace(self._base, detail=f"{self.applied} of {base}")
        elif self.applied == base:
            self._base = Row(DONE, _BASE, f"{base} objects", elapsed)
            self._service_row = Row(WAITING, _SERVICE, "")
        elif self.applied == base + 1:
            kind, balancer = self._variant.service_type, self._variant.balancer
            detail = f"{kind} ({balancer})" if balancer else kind
            self._service_row = Row(DONE, _SERVICE, detail, elapsed)
        self._progress.show(self._rows(), elapsed)

    def show(self, stages: Sequence[Stage], last: bool) -> None:
        """The stages as they are now; the last ones are left to `finish`."""
        self._stages = stages
        if not last:
            self._progress.show(self._rows(), self._elapsed)

    def finish(self, open_mark: str = NOT_REACHED) -> None:
        """Nothing more will happen: leave the last state, with `open_mark` on what is not done."""
        self._progress.finish(self._rows(open_mark), self._elapsed)

    def _rows(self, open_mark: str = WAITING) -> list[Row]:
        rows = [self._base, self._service_row]
        if open_mark != WAITING:
            rows = [replace(row, mark=open_mark) if row.mark == WAITING else row for row in rows]
        return rows + [_row(stage, open_mark) for stage in self._stages]


def _row(stage: Stage, open_mark: str) -> Row:
    final = open_mark != WAITING
    notes: tuple[tuple[str, str], ...] = ()
    mark = open_mark if stage.reached else NOT_REACHED
    if stage.done:
        mark = DONE
    elif stage.problem is not None:
        mark = BROKEN if final else PROBLEM
        fix = (("Fix", stage.problem.fix),) if final and stage.problem.fix else ()
        notes = ((stage.problem.code, stage.problem.message), *fix)
    return Row(mark, stage.label, stage.detail, stage.seconds, notes)
