"""What `lint` finds wrong with the Ingresses in question and with what they lead to, for the
controller that runs: PROXY protocol, NetworkPolicies, annotations, Services, endpoints, conflicts.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.checkup import Checked, State
from kubectl_ingress.core.report import Found
from kubectl_ingress.doctor.case import Case
from kubectl_ingress.doctor.checks import application

AREA = "Ingresses"
NAME = "routes"
CODES = ("those of lint",)

# Of these there are checks of their own, which know more of the cluster.
_ELSEWHERE = ("KI206", "KI302", "KI304", "KI624", "KI701", "KI709", "KI710")
# More than these that are fine are counted.
_MANY = 20
# They stop the changes of everybody.
_FOR_ALL = ("KI501",)


def check(case: Case) -> Iterable[Checked]:
    """A line for each Ingress, or for each finding about it."""
    findings = [one for one in case.report.found if one.finding.code not in _ELSEWHERE]
    findings = [one for one in findings if _concerns(one, case)]
    about = {one.finding.object for one in findings}
    fine = [one for one in case.ingresses if f"Ingress {one.meta.key}" not in about]
    taken = {one.meta.key: live for one in fine if (live := case.live_of(one)) is not None}
    if len(taken) > _MANY:
        yield Checked("Ingresses", f"{len(taken)} without a finding")
    for key, live in taken.items() if len(taken) <= _MANY else ():
        yield Checked(key, f"taken by {live.table.controller}")
    # Most rules go by what the controller makes of an Ingress.
    alone = [one.meta.key for one in fine if one.meta.key not in taken]
    text = "no controller takes it, so little was looked at"
    if len(alone) > _MANY:
        yield Checked("Ingresses", f"{len(alone)}: {text}", otherwise=State.SKIPPED)
    for key in alone if len(alone) <= _MANY else ():
        yield Checked(key, text, otherwise=State.SKIPPED)
    # Told once: a class that is not there, and why no pod is ready.
    classless = {one.fix for one in case.said("KI208")}
    unready = {line.finding.object for line in application.check(case) if line.finding}
    for one in findings:
        finding = one.finding
        label = finding.object.partition(" ")[2] or "objects"
        if finding.code == "KI202" and finding.fix in classless:
            yield Checked(label, f"{one.rule}: KI208, as above", otherwise=State.ERROR)
        elif finding.code == "KI105" and finding.object in unready:
            continue
        else:
            yield Checked(label, one.rule, finding)
    if not case.ingresses:
        where = f"namespace {case.namespace}" if case.namespace else "this cluster"
        yield Checked("Ingresses", f"there are none in {where}", otherwise=State.SKIPPED)


def _concerns(found: Found, case: Case) -> bool:
    finding = found.finding
    return finding.code in _FOR_ALL or case.concerns(finding)
