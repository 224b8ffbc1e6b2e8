"""Whether kubectl runs this program for `kubectl ingress`, or another plugin that comes first on
PATH (krew's, an old copy), or one of the longer name kubectl-ingress-COMMAND.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from kubectl_ingress.core.checkup import Checked
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.doctor.case import Case
from kubectl_ingress.doctor.plugins import is_other

AREA = "Program"
NAME = "plugin"
CODES = ("KI720",)


def check(case: Case) -> Iterable[Checked]:
    """One line, or one for each program that is in the way."""
    plugins = case.plugins
    wrong = []
    if is_other(plugins):
        message = (
            f"kubectl ingress runs {plugins.first}, which comes first on PATH, and not "
            f"{plugins.own}"
        )
        wrong.append(Finding("KI720", "warning", message, fix=_remove(plugins.first)))
    for program in plugins.commands:
        word = program.rpartition("kubectl-ingress-")[2].replace("_", "-")
        message = f"kubectl runs {program} for kubectl ingress {word}: the longer name wins"
        wrong.append(Finding("KI720", "warning", message, fix=_remove(program)))
    for one in wrong:
        yield Checked("plugin", "another program is run", one)
    if not wrong:
        more = f"; shadowed by it: {', '.join(plugins.others)}" if plugins.others else ""
        yield Checked("plugin", f"{plugins.first or 'not on PATH'}{more}")


def _remove(program: str) -> str:
    if "/.krew/" in program:
        return "kubectl krew uninstall ingress"
    return f"mv {shlex.quote(program)} {shlex.quote(program + '.off')}"
