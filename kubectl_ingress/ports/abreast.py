"""Work that waits, mostly, done at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

WORKERS = 3
"""Of one command; an API server that is busy queues the requests of one user anyway."""


def begin(work: Sequence[Callable[[], T]], workers: int = WORKERS) -> Callable[[], list[T]]:
    """Begin each piece of work, in their order; what is returned waits, and gives what they give.

    `workers` of them are done at a time, and none is begun after one has raised: what it
    has waited for in vain, they would wait for too. It raises what the first of them raises,
    when those that were begun are done.
    """
    found: dict[int, T] = {}
    raised: dict[int, Exception] = {}
    left = iter(enumerate(work))
    lock = threading.Lock()

    def run() -> None:
        while True:
            with lock:
                number, piece = next(left, (-1, None)) if not raised else (-1, None)
            if piece is None:
                return
            try:
                found[number] = piece()
            except Exception as error:  # noqa: BLE001  # raised below, to who waits
                raised[number] = error

    def wait() -> list[T]:
        for thread in threads:
            thread.join()
        if raised:
            raise raised[min(raised)]
        return [found[number] for number in range(len(work))]

    # Daemons: who is interrupted does not wait for answers that nobody needs any more.
    threads = [threading.Thread(target=run, daemon=True) for _ in range(min(workers, len(work)))]
    for thread in threads:
        thread.start()
    return wait
