"""Builds the Typer app from commands/: one module, one verb.

A command module has `run` (its docstring is the help) or, where it has verbs
of its own, `app`. Nothing here, nor at the top of a command module, imports
kubernetes, httpx, tabulate or a YAML library: start-up is a feature, and a
test holds it.
"""

from __future__ import annotations

import typer

from kubectl_ingress import __version__, registry
from kubectl_ingress.env import Environment

SUMMARY = """From no ingress controller to a proven route, and why a route does not work.

\b
  kubectl ingress install --provider aws
  kubectl ingress scaffold hostname --host jko.example.com --path /echo-hostname --apply
  kubectl ingress test /echo-hostname
"""

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def _print_version(context: typer.Context, wanted: bool) -> None:
    if wanted:
        environment: Environment = context.obj
        print(f"kubectl-ingress {__version__}", file=environment.stdout)
        raise typer.Exit


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
            app.command(name)(module.run)
        else:
            # Its parameters cost a millisecond, and nobody reads them.
            app.command(name, help=module.run.__doc__)(_not_called)
    return app


def _not_called() -> None:
    raise AssertionError("only a summary was built")
