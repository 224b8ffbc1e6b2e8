"""Who serves which class: two controllers for one, a class that nobody serves, a controller to
which no class leads, two defaults.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.checkup import Checked
from kubectl_ingress.doctor.case import Case

AREA = "Classes"
NAME = "classes"
CODES = ("KI206", "KI207", "KI208", "KI209")


def check(case: Case) -> Iterable[Checked]:
    """A line for each class, or for what is wrong with it."""
    wrong = list(case.said(*CODES))
    about = {one.object for one in wrong}
    for one in wrong:
        yield Checked(one.object.partition(" ")[2] or "classes", _IN_WORDS[one.code], one)
    ours = {name for each in case.controllers for name in each.classes}
    for entry in case.inventory.classes:
        if f"IngressClass {entry.name}" in about or (case.narrowed and entry.name not in ours):
            continue
        if entry.served_by:
            default = ", the default" if entry.is_default else ""
            yield Checked(entry.name, f"served by {', '.join(entry.served_by)}{default}")


_IN_WORDS = {
    "KI206": "claimed twice",
    "KI207": "served by nobody",
    "KI208": "no class leads to it",
    "KI209": "served by nobody",
}
