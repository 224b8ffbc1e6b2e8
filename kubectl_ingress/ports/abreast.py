"""Work that waits, mostly, done at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

WORKERS = 3
"""Of one command; an API server that is busy queues the requests of one user anyway."""


def at_the_same_time(work: Sequence[Callable[[], T]]) -> list[T]:
    """What each piece of work gives, begun in their order.

    Raises what the first of them raises, when all are done.
    """
    found: dict[int, T] = {}
    raised: dict[int, Exception] = {}
    left = iter(enumerate(work))
    lock = threading.Lock()

    def run() -> None:
        while True:
            with lock:
                number, piece = next(left, (-1, None))
            if piece is None:
                return
            try:
                found[number] = piece()
            except Exception as error:  # noqa: BLE001  # raised below, by who asked for it
                raised[number] = error

    # Daemons: who is interrupted does not wait for answers that nobody needs any more.
    threads = [threading.Thread(target=run, daemon=True) for _ in range(min(WORKERS, len(work)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[min(raised)]
    return [found[number] for number in range(len(work))]
