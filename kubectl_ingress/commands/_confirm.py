"""Asking before something is done that cannot be undone."""

from __future__ import annotations

from kubectl_ingress.env import Environment
from kubectl_ingress.errors import IngressError, UsageError


def confirm(environment: Environment, question: str, *, would: str, command: str, no: str) -> None:
    """Return after a yes, typed on a terminal.

    Raises UsageError where there is none, with what `would` happen and the
    `command` that does not ask; IngressError with `no` for any other answer.
    """
    if not environment.is_terminal(environment.stdin):
        raise UsageError(
            f"{would}, and there is no terminal to ask on; nothing was changed", command
        )
    print(f"{question} [y/N] ", end="", file=environment.stderr)
    environment.stderr.flush()
    answer = ""
    try:
        answer = environment.stdin.readline()
    finally:
        if not answer.endswith("\n"):
            # Ctrl-D, or Ctrl-C: the cursor is still behind the question.
            print(file=environment.stderr)
    if answer.strip().lower() not in ("y", "yes"):
        raise IngressError(f"{no}; nothing was changed")
