"""The words typed so far, read as the command line reads them: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from kubectl_ingress.completion.grammar import Command, Option


class Line(Struct, frozen=True):
    """Where the word being completed stands.

    `command` is None where an unknown command was typed. `typed` has the
    values by every name of an option ("" for a flag without one), `position`
    is the number of arguments before the word, `pending` the option whose
    value the word is, `ended` whether ``--`` stands before it.
    """

    command: Command | None
    current: str
    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    position: int = 0
    pending: Option | None = None
    ended: bool = False


def read_line(root: Command, words: Sequence[str]) -> Line:
    """Read `words`: all after the program's name, the last one being completed."""
    *before, current = words or [""]
    command, position, ended = root, 0, False
    pending: Option | None = None
    typed: dict[str, list[str]] = {}
    for word in before:
        if pending is not None:
            _note(typed, pending, word)
            pending = None
        elif not ended and word == "--":
            ended = True
        elif not ended and len(word) > 1 and word.startswith("-"):
            pending = _read_option(command, word, typed)
        elif command.commands:
            if word not in command.commands:
                return Line(None, current)
            command, ended = command.commands[word], False
        else:
            position += 1
    return Line(command, current, typed, position, pending, ended)


def _read_option(command: Command, word: str, typed: dict[str, list[str]]) -> Option | None:
    """Note what `word` sets; the option that wants the next word as its value."""
    if not word.startswith("--"):
        return _read_letters(command, word[1:], typed)
    name, equals, value = word.partition("=")
    option = command.option(name)
    if option is None:
        return None
    if option.takes_value and not equals:
        return option
    _note(typed, option, value)
    return None


def _read_letters(command: Command, letters: str, typed: dict[str, list[str]]) -> Option | None:
    """``-vn default`` and ``-ndefault``: flags in one word, the last one with its value."""
    for index, letter in enumerate(letters, 1):
        option = command.option(f"-{letter}")
        if option is None:
            return None
        if option.takes_value:
            value = letters[index:]
            if not value:
                return option
            _note(typed, option, value)
            return None
        _note(typed, option, "")
    return None


def _note(typed: dict[str, list[str]], option: Option, value: str) -> None:
    for name in option.names:
        typed.setdefault(name, []).append(value)
