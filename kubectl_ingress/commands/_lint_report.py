"""A lint report in the format that -o names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubectl_ingress.core.report import Report
    from kubectl_ingress.env import Environment
    from kubectl_ingress.lint.engine import Rule


def print_report(
    report: Report, rules: Sequence[Rule], environment: Environment, output: str
) -> None:
    """On stdout."""
    from kubectl_ingress.render import lint as render

    stdout = environment.stdout
    if output == "json":
        render.render_json(report, stdout)
    elif output == "junit":
        render.render_junit(report, stdout)
    elif output == "github":
        render.render_github(report, stdout)
    elif output == "sarif":
        from kubectl_ingress import __version__
        from kubectl_ingress.lint.manual import page_of_rule
        from kubectl_ingress.render.sarif import render_sarif

        render_sarif(report, [page_of_rule(rule) for rule in rules], __version__, stdout)
    else:
        render.render_text(report, stdout, colour=environment.has_colour(stdout))
