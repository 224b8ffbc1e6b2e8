"""When a request is sent again, and how long before; nothing of it is left to chance.

| what came of it | sent again | after |
|---|---|---|
| 429 or 5xx that names a time (Retry-After) | any request: it was not taken | that time |
| 429, 500, 502, 503, 504 that name none | a GET, twice | 0.5 s, then 1 s |
| the connection broke, before the answer or in it | a GET, twice | at once |

All else is the answer. A write whose answer is lost is not repeated: it may have been done.
Conflicts (409) are for those who know what they were about to write (`api.settle`).
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

MAX_RETRIES = 4
"""Times that a server may put us off."""
MAX_RETRY_SECONDS = 15.0
"""A server that names a longer time is asked again after this one."""
MAX_WAITED_SECONDS = MAX_RETRIES * MAX_RETRY_SECONDS

_UNNAMED = (0.5, 1.0)
_BREAKS = 2
_MAY_PASS = (429, 500, 502, 503, 504)
# Who looks just once (--timeout 0) still wants an answer of a busy server.
_LEAST_SECONDS = 2.0
_SILENT_SECONDS = 1.0


class Clock(Struct, frozen=True):
    """How to wait, how many seconds the command itself has left (--timeout), and what time it is.

    `now` is in seconds, since whenever.
    """

    sleep: Callable[[float], None] = time.sleep
    left: Callable[[], float] = lambda: math.inf
    now: Callable[[], float] = time.monotonic


class Notices:
    """Says that a server is waited for: once, where several requests wait at the same time."""

    def __init__(self, say: Callable[[str], None], now: Callable[[], float]) -> None:
        self._say = say
        self._now = now
        self._lock = threading.Lock()
        self._told_until = -math.inf

    def wait(self, what: str, seconds: float) -> None:
        """Before a wait of so long."""
        with self._lock:
            ends = self._now() + seconds
            if ends > self._told_until + _SILENT_SECONDS:
                self._told_until = ends
                self._say(f"{what}; asking it again in {seconds:g} s")


class Patience:
    """That of one request. `seconds` is --request-timeout, None or 0 where there is none.

    `notices` are told before a wait that somebody would notice.
    """

    def __init__(self, method: str, seconds: float | None, clock: Clock, notices: Notices) -> None:
        self._reads = method == "GET"
        self._clock = clock
        self._notices = notices
        self._most = seconds if seconds is not None and seconds > 0 else MAX_WAITED_SECONDS
        self._waited = 0.0
        self._named = 0
        self._unnamed = iter(_UNNAMED)
        self._breaks = 0

    def outlasts(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether to send it again after this answer. Returns after the wait."""
        wait = self._wait(status, headers)
        left = min(self._most - self._waited, max(self._clock.left(), _LEAST_SECONDS))
        if wait is None or wait > left:
            return False
        until_now, self._waited = self._waited, self._waited + wait
        if wait > _SILENT_SECONDS or until_now <= _SILENT_SECONDS < self._waited:
            self._notices.wait(f"answered {status}", wait)
        self._clock.sleep(wait)
        return True

    def outlasts_break(self) -> bool:
        """Whether to send it again after the connection broke."""
        self._breaks += 1
        return self._reads and self._breaks <= _BREAKS

    def _wait(self, status: int, headers: Mapping[str, str]) -> float | None:
        if status != 429 and status < 500:
            return None
        named = _retry_after(headers.get("Retry-After", ""))
        if named is not None:
            self._named += 1
            return min(named, MAX_RETRY_SECONDS) if self._named <= MAX_RETRIES else None
        if self._reads and status in _MAY_PASS:
            return next(self._unnamed, None)
        return None


def _retry_after(text: str) -> float | None:
    """Seconds (RFC 9110 section 10.2.3: a number of them, or a date); None for anything else."""
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            return None
        return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, OverflowError):
        # The latter for a year that no machine counts to.
        return None
