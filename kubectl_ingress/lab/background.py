"""One event loop on a thread of its own, where all that is played runs beside the tests."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """An asyncio loop that tests, which are not asynchronous, can hand work to."""

    def __init__(self) -> None:
        #: What went wrong in a task nobody waits for: faults of the lab itself.
        self.failures: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._callback_failed)
        self._thread = threading.Thread(target=self._loop.run_forever, name="lab", daemon=True)
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Begin to run what is handed in."""
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T], timeout: float = 60.0) -> T:
        """Run a coroutine in the loop and wait for its result, from another thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Let a coroutine run by itself; only inside the loop. Its failure is kept."""
        task = self._loop.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def cancel(self) -> None:
        """Cancel every task, and wait for all of them."""
        self.call(self._cancel_all())

    def stop(self) -> None:
        """End the loop and its thread; after ``cancel``."""
        self.call(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _cancel_all(self) -> None:
        # A task may start another one while it is being cancelled.
        while others := asyncio.all_tasks(self._loop) - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.wait(others, timeout=10)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._keep(task.get_name(), error)

    def _callback_failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        # Clients that hang up during a handshake are no fault of ours.
        if error is not None and not isinstance(error, OSError):
            self._keep(str(context.get("message")), error)

    def _keep(self, what: str, error: BaseException) -> None:
        self.failures.append(f"{what}: {''.join(traceback.format_exception(error))}")
