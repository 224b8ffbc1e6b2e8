"""What may not be read, so that it was not looked at."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.checkup import Checked
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.doctor.case import Case

AREA = "Program"
NAME = "unread"
CODES = ("KI905",)


def check(case: Case) -> Iterable[Checked]:
    """A line for each kind of object."""
    told = [*case.unread, *(one.why for one in case.inventory.unread)]
    told += [one.message for one in case.snapshot.findings if one.code == "KI905"]
    for sentence in dict.fromkeys(told):
        yield Checked("not read", "no right to", Finding("KI905", "info", sentence))
