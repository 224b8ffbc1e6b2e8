"""Every command line that has a help of its own, found in the app itself."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_ingress import cli
from kubectl_ingress.completion.grammar import Command, read_grammar

ROOT = read_grammar(cli.build())


def _walk(command: Command, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Command]]:
    for name, inner in command.commands.items():
        yield (*words, name), inner
        yield from _walk(inner, (*words, name))


COMMANDS = dict(_walk(ROOT, ()))
"""``("completion", "install")`` -> what that command accepts."""


def name_of(words: object) -> str:
    """For pytest's ids."""
    return "-".join(words) if isinstance(words, tuple) else str(words)
