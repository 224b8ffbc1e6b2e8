"""Builds the Typer app from commands/: one module, one verb.

A command module has `run` (its docstring is the help) or, where it has verbs
of its own, `app`. Nothing here, nor at the top of a command module, imports
kubernetes, httpx, tabulate or a YAML library: start-up is a feature, and a
test holds it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from kubectl_ingress import __version__, registry
from kubectl_ingress.env import Environment

SUMMARY = """From no ingress controller to a proven route, and why a route does not work.

\b
  kubectl ingress install --provider aws
  kubectl ingress scaffold hostname --host jko.example.com --apply
  kubectl ingress test http://jko.example.com/
"""

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def _print_version(context: typer.Context, wanted: bool) -> None:
    if wanted:
        environment: Environment = context.obj
        print(f"kubectl-ingress {__version__}", file=environment.stdout)
        raise typer.Exit


# The formatter's own name is private.
class _Help(typer.Context.formatter_class):  # type: ignore[misc, valid-type]
    """Breaks no line inside of ``[default: ...]``, nor at the hyphen of a name."""

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Options or commands, and what they are."""
        held = [(name, _TOGETHER.sub(_hold, text)) for name, text in rows]
        super().write_dl(held, col_max, col_spacing)

    def getvalue(self) -> str:
        """The whole help."""
        text: str = super().getvalue()
        return text.translate(_RELEASED)


# kubectl's own has levels; here it is on or off.
_LEVEL = re.compile(r"(?:--?v=|-v)(\d+)")
# What may stand behind the = of a switch, as Go reads it.
_ON, _OFF = ("1", "t", "T", "true", "TRUE", "True"), ("0", "f", "F", "false", "FALSE", "False")
# Flags of kubectl's, to which -n=NS is as -n NS; to those of curl's the = is part of the value.
_KUBECTLS = ("-f", "-l", "-n", "-o", "-s")
# textwrap breaks at neither of these two.
_HELD = {ord(" "): "\N{NO-BREAK SPACE}", ord("-"): "\N{NON-BREAKING HYPHEN}"}
_RELEASED = {ord(held): chr(plain) for plain, held in _HELD.items()}
_TOGETHER = re.compile(r"\[default: [^]]*]|\w-\w")


def _hold(found: re.Match[str]) -> str:
    return found[0].translate(_HELD)


class _Command(TyperCommand):
    """Takes kubectl's ``--flag=true``, ``-n=NS`` and ``-v=9`` as well."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As typer does, of the words as it knows them."""
        return super().parse_args(ctx, self._as_known(args))

    def _as_known(self, args: Sequence[str]) -> list[str]:
        options = [param for param in self.params if isinstance(param, TyperOption)]
        switches = {name: one for one in options if one.is_flag or one.count for name in one.opts}
        valued = {name for one in options for name in one.opts} - switches.keys()
        known: list[str | None] = []
        on: dict[TyperOption, list[int]] = {}
        words = iter(args)
        for word in words:
            name, mark, value = word.partition("=")
            if level := _LEVEL.fullmatch(word):
                known += ["-v"] * (int(level[1]) > 0)
            elif name in switches and (word in switches or value in _ON):
                on.setdefault(switches[name], []).append(len(known))
                known.append(name)
            elif name in switches and value in _OFF:
                # The last one counts.
                for place in on.pop(switches[name], ()):
                    known[place] = None
            elif name in _KUBECTLS and name in valued and mark:
                known += [name, value]
            else:
                known.append(word)
            if word == "--":
                known += words
            elif word in valued:
                # Whatever it is, it is the value.
                known += islice(words, 1)
        return [word for word in known if word is not None]


class _Context(typer.Context):
    formatter_class = _Help


def command(asked: str | None = None) -> TyperGroup:
    """The command line of `build`, ready to be run."""
    made = get_command(build(asked))
    if not isinstance(made, TyperGroup):
        raise TypeError(f"{made!r} is no group of typer's")
    _set_context(made)
    return made


def _set_context(made: object) -> None:
    if isinstance(made, TyperCommand | TyperGroup):
        made.context_class = _Context
    if isinstance(made, TyperGroup):
        for inner in made.commands.values():
            _set_context(inner)


def build(asked: str | None = None) -> typer.Typer:
    """The command line. Rich output is off: it costs 100 ms and a dependency.

    `asked` is the first word typed, "" for none, to build no more than it
    needs: the command of that name alone, or, where there is none, what all
    are called and what they do. None builds all of it.
    """
    app = typer.Typer(
        help=SUMMARY,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        no_args_is_help=True,
        context_settings=_SETTINGS,
    )

    @app.callback(epilog="Connection flags of every command: kubectl ingress options")
    def root(
        context: typer.Context,
        version: bool = typer.Option(
            False, "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ) -> None:
        pass

    root.__doc__ = SUMMARY
    names = registry.names("commands")
    # After -- any command may follow.
    in_full = asked in (None, "--", *names)
    for name in (asked,) if asked in names else names:
        module = registry.load("commands", name)
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        elif in_full:
            app.command(name, cls=_Command)(module.run)
        else:
            # Its parameters cost a millisecond, and nobody reads them.
            app.command(name, help=module.run.__doc__)(_not_called)
    return app


def _not_called() -> None:
    raise AssertionError("only a summary was built")
