"""``kubectl ingress explain``: the page of a code, or of a lint rule."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from kubectl_ingress.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from kubectl_ingress.core.report import Page
    from kubectl_ingress.env import Environment

_WIDTH = 95


def run(
    context: typer.Context,
    word: Annotated[str, typer.Argument(metavar="CODE|RULE", help="KI501, or frozen-controller.")],
) -> ExitStatus:
    """Explain a code: what it means, why it is bad, and what to write instead.

    \b
    Examples:
      kubectl ingress explain KI501
      kubectl ingress explain frozen-controller
    """
    from kubectl_ingress.doctor.engine import checks_for
    from kubectl_ingress.lint.engine import all_rules
    from kubectl_ingress.lint.manual import pages_of

    environment: Environment = context.obj
    pages = pages_of(word, all_rules())
    if not pages:
        raise UsageError(f"{word!r} is no code and no rule", "kubectl ingress lint --list")
    for page in pages:
        print(_head(page), file=environment.stdout)
        print(f"\n{page.text}", file=environment.stdout)
    for text in checks_for({page.code for page in pages}):
        print(f"\n{textwrap.fill(text, _WIDTH, break_on_hyphens=False)}", file=environment.stdout)
    return ExitStatus.OK


def _head(page: Page) -> str:
    return "  ".join(filter(None, (page.code, page.rule, page.level)))
