"""The entry point: ``kubectl ingress``, and the completer that kubectl calls.

The only place that catches errors and turns them into an exit status.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from typer.main import get_command

from kubectl_ingress import registry
from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, IngressError

PROGRAM = "kubectl ingress"
COMPLETER = "kubectl_complete-ingress"


def main(argv: Sequence[str], environment: Environment) -> ExitStatus:
    """Run one command line (without the program's name) and return its exit status."""
    from kubectl_ingress import cli

    try:
        result = get_command(cli.build(argv[0] if argv else "")).main(
            args=list(argv), prog_name=PROGRAM, standalone_mode=False, obj=environment
        )
    except IngressError as error:
        return _report(error, environment)
    except typer.TyperException as error:
        return _report_usage(error, argv, environment)
    except (KeyboardInterrupt, typer.Abort):
        print("\ninterrupted", file=environment.stderr)
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has gone: what it wanted, it has. Python
        # would complain once more when it flushes at exit, so give it a sink.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.OK
    except Exception as error:  # noqa: BLE001  # whatever it is, it is ours, and told as such
        return _report_bug(error, environment)
    return result if isinstance(result, ExitStatus) else ExitStatus(int(result or 0))


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


def run() -> None:
    """What the installed programs call; argv[0] says which of the two this is."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Line by line, so that a log that holds both streams has them in
            # order; and a terminal that has no √ gets a ? and no traceback.
            stream.reconfigure(line_buffering=True, errors="replace")
    name = Path(sys.argv[0]).name
    environment = Environment()
    if name.startswith(COMPLETER):
        from kubectl_ingress.completion import complete

        sys.exit(complete(sys.argv[1:], environment))
    sys.exit(main(sys.argv[1:], environment))


if __name__ == "__main__":
    run()
