"""The manual of rules and codes, made of docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from kubectl_ingress.core.codes import CODES
from kubectl_ingress.core.report import Page
from kubectl_ingress.lint.engine import Rule

SECTIONS = ("What it does", "Why it is bad", "Example", "Use instead")
FIX = "What --fix does"
"""The section that those rules have beside whose findings have edits."""

_SAID_BY = {
    "KI1": "test and trace",
    "KI2": "test, trace, status and list",
    "KI3": "test and trace",
    "KI4": "test and trace",
    "KI5": "test, trace and list",
    "KI6": "install, test, doctor and status",
    "KI7": "install, upgrade, doctor and status",
    "KI8": "migrate",
    "KI9": "every command that reads objects",
}


def page_of_rule(rule: Rule) -> Page:
    """The docstring of a rule."""
    return Page(rule.CODE, rule.NAME, rule.LEVEL, inspect.cleandoc(rule.__doc__ or ""))


def pages_of(word: str, rules: Sequence[Rule]) -> tuple[Page, ...]:
    """The pages of a code or of a rule's name, () where there is none."""
    found = [rule for rule in rules if word.upper() == rule.CODE or word.lower() == rule.NAME]
    if found:
        return tuple(map(page_of_rule, found))
    code = word.upper()
    if code not in CODES:
        return ()
    by = _SAID_BY[code[:3]] if code != "KI907" else "lint"
    text = f"{CODES[code][0].upper()}{CODES[code][1:]}.\n\nNo rule of lint looks for it; said by"
    return (Page(code, "", "", f"{text} kubectl ingress {by}."),)


def reference(rules: Sequence[Rule]) -> str:
    """docs/rules.md."""
    lines = [
        "# Rules",
        "",
        "What `kubectl ingress lint` looks for. Made of the rules' docstrings (`make generated`);",
        "`kubectl ingress explain CODE` prints the same. `lint --fix` mends findings of those",
        "with a √, as their pages say. The others are left to you: they can be mended in several",
        "ways, or in one that changes what becomes of requests to others.",
        "",
        "| code | rule | level at worst | --fix | what |",
        "|---|---|---|---|---|",
    ]
    for rule in rules:
        page = page_of_rule(rule)
        link = f"[{page.code}](#{_anchor(page)})"
        mends = "√" if FIX in page.text.split("\n") else ""
        lines.append(f"| {link} | {page.rule} | {page.level} | {mends} | {page.title} |")
    for rule in rules:
        page = page_of_rule(rule)
        lines += ["", f"## {page.code} {page.rule}", ""]
        headings = (*SECTIONS, FIX)
        lines += (f"**{line}**\n" if line in headings else line for line in page.text.split("\n"))
    return "\n".join(_spaced(lines)) + "\n"


def _anchor(page: Page) -> str:
    return f"{page.code.lower()}-{page.rule}"


def _spaced(lines: list[str]) -> list[str]:
    """Without two empty lines in a row."""
    kept: list[str] = []
    for line in "\n".join(lines).split("\n"):
        if line or (kept and kept[-1]):
            kept.append(line)
    return kept
