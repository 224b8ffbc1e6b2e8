"""``kubectl ingress status``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.options import with_cluster_flags_and

if TYPE_CHECKING:
    from kubectl_ingress.core.inventory import Inventory
    from kubectl_ingress.env import Environment

_OUTPUTS = ("text", "wide", "json", "yaml")


@with_cluster_flags_and(namespace="Look in this namespace; default: in all.")
def run(
    context: typer.Context,
    connection: ClusterOptions,
    all_namespaces: Annotated[
        bool,
        typer.Option(
            "-A", "--all-namespaces", help="Controllers of all namespaces: so it is without -n."
        ),
    ] = False,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="text|wide|json|yaml", help="How to print it.")
    ] = "text",
) -> ExitStatus:
    """Show the ingress controllers, and what is wrong with them.

    They are found by their classes, images and labels, whoever installed
    them. Nothing is changed: a webhook is asked with an Ingress that is never
    made. The exit status is 0 once it could look, whatever it found.

    \b
    Examples:
      kubectl ingress status
      kubectl ingress status -n ingress-nginx -o wide
      kubectl ingress status -o json
    """
    from kubectl_ingress.inventory.look import look_at

    environment: Environment = context.obj
    if output not in _OUTPUTS:
        raise UsageError(f"-o {output!r} is not known", f"one of: {', '.join(_OUTPUTS)}")
    if all_namespaces and connection.namespace:
        raise UsageError("-A and -n contradict each other", "leave one of them out")
    cluster = environment.cluster(connection)
    inventory = look_at(cluster, connection.namespace or "", environment.monotonic)
    fixed = (replace(one, fix=addressed(one.fix, connection)) for one in inventory.findings)
    _print(environment, replace(inventory, findings=tuple(fixed)), output)
    # It tells, and checks nothing: 1 would have to mean that something was expected.
    return ExitStatus.OK


def _print(environment: Environment, inventory: Inventory, output: str) -> None:
    from kubectl_ingress.render.status import as_data, render_text

    stdout = environment.stdout
    if output == "json":
        print(json.dumps(as_data(inventory), indent=2), file=stdout)
    elif output == "yaml":
        from kubectl_ingress.ports.files import dump_yaml

        stdout.write(dump_yaml([as_data(inventory)]))
    else:
        colour = environment.has_colour(stdout)
        render_text(inventory, stdout, colour=colour, wide=output == "wide")
