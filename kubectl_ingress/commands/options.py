"""``kubectl ingress options``: the connection flags that every command takes."""

from __future__ import annotations

import typer

from kubectl_ingress.connection import FLAGS
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus


def run(context: typer.Context) -> ExitStatus:
    """List the connection flags that every command takes.

    \b
    Example:
      kubectl ingress options
    """
    environment: Environment = context.obj
    rows = [
        (", ".join(flag.names) + (f" {flag.metavar}" if flag.metavar else ""), flag.help)
        for flag in FLAGS
    ]
    width = max(len(names) for names, _ in rows)
    for names, text in rows:
        print(f"  {names:<{width}}  {text}", file=environment.stdout)
    return ExitStatus.OK
