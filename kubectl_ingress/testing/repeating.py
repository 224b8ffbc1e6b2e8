"""Sending one request again and again, until enough were sent, time is over, or a command ends."""

from __future__ import annotations

import queue
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from msgspec.structs import replace

from kubectl_ingress.core.answer import Plan, Sent
from kubectl_ingress.core.repetition import CommandEnd, Repetition, Run
from kubectl_ingress.core.text import printable
from kubectl_ingress.errors import UsageError

if TYPE_CHECKING:
    from types import FrameType

    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.probe import Prober

# How soon an end is noticed while nothing is due.
_NOTICE_SECONDS = 0.1
# A rate that could not be kept for longer than this is not made up for.
_MADE_UP_SECONDS = 1.0
# For a command that was asked to end.
_GRACE_SECONDS = 10.0
# Who waits longer than this is told for what.
_SILENT_SECONDS = 1.0

Look = Callable[[Sent], bool]
"""Looks at what came back; False ends it."""


class _Plans:
    """The same plan as often as it is due. Threads take turns in asking for the next."""

    def __init__(
        self,
        environment: Environment,
        plan: Plan,
        repetition: Repetition,
        command: subprocess.Popen[bytes] | None,
    ) -> None:
        self.begun = environment.monotonic()
        # Several at a time are a load, which is not to be one of handshakes; by itself each
        # request has a connection of its own, so that a load balancer chooses anew.
        keep_alive = repetition.concurrency > 1 and repetition.rate is None
        wire = replace(plan.wire, keep_alive=keep_alive)
        self._environment, self._plan = environment, replace(plan, wire=wire)
        self._repetition, self._command = repetition, command
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    @property
    def elapsed(self) -> float:
        return self._environment.monotonic() - self.begun

    def __iter__(self) -> Iterator[Plan]:
        count, late = 0, 0.0
        # Once at least: a command may be over before anybody has looked.
        while count != self._repetition.count and not (count and self._over()):
            due = count / self._repetition.rate + late if self._repetition.rate else 0.0
            left = due - self.elapsed
            if left > 0:
                self._environment.sleep(min(left, _NOTICE_SECONDS))
                continue
            if -left > _MADE_UP_SECONDS and self._repetition.rate:
                late -= left
            count += 1
            yield self._plan

    def _over(self) -> bool:
        duration = self._repetition.duration
        return (
            self._stopped.is_set()
            or (duration is not None and self.elapsed >= duration)
            or (self._command is not None and self._command.poll() is not None)
        )


def send_repeatedly(
    environment: Environment, prober: Prober, plan: Plan, repetition: Repetition, look: Look
) -> Run:
    """Send as the repetition says and show each result to `look`, in the order in which they come.

    At Ctrl-C, SIGTERM or SIGHUP it gives up what is on its way, and ends the command, and says
    so in the Run. Raises UsageError where the command cannot be started.
    """
    with _running(environment, repetition.command) as command:
        plans = _Plans(environment, plan, repetition, command.process if command else None)
        results = prober.send_all(plans, concurrency=repetition.concurrency)
        interrupted = None
        try:
            for sent in results:
                if not look(sent):
                    break
        except KeyboardInterrupt as interrupt:
            interrupted = interrupt
        finally:
            plans.stop()
            _close(results)
        run = Run(repetition, plans.elapsed, interrupted=interrupted is not None)
        if command is None:
            return run
        if interrupted is not None:
            command.end(interrupted)
        status = command.process.wait()
        seconds = plans.elapsed
    # As shells count signals.
    status = status if status >= 0 else 128 - status
    return replace(run, command=CommandEnd(repetition.command, status, seconds))


def _close(results: Iterator[Sent]) -> None:
    close = getattr(results, "close", None)
    if close is not None:
        close()


@contextmanager
def _running(environment: Environment, words: tuple[str, ...]) -> Iterator[_Command | None]:
    """The command, begun; it is ended if the block is left before it has."""
    if not words:
        yield None
        return
    try:
        # Our stdout is for the report alone.
        process = subprocess.Popen(words, stdout=_descriptor(environment.stderr))
    except OSError as error:
        problem = error.strerror or str(error)
        raise UsageError(
            f"cannot run {words[0]}: {problem}",
            "kubectl ingress test /PATH --during -- COMMAND ARGUMENTS…",
        ) from error
    with _Signals() as signals:
        command = _Command(environment, words, process, signals)
        try:
            yield command
        except KeyboardInterrupt as interrupt:
            command.end(interrupt)
            raise
        finally:
            command.end()


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except OSError:
        # A stream in memory: the command has the process's own.
        return None


class _Signals:
    """The signals that end this process, while a command runs.

    The first is told as ever, by who took it before, and leaves the next to end this process at
    once. While the command is ended that would leave it behind, and lose the report; so the next
    ones are kept in `again`.
    """

    def __init__(self) -> None:
        # Of all that threads share, only this may be used by who interrupts its user.
        self.again: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._former: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        ending = [signal.SIGINT, signal.SIGTERM]
        if hasattr(signal, "SIGHUP"):  # Windows has none
            ending.append(signal.SIGHUP)
        for each in ending:
            if callable(signal.getsignal(each)):
                self._former[each] = signal.signal(each, self._first)
        return self

    def __exit__(self, *_: object) -> None:
        for each, former in self._former.items():
            signal.signal(each, former)

    def _first(self, number: int, frame: FrameType | None) -> None:
        told = self._former[number]
        self.__exit__()
        try:
            told(number, frame)
        finally:
            for each in self._former:
                self._former[each] = signal.getsignal(each)
                # A terminal that goes says so several times, which is ignored from here on.
                if self._former[each] is not signal.SIG_IGN:
                    signal.signal(each, self._next)

    def _next(self, number: int, _frame: FrameType | None) -> None:
        self.again.put(number)


class _Command:
    """A command that runs, and how it is ended: each further signal goes on to what is harder."""

    def __init__(
        self,
        environment: Environment,
        words: tuple[str, ...],
        process: subprocess.Popen[bytes],
        signals: _Signals,
    ) -> None:
        self.process = process
        self._environment, self._words, self._signals = environment, words, signals

    def end(self, why: KeyboardInterrupt | None = None) -> None:
        """Return when it has ended; `why` has the signal that ends this process."""
        if why is not None and signal.SIGINT in why.args:
            # A terminal tells the command of Ctrl-C too.
            self._awaited("terminates")
        if self.process.poll() is None:
            self.process.terminate()
            if not self._awaited("kills"):
                self.process.kill()
                self.process.wait()

    def _awaited(self, harder: str) -> bool:
        """Whether it ended within its time, which the next signal ends."""
        begun, silent = self._environment.monotonic(), True
        while self.process.poll() is None:
            waited = self._environment.monotonic() - begun
            if waited >= _GRACE_SECONDS:
                return False
            if silent and waited >= _SILENT_SECONDS:
                silent = False
                self._say(f"to end; the next Ctrl-C {harder} it")
            try:
                self._signals.again.get(timeout=_NOTICE_SECONDS)
            except queue.Empty:
                continue
            return False
        return True

    def _say(self, what: str) -> None:
        text = f"waiting up to {_GRACE_SECONDS:g} s for {shlex.join(self._words)} {what}"
        # Behind the ^C of a terminal.
        print(f"\n{printable(text)}", file=self._environment.stderr)
