"""What is known of the releases of ingress-nginx that somebody may still run: pure.

From the project's list of supported versions (autumn 2026). What can be
installed, and what is known to be wrong with it, is in install/.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kubectl_ingress.core.inventory import Vulnerability
from kubectl_ingress.install.settings import NAME
from kubectl_ingress.install.versions import VERSIONS
from kubectl_ingress.install.vulnerabilities import cves_of

Minor = tuple[int, int]

_END_OF_LIFE: Mapping[str, str] = MappingProxyType({NAME: "2026-03", "aks-app-routing": "2026-11"})

# Releases that are not installed any more -> the Kubernetes minors, first and
# last, that they were tested with.
_OLDER: Mapping[Minor, tuple[Minor, Minor]] = MappingProxyType(
    {
        (1, 12): ((1, 28), (1, 32)),
        (1, 11): ((1, 26), (1, 30)),
        (1, 10): ((1, 26), (1, 30)),
        (1, 9): ((1, 25), (1, 29)),
        (1, 8): ((1, 24), (1, 27)),
        (1, 7): ((1, 24), (1, 27)),
        (1, 6): ((1, 23), (1, 26)),
        (1, 3): ((1, 20), (1, 24)),
        (0, 49): ((1, 19), (1, 21)),
    }
)

_OF_OTHERS: Mapping[tuple[str, str], tuple[Vulnerability, ...]] = MappingProxyType(
    {("f5-nginx", "5.5.4"): (Vulnerability(("CVE-2026-77180",), "", None, ("5.6.1",)),)}
)


def end_of_life(name: str) -> str:
    """Year and month since which, or until which, it gets fixes no more; "" if not known."""
    return _END_OF_LIFE.get(name, "")


def tested_with(name: str, version: str) -> tuple[Minor, Minor] | None:
    """The first and the last Kubernetes minor, None where that is not known."""
    minor = _minor(version)
    if name != NAME or minor is None:
        return None
    for known in VERSIONS.values():
        if _minor(known.number) == minor:
            return known.oldest, known.newest
    return _OLDER.get(minor)


def vulnerabilities(name: str, version: str) -> tuple[Vulnerability, ...]:
    """Those that are published for this release, the worst first.

    None for the build of another maker that its number tells: its fixes are its own.
    """
    if name != NAME:
        return _OF_OTHERS.get((name, version), ())
    return tuple(
        Vulnerability(
            each.cves,
            each.what,
            each.score or None,
            tuple(".".join(map(str, fixed)) for fixed in each.fixed_in),
        )
        for each in cves_of(version)
    )


def _minor(version: str) -> Minor | None:
    """``1.11.2-hardened1`` as (1, 11); None where that is no version."""
    parts = version.split(".")
    if len(parts) < 2 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return None
    return int(parts[0]), int(parts[1])
