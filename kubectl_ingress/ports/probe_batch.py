"""Many probes at a time, in threads, with memory that does not grow with their number."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from kubectl_ingress.core.answer import Answer, Plan, Sent, Unreachable

_PATIENCE = 0.5
"""Seconds for a thread whose connection was taken from it."""


class Sender(Protocol):
    """Sends one plan after the other."""

    def send(self, plan: Plan) -> Answer | Unreachable:
        """As a prober does."""

    def interrupt(self) -> None:
        """End what is on its way, from another thread; it sends nothing after that."""

    def close(self) -> None:
        """Let go of its connection."""


class _Source:
    """Gives out the plans in their order; threads share it."""

    def __init__(self, plans: Iterable[Plan]) -> None:
        self._begun = time.perf_counter()
        self._plans = enumerate(plans)
        self._lock = threading.Lock()
        self._ended = False

    def end(self) -> None:
        """There are no more plans."""
        self._ended = True

    def take(self) -> tuple[int, float, Plan] | None:
        """The next plan with its number and the seconds since the start; None at the end."""
        with self._lock:
            taken = None if self._ended else next(self._plans, None)
        return taken and (taken[0], time.perf_counter() - self._begun, taken[1])


def send_in_turn(sender: Sender, plans: Iterable[Plan]) -> Iterator[Sent]:
    """One after the other, each when the one before has been looked at."""
    source = _Source(plans)
    try:
        while taken := source.take():
            number, at, plan = taken
            yield Sent(number, at, sender.send(plan))
    finally:
        sender.close()


def send_at_once(
    make_sender: Callable[[], Sender], plans: Iterable[Plan], concurrency: int
) -> Iterator[Sent]:
    """In `concurrency` threads, in the order in which they finish.

    The threads wait while nobody takes what they have. A batch that is left
    before its end leaves no thread and no connection behind.
    """
    source = _Source(plans)
    results: queue.Queue[Sent | BaseException | None] = queue.Queue(2 * concurrency)

    def work(sender: Sender) -> None:
        try:
            while taken := source.take():
                number, at, plan = taken
                results.put(Sent(number, at, sender.send(plan)))
        except BaseException as error:  # noqa: BLE001  # raised where the batch is consumed
            results.put(error)
        finally:
            sender.close()
            results.put(None)

    senders = [make_sender() for _ in range(concurrency)]
    for sender in senders:
        threading.Thread(target=work, args=(sender,), daemon=True).start()
    at_work = concurrency
    try:
        while at_work:
            result = results.get()
            if result is None:
                at_work -= 1
            elif isinstance(result, Sent):
                yield result
            else:
                raise result
    finally:
        source.end()
        if at_work:
            for sender in senders:
                sender.interrupt()
            _let_go(results, at_work)


def _let_go(results: queue.Queue[Sent | BaseException | None], at_work: int) -> None:
    """Wait for the threads, but not for one that is still connecting: it ends by itself."""
    with contextlib.suppress(queue.Empty):
        while at_work:
            at_work -= results.get(timeout=_PATIENCE) is None
