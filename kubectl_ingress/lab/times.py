"""Times as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def written(moment: datetime) -> str:
    """In UTC and whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written_precisely(moment: datetime) -> str:
    """In UTC and microseconds: a MicroTime."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now() -> str:
    """This moment, in whole seconds."""
    return written(datetime.now(UTC))


def seconds_since(time: str, now: datetime | None = None) -> float:
    """How long ago a time of the API was, in seconds."""
    return ((now or datetime.now(UTC)) - datetime.fromisoformat(time)).total_seconds()
