"""``kubectl ingress lab``: a teaching stand-in for a cluster, on this machine alone."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TextIO
from urllib.parse import urlsplit

import typer

from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, InputError, UsageError

if TYPE_CHECKING:
    from kubectl_ingress.lab.home import Home, Running

app = typer.Typer(
    help="""Try everything without a cluster: a lab on this machine.

    The lab is a teaching stand-in on the loopback, not a Kubernetes: an API
    server for the kinds that a route needs, with nodes, pods and a cloud that
    are played. What is real are the commands, the requests and the routes. It
    keeps its own kubeconfig and never touches yours.

    \b
    Examples:
      eval "$(kubectl ingress lab up)"
      kubectl ingress install
      kubectl ingress lab run -- kubectl get pods -A
      kubectl ingress lab down
    """,
    rich_markup_mode=None,
    no_args_is_help=True,
)

_INSTALL = "kubectl ingress install"


class Provider(StrEnum):
    """The places that are played."""

    AWS = "aws"
    GKE = "gke"
    DO = "do"
    KIND = "kind"
    BAREMETAL = "baremetal"


@app.command("up")
def up(
    context: typer.Context,
    provider: Annotated[
        Provider | None, typer.Option(help="The place to play; default: what runs, else aws.")
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            help="Port of the API server; default: any free one.", metavar="N", show_default=False
        ),
    ] = 0,
) -> ExitStatus:
    """Start a lab in the background.

    It prints the line that leads a shell's commands there: KUBECONFIG, and
    CURL_HOME, by which curl finds the lab's load balancers.

    \b
    Examples:
      eval "$(kubectl ingress lab up)"
      kubectl ingress lab up --provider gke
    """
    from kubectl_ingress.render.plan import show_facts

    environment: Environment = context.obj
    if not 0 <= port < 1 << 16:
        raise UsageError(f"{port} is no port", "choose one from 1 to 65535")
    home = _home(environment)
    running = home.running()
    if running is not None:
        if provider not in (None, running.provider):
            raise InputError(
                f"a lab that plays {running.provider} runs already",
                "end it first: kubectl ingress lab down",
            )
        if port and port != urlsplit(running.server).port:
            raise InputError(
                f"a lab runs already, at {running.server}",
                "leave --port out, or end it first: kubectl ingress lab down",
            )
        print("The lab runs already.", file=environment.stderr)
    else:
        if home.is_stale():
            print("What a killed lab left is removed.", file=environment.stderr)
        running = home.start(provider or Provider.AWS, port)
    _show(environment.stderr, running)
    # Nothing that its nodes say would tell install where it is.
    named = " --provider baremetal" if running.provider == Provider.BAREMETAL else ""
    following = f'eval "$(kubectl ingress lab up)"; {_INSTALL}{named}'
    show_facts(environment.stderr, [("Next", following)])
    _print_exports(environment, home)
    return ExitStatus.OK


@app.command("down")
def down(context: typer.Context) -> ExitStatus:
    """End the lab, with all that is in it.

    \b
    Example:
      kubectl ingress lab down
    """
    environment: Environment = context.obj
    there = _home(environment).stop()
    print("The lab is gone." if there else "No lab runs.", file=environment.stderr)
    return ExitStatus.OK


@app.command("status")
def status(context: typer.Context) -> ExitStatus:
    """Say whether a lab runs; exit status 1 when none does.

    \b
    Example:
      kubectl ingress lab status
    """
    environment: Environment = context.obj
    home = _home(environment)
    running = home.running()
    if running is not None:
        _show(environment.stdout, running)
        _print_exports(environment, home)
        return ExitStatus.OK
    if home.is_stale():
        print("No lab runs; one that was killed left its files.", file=environment.stdout)
        print("Next        kubectl ingress lab up    (removes them)", file=environment.stderr)
    else:
        print("No lab runs.", file=environment.stdout)
        print("Next        kubectl ingress lab up", file=environment.stderr)
    return ExitStatus.FAILED


@app.command(
    "run",
    options_metavar="[OPTIONS] -- COMMAND [ARGUMENT]...",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def run(context: typer.Context) -> ExitStatus:
    """Run a command against the lab: kubectl, curl, a shell.

    It gets the lab's kubeconfig, and curl finds the lab's load balancers by
    their names. Its exit status is that of the command.

    \b
    Examples:
      kubectl ingress lab run -- kubectl get pods -A
      kubectl ingress lab run -- bash
    """
    environment: Environment = context.obj
    if not context.args:
        raise UsageError("no command to run", "kubectl ingress lab run -- COMMAND [ARGUMENT...]")
    home = _home(environment)
    if home.running() is None:
        raise InputError("no lab runs", "kubectl ingress lab up")
    variables = _variables(environment, home)
    program = shutil.which(context.args[0], path=variables.get("PATH"))
    if program is None:
        raise InputError(f"{context.args[0]} is not on PATH", "check the command after the --")
    environment.stdout.flush()
    environment.stderr.flush()
    os.execve(program, context.args, variables)  # noqa: S606  # the command that was typed


@app.command("demo")
def demo(context: typer.Context) -> ExitStatus:
    """Play the whole road in a lab of its own.

    It prints each command, and what that really prints.

    \b
    Example:
      kubectl ingress lab demo
    """
    from kubectl_ingress.lab.demo import play

    environment: Environment = context.obj
    return play(environment.stdout, environment.variables)


def _home(environment: Environment) -> Home:
    if sys.platform == "win32":
        raise InputError("the lab needs Linux or macOS", "run it in WSL: wsl --install")
    from kubectl_ingress.lab.home import Home

    return Home.of(environment.variables)


def _show(stream: TextIO, running: Running) -> None:
    from kubectl_ingress.render.plan import show_facts

    played = f"{running.provider} is played here: a teaching stand-in, not a Kubernetes"
    show_facts(stream, [("Lab", played), ("API server", running.server)])


def _print_exports(environment: Environment, home: Home) -> None:
    """A line for the user's shell; curl finds the lab's load balancers by the second."""
    words = [f"{name}={shlex.quote(value)}" for name, value in _exports(home).items()]
    print("export", *words, file=environment.stdout)


def _exports(home: Home) -> dict[str, str]:
    return {"KUBECONFIG": str(home.kubeconfig), "CURL_HOME": str(home.curl_home)}


def _variables(environment: Environment, home: Home) -> dict[str, str]:
    """Those of a command in the lab: `kubectl ingress` is this very program."""
    variables = dict(environment.variables) | _exports(home)
    scripts = sysconfig.get_path("scripts")
    variables["PATH"] = os.pathsep.join([variables.get("PATH", os.defpath), scripts])
    return variables
