"""Suggested commands, written from words.

A name, a host, a path or a URL in them was written by whoever wrote a cluster's objects, a
file or an answer, and the command is there to be pasted into a shell: so each word is quoted.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from kubectl_ingress.core.text import printable

if TYPE_CHECKING:
    from kubectl_ingress.core.inventory import ObjectRef


def command(*words: str) -> str:
    """``kubectl WORDS`` on one line, as a shell reads it."""
    return shlex.join(("kubectl", *map(printable, words)))


def with_input(text: str, *words: str) -> str:
    """The same, with one line of text as its input."""
    return f"{command(*words)} <<< {shlex.quote(printable(text))}"


def within(place: ObjectRef) -> tuple[str, str]:
    """The flag for the namespace of an object."""
    return ("-n", place.namespace)


def namespace_flag(namespace: str, current: str) -> tuple[str, ...]:
    """``-n NS`` where a command needs it, nothing where the namespace is the user's own."""
    return () if namespace == current else ("-n", namespace)
