"""The entry point: ``kubectl ingress``, and the completer that kubectl calls.

The only place that catches errors and turns them into an exit status.
"""

from __future__ import annotations

# Little is imported here, and the rest where it is used: until `run` begins, Ctrl-C is answered
# with a traceback.
import codecs
import gc
import io
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import TextIO

    import typer

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


# What is said at the end that a signal made, by the signal.
_WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
if hasattr(signal, "SIGHUP"):  # Windows has none
    _WORDS[signal.SIGHUP] = "hung up"


class _Taken:
    """The signal that ends this process, None for none.

    It tells all who wait for something with a KeyboardInterrupt, whose argument it is. Who catches
    that prints what there is by then, and may return as if nothing had come.
    """

    signal: signal.Signals | None = None


def main(argv: Sequence[str], environment: Environment) -> ExitStatus:
    """Run one command line (without the program's name) and return its exit status."""
    from kubectl_ingress.errors import ExitStatus

    try:
        status, word = _command(argv, environment), ""
    except KeyboardInterrupt:
        status, word = ExitStatus.INTERRUPTED, _WORDS[signal.SIGINT]
    if _Taken.signal not in (None, signal.SIGINT):
        word = _WORDS[_Taken.signal]
    if word:
        print(f"\n{word}", file=environment.stderr)
    return status


def _ended(status: int) -> int:
    """The exit status; at Ctrl-C it is what the command says, which may have done all by then."""
    return status if _Taken.signal in (None, signal.SIGINT) else 128 + _Taken.signal


def _command(argv: Sequence[str], environment: Environment) -> ExitStatus:
    import typer

    from kubectl_ingress import cli
    from kubectl_ingress.errors import ExitStatus, IngressError

    try:
        # Not its own main(), which makes a silent exit status of what interrupts it.
        command = cli.command(argv[0] if argv else "")
        with command.make_context(PROGRAM, list(argv), obj=environment) as context:
            result = command.invoke(context)
    except typer.Exit as done:
        return ExitStatus(done.exit_code)
    except IngressError as error:
        return _report(error, environment)
    except typer.TyperException as error:
        return _report_usage(error, argv, environment)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:  # noqa: BLE001  # whatever it is, it is ours, and told as such
        return _report_bug(error, environment)
    return result if isinstance(result, ExitStatus) else ExitStatus(int(result or 0))


class Stream(io.TextIOWrapper):
    """Standard error. Where nothing more can be written, the command goes on.

    What it has begun to write to a cluster must not depend on who listens.
    """

    def write(self, text: str, /) -> int:
        """As any stream."""
        try:
            return super().write(text)
        except OSError as error:
            self._failed(error)
            return len(text)

    def flush(self) -> None:
        """As any stream."""
        try:
            super().flush()
        except OSError as error:
            self._failed(error)

    def _failed(self, _error: OSError) -> None:
        # What is still in the buffer goes into nothing with all that follows.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self.fileno())
        os.close(nothing)


class Output(Stream):
    """Standard output. That its reader goes (head, less) is fine; all else is a NotPrinted."""

    def _failed(self, error: OSError) -> None:
        from kubectl_ingress.errors import NotPrinted

        super()._failed(error)
        if not isinstance(error, BrokenPipeError):
            sentence = f"cannot write to standard output: {error.strerror}"
            raise NotPrinted(sentence) from error


def _report_bug(error: Exception, environment: Environment) -> ExitStatus:
    from kubectl_ingress.errors import IngressError

    what = f"{type(error).__name__}: {error}"
    sentence = f"this is a bug in kubectl ingress, nothing you did: {what}"
    step = "run it again with -v and report what it prints"
    return _report(_caused(IngressError(sentence, step), error), environment)


def _caused(error: IngressError, cause: Exception) -> IngressError:
    error.__cause__ = cause
    return error


def _report(error: IngressError, environment: Environment) -> ExitStatus:
    from kubectl_ingress.core.text import printable
    from kubectl_ingress.errors import InputError, KubeconfigError, NotPrinted, UsageError

    # What a person mended by reading the sentence: where it was raised tells them nothing.
    mistakes = (UsageError, InputError, KubeconfigError, NotPrinted)
    if environment.verbosity and not isinstance(error, mistakes):
        import traceback

        traceback.print_exception(error, file=environment.stderr)
    print(f"error: {printable(error.sentence)}", file=environment.stderr)
    for line in error.next_step.splitlines():
        print(f"       {printable(line)}", file=environment.stderr)
    return error.exit_status


def _report_usage(
    error: typer.TyperException, argv: Sequence[str], environment: Environment
) -> ExitStatus:
    from kubectl_ingress.errors import ExitStatus
    from kubectl_ingress.mistyped import is_nothing, told

    if is_nothing(error):
        # No verb typed: the help, as kubectl does, and not an error message.
        print(error, file=environment.stdout)
        return ExitStatus.OK
    return _report(told(error, argv, PROGRAM), environment)


def _raise_interrupt(number: int, _frame: FrameType | None) -> None:
    _Taken.signal = signal.Signals(number)
    _leave_signals()
    raise KeyboardInterrupt(_Taken.signal)


def _take_signals() -> None:
    for each in _WORDS:
        # As nohup and shells do it, what is ignored stays so.
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _raise_interrupt)


def _leave_signals() -> None:
    """The next one ends it at once: not in the middle of what is being said, with a traceback.

    But for SIGHUP, which comes several times where a terminal goes: of the kernel, and the shell.
    """
    for each in _WORDS:
        if signal.getsignal(each) is _raise_interrupt:
            hung_up = _WORDS[each] == "hung up" and _Taken.signal is not None
            signal.signal(each, signal.SIG_IGN if hung_up else signal.SIG_DFL)


def _opened() -> tuple[TextIO, TextIO]:
    """Standard output and error, and standard input too where it is closed.

    Python has none where a shell closed it (``>&-``), and the next file or socket would get
    its number. What cannot be written to is opened instead, for it to fail when it is used.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    streams: list[TextIO] = []
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            unwritable = os.open(os.devnull, os.O_RDONLY)
            stream = os.fdopen(unwritable, "w", encoding="utf-8")
        streams.append(stream)
    return streams[0], streams[1]


def _lasting(stream: TextIO, kind: type[Stream]) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    encoding = stream.encoding
    codecs.register_error(_POORER, _poorer)
    # Line by line, so that a log that holds both streams has them in order.
    return kind(stream.detach(), encoding=encoding, errors=_POORER, line_buffering=True)


# What stands for a sign where the encoding lacks it: passed and failed must not look alike.
_SIGNS = {"√": "v", "×": "x", "·": ".", "→": ">", "…": "...", "─": "-", "█": "#", "µ": "u"}
_POORER = "kubectl_ingress.poorer"


def _poorer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_SIGNS.get(sign, "?") for sign in lacking), error.end


def run() -> None:
    """What the installed programs call; argv[0] says which of the two this is."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Nothing is begun yet, so there is nothing to tell.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from kubectl_ingress.env import Environment
    from kubectl_ingress.errors import NotPrinted

    out, err = _opened()
    sys.stdout, sys.stderr = _lasting(out, Output), _lasting(err, Stream)
    # The former ones are detached, and subprocess asks them for their descriptors.
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[assignment, misc]
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(GIVE_WAY_AFTER)
    environment = Environment()
    try:
        status = _run(environment)
        _leave_signals()
        sys.stdout.flush()
    except NotPrinted as error:
        status = _report(error, environment)
    # What is left goes with the process: Python would look for cycles in it twice.
    gc.freeze()
    sys.exit(_ended(status))


def _run(environment: Environment) -> int:
    from pathlib import Path

    _take_signals()
    if Path(sys.argv[0]).name.startswith(COMPLETER):
        from kubectl_ingress.completion import complete

        return complete(sys.argv[1:], environment)
    return main(sys.argv[1:], environment)


if __name__ == "__main__":
    run()
