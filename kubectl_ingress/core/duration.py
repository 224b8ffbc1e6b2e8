"""Durations as kubectl's flags take them."""

from __future__ import annotations

import re

from kubectl_ingress.errors import UsageError

_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)", re.ASCII)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}

WEEK = 7 * 24 * 3600.0
# In milliseconds, a socket's timeout has to fit into 31 bits.
_LONGEST_HOURS = 500


def parse_duration(text: str, flag: str) -> float:
    """Seconds from ``30``, ``30s``, ``1m30s``, ``1h``. Raises UsageError that names the flag."""
    seconds = _seconds(text, flag)
    if seconds > _LONGEST_HOURS * 3600:
        raise UsageError(f"{flag} {text!r} is too long", f"at most {_LONGEST_HOURS}h")
    return seconds


def _seconds(text: str, flag: str) -> float:
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return float(text)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"{flag} {text!r} is not a duration", "examples: 30s, 5m, 1m30s")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def parse_timeout(text: str, flag: str = "--timeout") -> float:
    """Seconds as ``kubectl wait`` counts them: 0 is one look, negative is a week."""
    if text.startswith("-"):
        parse_duration(text[1:], flag)
        return WEEK
    return parse_duration(text, flag)
