"""Hostnames of listeners and routes: "" is every host, ``*.x`` one label or more below x.

Source: Hostname of the Gateway API (apis/v1/shared_types.go), Listener.hostname
and HTTPRoute.spec.hostnames.
"""

from __future__ import annotations

from kubectl_ingress.core.hosts import HostName, NameKind, host_name


def covers(wide: str, narrow: str) -> bool:
    """Whether every host of `narrow`, a hostname or a single host, is one of `wide`."""
    if wide in ("", narrow):
        return True
    return wide.startswith("*.") and narrow.endswith(wide[1:]) and len(narrow) >= len(wide)


def intersection(one: str, other: str) -> str | None:
    """The hosts that two hostnames have in common, None where there are none."""
    if covers(one, other):
        return other
    return one if covers(other, one) else None


def specificity(hostname: str) -> tuple[int, int]:
    """To order by, the most specific first: characters of an exact name, then of any."""
    exact = 0 if hostname.startswith("*") else len(hostname)
    return -exact, -len(hostname)


def server_names(hostname: str) -> tuple[HostName, ...]:
    """How the server of a hostname is found."""
    return (host_name(hostname, NameKind.SUFFIX),)
