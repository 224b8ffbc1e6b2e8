"""Points in time as the API writes them, and durations as kubectl shows them.

How a duration is rounded: staging/src/k8s.io/apimachinery/pkg/util/duration/duration.go,
HumanDuration.
"""

from __future__ import annotations

from datetime import datetime, timedelta

UNKNOWN = "<unknown>"
_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400


def human_duration(elapsed: timedelta) -> str:
    """``119s``, ``9m59s``, ``7d23h``: two units at most, and coarser the longer it is.

    Clocks may differ by a second: only what is further in the future is ``<invalid>``.
    """
    seconds = int(elapsed.total_seconds())
    if seconds < -1:
        return "<invalid>"
    if seconds < 2 * _MINUTE:
        return f"{max(seconds, 0)}s"
    if seconds < 10 * _MINUTE:
        return _two_units(seconds, _MINUTE, "m", 1, "s")
    if seconds < 3 * _HOUR:
        return f"{seconds // _MINUTE}m"
    if seconds < 8 * _HOUR:
        return _two_units(seconds, _HOUR, "h", _MINUTE, "m")
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR}h"
    if seconds < 8 * _DAY:
        return _two_units(seconds, _DAY, "d", _HOUR, "h")
    if seconds < 2 * _YEAR:
        return f"{seconds // _DAY}d"
    if seconds < 8 * _YEAR:
        return _two_units(seconds, _YEAR, "y", _DAY, "d")
    return f"{seconds // _YEAR}y"


def since(timestamp: str | None, now: datetime) -> str:
    """How long ago an API timestamp was, or ``<unknown>`` where there is none."""
    return human_duration(now - parse(timestamp)) if timestamp else UNKNOWN


def between(start: str, end: str) -> str:
    """The time from one API timestamp to another."""
    return human_duration(parse(end) - parse(start))


def parse(timestamp: str) -> datetime:
    """A timestamp of the API (RFC 3339, whole seconds or fractions)."""
    return datetime.fromisoformat(timestamp)


def _two_units(seconds: int, large: int, large_name: str, small: int, small_name: str) -> str:
    whole, rest = divmod(seconds, large)
    part = rest // small
    return f"{whole}{large_name}{part}{small_name}" if part else f"{whole}{large_name}"
