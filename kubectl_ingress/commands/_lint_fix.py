"""``lint --fix``: what it goes with, and where its results go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kubectl_ingress.commands._lint_report import print_report
from kubectl_ingress.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from kubectl_ingress.core.fixes import Mended
    from kubectl_ingress.env import Environment
    from kubectl_ingress.linting import Files

_STDIN = "-"


def run(
    files: Files, environment: Environment, diff: bool, output: str, fail_on: str
) -> ExitStatus:
    """Mends files in place, or shows what that would be. Raises UsageError and InputError."""
    from kubectl_ingress.fixing.mending import mend
    from kubectl_ingress.render.fixes import show_mended
    from kubectl_ingress.render.lint import render_text

    _check(files.paths, diff, output)
    mended, stderr = mend(files), environment.stderr
    if diff:
        _show_diff(mended, environment)
    elif _STDIN in files.paths:
        _print_text(mended, files, environment)
    else:
        _write(mended)
    show_mended(stderr, mended, written=not diff, colour=environment.has_colour(stderr))
    if diff:
        return ExitStatus.FAILED if mended.changed else ExitStatus.OK
    if _STDIN in files.paths:
        render_text(mended.report, stderr, colour=environment.has_colour(stderr))
    else:
        print_report(mended.report, files.rules, environment, output)
    return ExitStatus.FAILED if mended.report.reaches(fail_on) else ExitStatus.OK


def _check(paths: Sequence[str], diff: bool, output: str) -> None:
    """Whether --fix goes with the other flags. Raises UsageError."""
    if not paths:
        raise UsageError(
            "--fix edits files, never the objects of a cluster",
            "kubectl get ingress NAME -o yaml > FILE; kubectl ingress lint --fix -f FILE",
        )
    if _STDIN in paths and len(paths) > 1:
        raise UsageError(
            "with --fix stdin goes alone: what is mended of it is printed",
            "mend the files in a run of their own",
        )
    pipes = [path for path in paths if Path(path).exists() and not _can_be_written(Path(path))]
    if pipes:
        raise UsageError(
            f"{pipes[0]} is no file that could be written to",
            "take it from stdin (-f -): what is mended is printed then",
        )
    if output != "text" and (diff or _STDIN in paths):
        raise UsageError(
            f"-o {output} has no place: stdout has the {'diff' if diff else 'mended text'} then",
            "leave it out, or lint again without --fix",
        )


def _can_be_written(path: Path) -> bool:
    return path.is_file() or path.is_dir()


def _show_diff(mended: Mended, environment: Environment) -> None:
    from kubectl_ingress.render.fixes import render_diff

    stdout = environment.stdout
    colour, escaped = environment.has_colour(stdout), environment.is_terminal(stdout)
    for one in mended.changed:
        render_diff(one, stdout, colour=colour, escaped=escaped)


def _print_text(mended: Mended, files: Files, environment: Environment) -> None:
    """All of stdin, mended or not: this is a filter."""
    from kubectl_ingress.ports.sources import read_source
    from kubectl_ingress.render.verbatim import write_verbatim

    texts = [one.after for one in mended.changed] or [read_source(_STDIN, files.stdin()).text]
    write_verbatim(environment.stdout, texts[0])


def _write(mended: Mended) -> None:
    from kubectl_ingress.ports.in_place import write_over

    for one in mended.changed:
        write_over(one.name, one.before, one.after)
