"""The pages of codes that no rule has: what is said by requests, by checks and by install.

A module for each part of them; together with the rules' docstrings they are a page for each
code of core.codes.
"""

from __future__ import annotations

from kubectl_ingress.lint.pages import (
    classes,
    install,
    load_balancer,
    routing,
    sending,
    settings,
)

SECTIONS = ("What it means", "Why it happens", "How to see it", "What to do")
"""Of each page, in this order, after a first line that is its title."""

PAGES = {
    **routing.PAGES,
    **classes.PAGES,
    **settings.PAGES,
    **load_balancer.PAGES,
    **sending.PAGES,
    **install.PAGES,
}
"""By code; see `SECTIONS`."""
