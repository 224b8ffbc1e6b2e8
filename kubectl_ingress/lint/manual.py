"""The manual of rules and codes: the docstrings of rules, and the pages of all other codes."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from kubectl_ingress.core.codes import CODES
from kubectl_ingress.core.report import Page
from kubectl_ingress.core.spelling import certain_name
from kubectl_ingress.lint import pages
from kubectl_ingress.lint.engine import Rule

SECTIONS = ("What it does", "Why it is bad", "Example", "Use instead")
FIX = "What --fix does"
"""The section that those rules have beside whose findings have edits."""


def page_of_rule(rule: Rule) -> Page:
    """The docstring of a rule."""
    return Page(rule.CODE, rule.NAME, rule.LEVEL, inspect.cleandoc(rule.__doc__ or ""))


def pages_of(word: str, rules: Sequence[Rule]) -> tuple[Page, ...]:
    """The pages of a code or of a rule's name, () where there is none."""
    found = [rule for rule in rules if word.upper() == rule.CODE or word.lower() == rule.NAME]
    if found:
        return tuple(map(page_of_rule, found))
    code = word.upper()
    return (Page(code, "", "", pages.PAGES[code].strip()),) if code in pages.PAGES else ()


def all_pages(rules: Sequence[Rule]) -> tuple[Page, ...]:
    """A page for each code, by code."""
    found = [page_of_rule(rule) for rule in rules]
    found += [Page(code, "", "", text.strip()) for code, text in pages.PAGES.items()]
    return tuple(sorted(found, key=lambda page: page.code))


def meant_by(word: str, rules: Sequence[Rule]) -> str:
    """The rule or code that a word is certainly a slip of the pen for, "" for none."""
    return certain_name(word, tuple(rule.NAME for rule in rules)) or certain_name(
        word, tuple(CODES)
    )


def reference(rules: Sequence[Rule]) -> str:
    """docs/rules.md."""
    lines = [
        "# Rules",
        "",
        "What `kubectl ingress lint` looks for, and below it the [other codes](#other-codes).",
        "`kubectl ingress explain CODE` prints the same; this is made of it (`make generated`).",
        "`lint --fix` mends findings of those with a √, as their pages say. The others are left",
        "to you: they can be mended in several ways, or in one that changes what becomes of",
        "requests to others.",
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
        lines += _whole(page_of_rule(rule), (*SECTIONS, FIX))
    others = [page for page in all_pages(rules) if not page.rule]
    lines += [
        "",
        "# Other codes",
        "",
        "What requests, checks and `install` say, and no rule looks for.",
        "",
        "| code | what |",
        "|---|---|",
        *(f"| [{page.code}](#{_anchor(page)}) | {page.title} |" for page in others),
    ]
    for page in others:
        lines += _whole(page, pages.SECTIONS)
    return "\n".join(_spaced(lines)) + "\n"


def _whole(page: Page, headings: Sequence[str]) -> list[str]:
    text = (f"**{line}**\n" if line in headings else line for line in page.text.split("\n"))
    return ["", f"## {page.code} {page.rule}".rstrip(), "", *text]


def _anchor(page: Page) -> str:
    return f"{page.code.lower()}-{page.rule}".removesuffix("-")


def _spaced(lines: list[str]) -> list[str]:
    """Without two empty lines in a row."""
    kept: list[str] = []
    for line in "\n".join(lines).split("\n"):
        if line or (kept and kept[-1]):
            kept.append(line)
    return kept
