"""Whether a load balancer that checks its backends itself, as GKE's does, finds them healthy."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.checkup import Checked
from kubectl_ingress.doctor.case import Case

AREA = "Load balancer"
NAME = "backends"
CODES = ("KI606",)


def check(case: Case) -> Iterable[Checked]:
    """A line for each load balancer with backends that are not."""
    for finding in case.said(*CODES):
        yield Checked("backends", "not all healthy", finding)
