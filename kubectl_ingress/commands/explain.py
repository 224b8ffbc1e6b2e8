"""``kubectl ingress explain``: the page of a code, or of a lint rule."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kubectl_ingress.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from kubectl_ingress.core.report import Page
    from kubectl_ingress.env import Environment

_WIDTH = 95


def run(
    context: typer.Context,
    word: Annotated[
        str, typer.Argument(metavar="CODE|RULE", help="KI501, or frozen-controller.")
    ] = "",
    list_codes: Annotated[bool, typer.Option("--list", help="List all codes.")] = False,
) -> ExitStatus:
    """Explain a code: what it means, why it is bad, what to do.

    \b
    Examples:
      kubectl ingress explain KI501
      kubectl ingress explain frozen-controller
      kubectl ingress explain --list
    """
    from kubectl_ingress.core.commands import command
    from kubectl_ingress.doctor.engine import checks_for
    from kubectl_ingress.lint.engine import all_rules
    from kubectl_ingress.lint.manual import all_pages, meant_by, pages_of
    from kubectl_ingress.render.terminal import columns_of

    environment: Environment = context.obj
    rules = all_rules()
    if list_codes:
        if word:
            raise UsageError("--list names all codes", "leave one of them out")
        _list(all_pages(rules), environment)
        return ExitStatus.OK
    if not word:
        raise UsageError("explain needs a code or a rule", "kubectl ingress explain --list")
    pages = pages_of(word, rules)
    if not pages:
        meant = meant_by(word, rules)
        step = command("ingress", "explain", meant or "--list")
        raise UsageError(f"{word!r} is no code and no rule", step)
    width = min(_WIDTH, (columns_of(environment.stdout) or _WIDTH + 1) - 1)
    for page in pages:
        print(_head(page), file=environment.stdout)
        print(f"\n{_folded(page.text, width)}", file=environment.stdout)
    for text in checks_for({page.code for page in pages}):
        print(f"\n{textwrap.fill(text, width, break_on_hyphens=False)}", file=environment.stdout)
    return ExitStatus.OK


def _folded(text: str, width: int) -> str:
    """A page as it is written, or its sentences folded anew where the terminal is narrower."""
    from kubectl_ingress.lint import manual, pages

    if width == _WIDTH:
        return text
    headings = (*manual.SECTIONS, manual.FIX, *pages.SECTIONS)
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        # Headings, examples and what is set off by a blank line stay as they are.
        if not line or line.startswith(" ") or line in headings:
            blocks += [[line], []]
        else:
            blocks[-1].append(line)
    return "\n".join(
        textwrap.fill(joined, width, break_on_hyphens=False, break_long_words=False)
        if (joined := " ".join(block)) and not joined.startswith(" ")
        else joined
        for block in blocks
        if block
    )


def _list(pages: Sequence[Page], environment: Environment) -> None:
    from kubectl_ingress.render.table import show_table

    rows = [[page.code, page.rule or "-", page.title] for page in pages]
    show_table(environment.stdout, ("CODE", "RULE", "WHAT"), rows)


def _head(page: Page) -> str:
    return "  ".join(filter(None, (page.code, page.rule, page.level)))
