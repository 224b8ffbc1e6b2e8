"""The entry point: ``kubectl ingress``, and the completer that kubectl calls.

The only place that catches errors and turns them into an exit status.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TextIO

import typer
from typer.main import get_command

from kubectl_ingress import registry
from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, IngressError

PROGRAM = "kubectl ingress"
COMPLETER = "kubectl_complete-ingress"

# A thread that takes an answer of the API server waits so long, in seconds, until one
# that imports or compiles gives way; Python's own 5 ms are as long as such an answer takes.
GIVE_WAY_AFTER = 0.0005

# Objects of a cluster come by the hundred thousand and form no cycles: looking
# for cycles after every 700 of them, as Python does, doubles the time of a list.
COLLECT_AFTER = (200_000, 20, 20)


def main(argv: Sequence[str], environment: Environment) -> ExitStatus:
    """Run one command line (without the program's name) and return its exit status."""
    from kubectl_ingress import cli

    try:
        # Not its own main(), which makes a silent exit status of what interrupts it.
        command = get_command(cli.build(argv[0] if argv else ""))
        with command.make_context(PROGRAM, list(argv), obj=environment) as context:
            result = command.invoke(context)
    except typer.Exit as done:
        return ExitStatus(done.exit_code)
    except IngressError as error:
        return _report(error, environment)
    except typer.TyperException as error:
        return _report_usage(error, argv, environment)
    except (KeyboardInterrupt, typer.Abort) as error:
        return _report_interrupt(error, environment)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is ours, and told as such
        return _report_bug(error, environment)
    return result if isinstance(result, ExitStatus) else ExitStatus(int(result or 0))


class Stream(io.TextIOWrapper):
    """Standard output or error. Where its reader (head, less) goes, the command goes on.

    What it has begun to write to a cluster must not depend on who listens.
    """

    def write(self, text: str, /) -> int:
        """As any stream."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._into_nothing()
            return len(text)

    def flush(self) -> None:
        """As any stream."""
        try:
            super().flush()
        except BrokenPipeError:
            self._into_nothing()

    def _into_nothing(self) -> None:
        # What is still in the buffer goes there with all that follows.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self.fileno())
        os.close(nothing)


class Terminated(KeyboardInterrupt):
    """SIGTERM. What says how far it came at Ctrl-C says so here too."""


def _report_interrupt(error: BaseException, environment: Environment) -> ExitStatus:
    if isinstance(error, Terminated):
        print("\nterminated", file=environment.stderr)
        return ExitStatus.TERMINATED
    print("\ninterrupted", file=environment.stderr)
    return ExitStatus.INTERRUPTED


def _report_bug(error: Exception, environment: Environment) -> ExitStatus:
    what = f"{type(error).__name__}: {error}"
    sentence = f"this is a bug in kubectl ingress, nothing you did: {what}"
    step = "run it again with -v and report what it prints"
    return _report(_caused(IngressError(sentence, step), error), environment)


def _caused(error: IngressError, cause: Exception) -> IngressError:
    error.__cause__ = cause
    return error


def _report(error: IngressError, environment: Environment) -> ExitStatus:
    if environment.verbosity:
        import traceback

        traceback.print_exception(error, file=environment.stderr)
    print(f"error: {printable(error.sentence)}", file=environment.stderr)
    for line in error.next_step.splitlines():
        print(f"       {printable(line)}", file=environment.stderr)
    return error.exit_status


def _report_usage(
    error: typer.TyperException, argv: Sequence[str], environment: Environment
) -> ExitStatus:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        # No verb typed: the help, as kubectl does, and not an error message.
        print(message, file=environment.stderr)
        return ExitStatus.COULD_NOT_RUN
    print(f"error: {printable(message)}", file=environment.stderr)
    # A flag without its value is found before there is a context.
    typed = [word for word in argv[:1] if word in registry.names("commands")]
    command = " ".join([PROGRAM, *typed]) if context is None else context.command_path
    print(f"       {command} --help", file=environment.stderr)
    return ExitStatus.COULD_NOT_RUN


def _raise_interrupt(number: int, _frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        # The next one ends it at once: not in the middle of what is being said, with a traceback.
        signal.signal(each, signal.SIG_DFL)
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt


def _take_signals() -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        # As nohup and shells do it, what is ignored stays so.
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _raise_interrupt)


def _lasting(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    encoding = stream.encoding
    # Line by line, so that a log that holds both streams has them in order; and
    # a terminal that has no √ gets a ? and no traceback.
    return Stream(stream.detach(), encoding=encoding, errors="replace", line_buffering=True)


def run() -> None:
    """What the installed programs call; argv[0] says which of the two this is."""
    sys.stdout, sys.stderr = _lasting(sys.stdout), _lasting(sys.stderr)
    # The former ones are detached, and subprocess asks them for their descriptors.
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[assignment, misc]
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(GIVE_WAY_AFTER)
    name = Path(sys.argv[0]).name
    environment = Environment()
    if name.startswith(COMPLETER):
        from kubectl_ingress.completion import complete

        sys.exit(complete(sys.argv[1:], environment))
    _take_signals()
    status = main(sys.argv[1:], environment)
    # What is left goes with the process: Python would look for cycles in it twice.
    gc.freeze()
    sys.exit(status)


if __name__ == "__main__":
    run()
