"""What is said of a command that was interrupted before it changed anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kubectl_ingress.env import Environment


@contextmanager
def nothing_changed_yet(environment: Environment) -> Iterator[None]:
    """Within it nothing is written, and Ctrl-C is answered by saying so."""
    try:
        yield
    except KeyboardInterrupt:
        print("Nothing was changed yet.", file=environment.stderr)
        raise
