"""The controllers' versions: maintained, without known vulnerabilities, tested with this release of
Kubernetes.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.checkup import Checked
from kubectl_ingress.doctor.case import Case

AREA = "Controller"
NAME = "versions"
CODES = ("KI701", "KI709", "KI710")

_SAID = {"KI701": "no longer maintained", "KI709": "not tested here", "KI710": "vulnerable"}


def check(case: Case) -> Iterable[Checked]:
    """A line for each thing to know; none of them is why a request fails."""
    for finding in case.said(*CODES):
        yield Checked("version", _SAID[finding.code], finding)
