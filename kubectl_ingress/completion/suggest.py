"""What could stand in place of the word being completed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from msgspec import Struct

from kubectl_ingress import registry
from kubectl_ingress.completion import names
from kubectl_ingress.completion.grammar import Argument, Command, Option
from kubectl_ingress.completion.line import Line
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import IngressError

_Source = Callable[[Line, Environment], Iterable[str]]


class Suggestions(Struct, frozen=True):
    """Values, each with its description or "", and whether files may stand there too."""

    values: Sequence[tuple[str, str]] = ()
    files: bool = False


def _controllers(line: Line, environment: Environment) -> Sequence[str]:
    from kubectl_ingress.controllers._choice import controller_names

    return controller_names()


def _installable(line: Line, environment: Environment) -> Sequence[str]:
    return ("ingress-nginx", *registry.names("recipes"))


def _providers(line: Line, environment: Environment) -> Sequence[str]:
    return registry.names("providers")


def _codes(line: Line, environment: Environment) -> Sequence[str]:
    from kubectl_ingress.core.codes import CODES

    return (*CODES, *registry.names("lint.rules"))


_OF_OPTION: Mapping[str, _Source] = MappingProxyType(
    {
        "--class": partial(names.of_cluster, "IngressClass"),
        "--cluster": partial(names.of_kubeconfig, "clusters"),
        "--controller": _controllers,
        "--context": partial(names.of_kubeconfig, "contexts"),
        "--contexts": partial(names.of_kubeconfig, "contexts"),
        "--host": names.hosts,
        "--namespace": partial(names.of_cluster, "Namespace"),
        "--provider": _providers,
        "--user": partial(names.of_kubeconfig, "users"),
        "--why-not": partial(names.of_cluster, "Ingress"),
    }
)
# By what stands in its place in help; of an option as well.
_OF_ARGUMENT: Mapping[str, _Source] = MappingProxyType(
    {
        "CODE|RULE": _codes,
        "CONTROLLER": _installable,
        "INGRESS": partial(names.of_cluster, "Ingress"),
        "PATH|URL": names.urls,
    }
)
_FILES = ("FILE", "DIR")

# What shells read as one word without quotes. kubectl's bash completion hands
# the line to eval: a name like $(reboot), once inserted, would be run by the
# next Tab.
_PLAIN = re.compile(r"[\w@%+=:,./][\w@%+=:,./-]*", re.ASCII)


def suggest(line: Line, environment: Environment) -> Suggestions:
    """All that fits what is typed of the word. A cluster that fails has no names."""
    if line.command is None:
        return Suggestions()
    if line.pending is not None:
        return _of_option(line.pending, line.current, line, environment)
    if line.current.startswith("-") and not line.ended:
        name, equals, value = line.current.partition("=")
        option = line.command.option(name) if equals else None
        if option is not None and option.takes_value:
            # The value alone: kubectl's shell scripts put the flag before it.
            return _of_option(option, value, line, environment)
        return Suggestions(_options(line.command, line))
    if line.command.commands:
        commands = line.command.commands.items()
        return _fitting(line.current, ((name, command.help) for name, command in commands))
    return _of_argument(line.command.arguments, line, environment)


def _options(command: Command, line: Line) -> list[tuple[str, str]]:
    """Names of options; hidden ones where nothing else fits."""
    fitting = [
        (option, name)
        for option in command.options
        for name in option.names
        if name.startswith(line.current) and (option.repeatable or name not in line.typed)
    ]
    shown = [(option, name) for option, name in fitting if not option.hidden]
    return [(name, option.help) for option, name in shown or fitting]


def _of_option(option: Option, prefix: str, line: Line, environment: Environment) -> Suggestions:
    if option.metavar in _FILES:
        return Suggestions(files=True)
    source = _OF_ARGUMENT.get(option.metavar)
    source = source or next((_OF_OPTION[n] for n in option.names if n in _OF_OPTION), None)
    return _of(option.words, source, prefix, line, environment)


def _of_argument(
    arguments: Sequence[Argument], line: Line, environment: Environment
) -> Suggestions:
    index = min(line.position, len(arguments) - 1)
    if index < 0 or (index < line.position and not arguments[index].repeatable):
        return Suggestions()
    argument = arguments[index]
    if argument.metavar in _FILES:
        return Suggestions(files=True)
    source = _OF_ARGUMENT.get(argument.metavar)
    return _of(argument.words, source, line.current, line, environment)


def _of(
    words: Sequence[str],
    source: _Source | None,
    prefix: str,
    line: Line,
    environment: Environment,
) -> Suggestions:
    if source is not None and not words:
        try:
            found = source(line, environment)
        except IngressError:
            # A kubeconfig that cannot be read: no place here to say so.
            found = ()
        words = sorted(name for name in set(found) if _PLAIN.fullmatch(name))
    return _fitting(prefix, ((word, "") for word in words))


def _fitting(prefix: str, values: Iterable[tuple[str, str]]) -> Suggestions:
    return Suggestions([value for value in values if value[0].startswith(prefix)])
