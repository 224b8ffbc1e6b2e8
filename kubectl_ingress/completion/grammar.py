"""What the command line accepts, read from the Typer app: the only place that looks into it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import typer
from msgspec import Struct, field
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

# ``none|client|server`` is all there is; ``PATH|URL`` and ``200|2xx`` are examples.
_CLOSED_SET = re.compile(r"[a-z][a-z0-9_-]*(\|[a-z][a-z0-9_-]*)+")
_MOST_TEXT = 200


class Option(Struct, frozen=True):
    """One flag: `words` are all values it takes, empty where these cannot be listed."""

    names: tuple[str, ...]
    help: str = ""
    hidden: bool = False
    takes_value: bool = False
    repeatable: bool = False
    metavar: str = ""
    words: tuple[str, ...] = ()


class Argument(Struct, frozen=True):
    """One positional argument, the last of a command if `repeatable`."""

    metavar: str
    words: tuple[str, ...] = ()
    repeatable: bool = False


class Command(Struct, frozen=True):
    """A command, or a group of `commands`; what is hidden from help is marked or left out."""

    help: str = ""
    options: tuple[Option, ...] = ()
    arguments: tuple[Argument, ...] = ()
    commands: Mapping[str, Command] = field(default_factory=lambda: MappingProxyType({}))

    def option(self, name: str) -> Option | None:
        """The option that is typed so, None where the command has none."""
        return next((option for option in self.options if name in option.names), None)


def read_grammar(app: typer.Typer) -> Command:
    """The whole tree of commands."""
    root = get_command(app)
    settings = root.context_settings or {}
    return _command(root, tuple(settings.get("help_option_names", ("--help",))))


def _command(command: object, help_names: tuple[str, ...]) -> Command:
    if not isinstance(command, TyperCommand | TyperGroup):
        raise TypeError(f"{command!r} is no command of typer's")
    options = [_option(param) for param in command.params if isinstance(param, TyperOption)]
    if command.add_help_option:
        options.append(Option(help_names, "Show the help and exit."))
    commands = command.commands if isinstance(command, TyperGroup) else {}
    return Command(
        help=command.get_short_help_str(_MOST_TEXT),
        options=tuple(options),
        arguments=tuple(
            _argument(param) for param in command.params if isinstance(param, TyperArgument)
        ),
        commands={
            name: _command(inner, help_names)
            for name, inner in commands.items()
            if not inner.hidden
        },
    )


def _option(param: TyperOption) -> Option:
    metavar = param.metavar or ""
    words = _words(param)
    return Option(
        names=(*param.opts, *param.secondary_opts),
        help=" ".join((param.help or "|".join(words)).split()),
        hidden=param.hidden,
        takes_value=not (param.is_flag or param.count),
        repeatable=param.multiple or param.count,
        metavar=metavar,
        words=words,
    )


def _argument(param: TyperArgument) -> Argument:
    metavar = (param.metavar or param.name or "").strip("[]").upper()
    return Argument(metavar, _words(param), param.nargs == -1)


def _words(param: TyperOption | TyperArgument) -> tuple[str, ...]:
    choices = getattr(param.type, "choices", None)
    if choices:
        return tuple(str(getattr(choice, "value", choice)) for choice in choices)
    metavar = (param.metavar or "").strip("[]<>{}")
    return tuple(metavar.split("|")) if _CLOSED_SET.fullmatch(metavar) else ()
