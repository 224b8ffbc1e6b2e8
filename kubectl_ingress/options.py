"""The flags that every command shares, with kubectl's names and meanings.

A command that talks to a cluster takes a parameter ``connection:
ClusterOptions`` and is wrapped in `with_cluster_flags`, which puts the flags
in its place. Only those that people type daily are shown in every help; all
of them are listed by ``kubectl ingress options``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from kubectl_ingress.connection import FLAGS, ClusterOptions, Flag, addressed
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import IngressError

Verbose = Annotated[
    int,
    typer.Option(
        "-v", "--verbose", count=True, show_default=False, help="Say more; a traceback on failure."
    ),
]


class DryRun(StrEnum):
    """As kubectl's --dry-run of commands that write."""

    NONE = "none"
    CLIENT = "client"
    SERVER = "server"


class Output(StrEnum):
    """As kubectl's -o of commands that print objects."""

    YAML = "yaml"
    JSON = "json"
    NAME = "name"


# The command has parameters of its own: typer's context, for one.
_OWN = "connection_"


def _parameter(flag: Flag) -> inspect.Parameter:
    annotation: object = flag.type
    default: object = False if flag.type is bool else None
    if flag.type == list[str]:
        default = []
    elif flag.type is str:
        annotation = str | None
    option = typer.Option(
        *flag.names, help=flag.help, hidden=not flag.daily, metavar=flag.metavar, show_default=False
    )
    return inspect.Parameter(
        _OWN + flag.field,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[annotation, option],
    )


def with_cluster_flags(command: Callable[..., object]) -> Callable[..., object]:
    """Replace the parameter `connection` of a command by the shared flags."""
    return _with_flags(command, FLAGS)


def with_cluster_flags_and(
    namespace: str,
) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """As `with_cluster_flags`, where -n means this, in words of help."""
    flags = [replace(flag, help=namespace) if flag.field == "namespace" else flag for flag in FLAGS]
    return functools.partial(_with_flags, flags=flags)


def _with_flags(command: Callable[..., object], flags: Sequence[Flag]) -> Callable[..., object]:
    signature = inspect.signature(command, eval_str=True)
    own = [p for name, p in signature.parameters.items() if name != "connection"]
    shared = [_parameter(flag) for flag in flags]
    verbose = inspect.Parameter(
        "verbose", inspect.Parameter.KEYWORD_ONLY, default=0, annotation=Verbose
    )

    @functools.wraps(command)
    def wrapper(context: typer.Context, **values: Any) -> object:
        environment: Environment = context.obj
        environment.verbosity = values.pop("verbose")
        typed = {flag.field: values.pop(_OWN + flag.field) for flag in FLAGS}
        typed["as_group"] = tuple(typed["as_group"] or ())
        connection = ClusterOptions(**typed)
        try:
            return command(context, connection=connection, **values)
        except IngressError as error:
            error.next_step = addressed(error.next_step, connection)
            raise

    parameters = [*own, *shared, verbose]
    wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapper
