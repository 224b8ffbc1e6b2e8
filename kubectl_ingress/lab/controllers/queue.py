"""A queue of objects to look at: bursts become one look, and failures are tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from kubectl_ingress.lab.api import ApiError

K = TypeVar("K", bound=Hashable)

# As client-go's default rate limiter begins; it goes up to a quarter of an hour.
FIRST_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 60.0

log = logging.getLogger(__name__)


class Queue(Generic[K]):
    """One worker, which does ``work`` for one key after the other."""

    def __init__(self, name: str, work: Callable[[K], Awaitable[None]]) -> None:
        self.name = name
        self._work = work
        self._keys: dict[K, None] = {}
        self._wake = asyncio.Event()
        self._timers: dict[K, asyncio.TimerHandle] = {}
        self._failures: dict[K, int] = {}

    def add(self, key: K) -> None:
        """Look at this one soon; only inside the event loop."""
        self._keys[key] = None
        self._wake.set()

    def add_after(self, key: K, seconds: float) -> None:
        """Look at this one then, or at an earlier moment asked for already."""
        loop = asyncio.get_running_loop()
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= loop.time() + seconds:
                return
            timer.cancel()
        self._timers[key] = loop.call_later(seconds, self._due, key)

    async def run(self) -> None:
        """Work, for ever."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._keys:
                    key = next(iter(self._keys))
                    del self._keys[key]
                    await self._try(key)
        finally:
            for timer in self._timers.values():
                timer.cancel()

    async def _try(self, key: K) -> None:
        try:
            await self._work(key)
        except ApiError as error:
            # Others write too (409), and things vanish (404, 403 in an ending namespace).
            log.info("%s: %s: %s", self.name, key, error)
            self._again(key)
        except Exception:
            # One object that it stumbles over must not end it for all.
            log.exception("%s: %s", self.name, key)
            self._again(key)
        else:
            self._failures.pop(key, None)

    def _again(self, key: K) -> None:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        # More doublings than 30 only make the number unwieldy.
        pause = FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 30)
        self.add_after(key, min(pause, LONGEST_PAUSE_SECONDS))

    def _due(self, key: K) -> None:
        self._timers.pop(key, None)
        self.add(key)
