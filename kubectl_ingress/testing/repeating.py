"""Sending one request again and again, until enough were sent, time is over, or a command ends."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from msgspec.structs import replace

from kubectl_ingress.core.answer import Plan, Sent
from kubectl_ingress.core.repetition import CommandEnd, Repetition, Run
from kubectl_ingress.errors import UsageError

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.probe import Prober

# How soon an end is noticed while nothing is due.
_NOTICE_SECONDS = 0.1
# A rate that could not be kept for longer than this is not made up for.
_MADE_UP_SECONDS = 1.0
# For a command that was asked to end.
_GRACE_SECONDS = 10.0

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
    with _running(environment.stderr, repetition.command) as command:
        plans = _Plans(environment, plan, repetition, command)
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
            _end(command, interrupted)
        status = command.wait()
        seconds = plans.elapsed
    # As shells count signals.
    status = status if status >= 0 else 128 - status
    return replace(run, command=CommandEnd(repetition.command, status, seconds))


def _close(results: Iterator[Sent]) -> None:
    close = getattr(results, "close", None)
    if close is not None:
        close()


@contextmanager
def _running(stderr: TextIO, command: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes] | None]:
    """The command, begun; it is ended if the block is left before it has."""
    if not command:
        yield None
        return
    try:
        # Our stdout is for the report alone.
        process = subprocess.Popen(command, stdout=_descriptor(stderr))
    except OSError as error:
        problem = error.strerror or str(error)
        raise UsageError(
            f"cannot run {command[0]}: {problem}",
            "kubectl ingress test /PATH --during -- COMMAND ARGUMENTS…",
        ) from error
    try:
        yield process
    except KeyboardInterrupt as interrupt:
        _end(process, interrupt)
        raise
    finally:
        _end(process)


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except OSError:
        # A stream in memory: the command has the process's own.
        return None


def _end(process: subprocess.Popen[bytes], why: KeyboardInterrupt | None = None) -> None:
    if why is not None and signal.SIGINT in why.args:
        # A terminal tells the command of Ctrl-C too.
        _awaited(process)
    if process.poll() is None:
        process.terminate()
        if not _awaited(process):
            process.kill()
            process.wait()


def _awaited(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True
