"""What is known to be wrong with releases of ingress-nginx: CVEs, and where they were fixed."""

from __future__ import annotations

import re

from msgspec import Struct

Number = tuple[int, int, int]


class Vulnerability(Struct, frozen=True):
    """CVEs that were published together.

    `fixed_in` is the first fixed release of each series that got one; later
    series are fixed from their beginning, earlier ones never. Empty: no
    release fixes it. `score` is the CVSS of the worst, 0.0 where unknown.
    """

    cves: tuple[str, ...]
    what: str
    fixed_in: tuple[Number, ...] = ()
    score: float = 0.0

    def affects(self, number: Number) -> bool:
        """Whether a release has it."""
        same = [fixed for fixed in self.fixed_in if fixed[:2] == number[:2]]
        if same:
            return number < same[0]
        return not self.fixed_in or number < min(self.fixed_in)


KNOWN = (
    Vulnerability(
        (
            "CVE-2025-1974",
            "CVE-2025-1097",
            "CVE-2025-1098",
            "CVE-2025-24513",
            "CVE-2025-24514",
        ),
        "whoever is in the pod network runs code in the controller, through its webhook",
        fixed_in=((1, 11, 5), (1, 12, 1)),
        score=9.8,
    ),
    Vulnerability(
        ("CVE-2025-15566",),
        "auth-proxy-set-headers injects configuration",
        fixed_in=((1, 12, 5), (1, 13, 1)),
    ),
    Vulnerability(
        ("CVE-2026-24512", "CVE-2026-1580", "CVE-2026-24513"),
        "the path of an Ingress injects configuration",
        fixed_in=((1, 13, 7), (1, 14, 3)),
        score=8.8,
    ),
    Vulnerability(
        ("CVE-2026-3288",),
        "rewrite-target injects configuration",
        fixed_in=((1, 13, 8), (1, 14, 4), (1, 15, 0)),
    ),
    Vulnerability(
        ("CVE-2026-4342",),
        "comments inject configuration",
        fixed_in=((1, 13, 9), (1, 14, 5), (1, 15, 1)),
        score=8.8,
    ),
    Vulnerability(
        ("CVE-2026-42945", "CVE-2026-9256", "CVE-2026-42533"),
        "in NGINX itself, found after the last release",
    ),
)

_NUMBER = re.compile(r"v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})", re.ASCII)


def cves_of(version: str) -> tuple[Vulnerability, ...]:
    """What a release has, by number (``1.13.0``) or tag; the worst first.

    Nothing for what is no number of a release, such as a build of another
    maker (``v1.15.1-prime3``): its fixes are its own.
    """
    matched = _NUMBER.fullmatch(version.removeprefix("controller-"))
    if matched is None:
        return ()
    number = int(matched[1]), int(matched[2]), int(matched[3])
    found = [each for each in KNOWN if each.affects(number)]
    return tuple(sorted(found, key=lambda each: -each.score))
