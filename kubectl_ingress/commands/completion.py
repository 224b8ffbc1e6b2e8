"""``kubectl ingress completion``: a shell's script, or the completer that kubectl looks for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, InputError

if TYPE_CHECKING:
    from kubectl_ingress.completion.placement import Installation, Outcome

app = typer.Typer(
    help="""Complete commands, flags and names with Tab.

    kubectl completes its plugins itself, once its own completion is loaded and
    the completer is on PATH: install. The scripts are for those who call
    kubectl-ingress directly.

    \b
    Examples:
      kubectl ingress completion install
      source <(kubectl-ingress completion bash)
    """,
    rich_markup_mode=None,
    no_args_is_help=True,
)


@app.command("bash")
def bash(context: typer.Context) -> ExitStatus:
    """Print the script for bash.

    \b
    Examples:
      source <(kubectl-ingress completion bash)
      echo 'source <(kubectl-ingress completion bash)' >> ~/.bashrc
    """
    return _print("bash", context.obj)


@app.command("zsh")
def zsh(context: typer.Context) -> ExitStatus:
    """Print the script for zsh.

    \b
    Examples:
      source <(kubectl-ingress completion zsh)
      kubectl-ingress completion zsh > "${fpath[1]}/_kubectl-ingress"
    """
    return _print("zsh", context.obj)


@app.command("fish")
def fish(context: typer.Context) -> ExitStatus:
    """Print the script for fish.

    \b
    Examples:
      kubectl-ingress completion fish | source
      echo 'kubectl-ingress completion fish|source' >> ~/.config/fish/config.fish
    """
    return _print("fish", context.obj)


@app.command("powershell")
def powershell(context: typer.Context) -> ExitStatus:
    """Print the script for PowerShell.

    \b
    Example:
      kubectl-ingress completion powershell | Out-String | Invoke-Expression
    """
    return _print("powershell", context.obj)


def _print(shell: str, environment: Environment) -> ExitStatus:
    from kubectl_ingress.completion.scripts import SCRIPTS

    environment.stdout.write(SCRIPTS[shell])
    return ExitStatus.OK


@app.command("install")
def install(
    context: typer.Context,
    directory: Annotated[
        str | None,
        typer.Option("--dir", metavar="DIR", help="Directory of PATH; default: the program's own."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
) -> ExitStatus:
    """Put the completer on PATH, where kubectl looks for it.

    It goes next to the program, or else into the first directory of PATH under
    your home directory that can be written to. ~/.local/bin and ~/bin are made
    where they are not there, and no other. A file that this program did not
    make is never overwritten.

    \b
    Examples:
      kubectl ingress completion install
      kubectl ingress completion install --dir ~/.local/bin --dry-run
    """
    from kubectl_ingress.completion import placement

    environment: Environment = context.obj
    variables = environment.variables
    installation = placement.Installation(
        program=placement.find_program(sys.argv[0], variables),
        python=sys.executable,
        library=Path(__file__).absolute().parents[2],
    )
    if directory is None:
        chosen = placement.choose_directory(installation, variables)
    else:
        chosen = Path(directory).expanduser().absolute()
        if not (placement.is_writable(chosen) or placement.can_be_made(chosen, variables)):
            raise InputError(
                f"{directory} is not a directory that can be written to",
                "make it, or name another directory of PATH",
            )
    outcome, path = placement.place(installation, chosen, dry_run=dry_run)
    _tell(environment, installation, outcome, path, dry_run=dry_run)
    return ExitStatus.OK


def _tell(
    environment: Environment,
    installation: Installation,
    outcome: Outcome,
    path: Path,
    *,
    dry_run: bool,
) -> None:
    from kubectl_ingress.completion.placement import Outcome, directories
    from kubectl_ingress.core.text import printable

    arrow = f" -> {installation.program}" if outcome is Outcome.LINKED else ""
    suffix = " (dry run)" if dry_run else ""
    print(printable(f"{outcome} {path}{arrow}{suffix}"), file=environment.stdout)
    if path.parent not in directories(environment.variables):
        hint = f"! {path.parent} is not on PATH, so kubectl does not find it there"
        print(printable(hint), file=environment.stderr)
    elif not dry_run:
        print(f"Next   {printable(installation.command)} te<Tab>", file=environment.stderr)
        print(
            "       (kubectl's own completion: kubectl completion --help)", file=environment.stderr
        )
