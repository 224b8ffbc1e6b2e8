"""The flags of commands that ask what a controller makes of objects, in files or in a cluster."""

from __future__ import annotations

from typing import Annotated

import typer

Filename = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--filename",
        metavar="FILE",
        help="Manifests instead of a cluster: file, directory, or - for stdin. Repeatable.",
    ),
]
Recursive = Annotated[
    bool, typer.Option("-R", "--recursive", help="Go into the directories below that of -f.")
]
IngressClass = Annotated[
    str, typer.Option("--class", metavar="NAME", help="Class whose controller is asked.")
]
ControllerName = Annotated[
    str,
    typer.Option(
        "--controller", metavar="NAME", help="Controller that is asked; else the class tells."
    ),
]
ControllerFlag = Annotated[
    list[str] | None,
    typer.Option(
        "--flag",
        metavar="--NAME=VALUE",
        help="Argument of the controller's Deployment, as --flag=--NAME=VALUE. Repeatable.",
    ),
]
RouterFlavor = Annotated[
    str,
    typer.Option(
        "--router-flavor",
        metavar="traditional|traditional_compatible|expressions",
        help="Kong's router; default: the charts'.",
    ),
]


def arguments_of(typed: list[str] | None) -> tuple[str, ...]:
    """Arguments of a controller, with dashes whether they were typed or not."""
    return tuple(word if word.startswith("-") else f"--{word}" for word in typed or ())
