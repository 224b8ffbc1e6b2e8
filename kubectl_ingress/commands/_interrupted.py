"""What is said of a command that ends before it changed anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiForbidden, ApiRefused

_SAID = "nothing was changed"


@contextmanager
def nothing_changed_yet(environment: Environment) -> Iterator[None]:
    """Within it nothing is written; Ctrl-C, and what the API server refuses, say so."""
    try:
        yield
    except KeyboardInterrupt:
        print("Nothing was changed yet.", file=environment.stderr)
        raise
    except (ApiForbidden, ApiRefused) as error:
        # Of a rehearsal it sounds as if it had been tried in earnest.
        if _SAID not in error.sentence:
            # The rights that are lacking come last.
            why, needed, rights = error.sentence.partition("; needed: ")
            error.sentence = f"{why}; {_SAID}{needed}{rights}"
        raise
