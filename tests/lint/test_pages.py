"""Every code has a page of substance, whose words lead to commands and codes that exist."""

from __future__ import annotations

import re

import pytest

from kubectl_ingress import cli
from kubectl_ingress.completion.grammar import read_grammar
from kubectl_ingress.core.codes import CODES
from kubectl_ingress.core.report import Page
from kubectl_ingress.lint.engine import all_rules
from kubectl_ingress.lint.manual import all_pages
from kubectl_ingress.lint.pages import PAGES, SECTIONS

LEAST_WORDS = 80
WIDTH = 97
COMMAND = re.compile(r"kubectl ingress ([a-z-]+)((?:[ \n]+(?!kubectl)[^\s`;]+)*)")
FLAG = re.compile(r"(?<!\S)--?[a-zA-Z][a-z0-9-]*")
COMMANDS = read_grammar(cli.build()).commands


def test_each_code_has_exactly_one() -> None:
    rules = {rule.CODE for rule in all_rules()}
    assert rules | set(PAGES) == set(CODES)
    assert rules & set(PAGES) == set()
    assert [page.code for page in all_pages(all_rules())] == sorted(CODES)


@pytest.mark.parametrize("code", PAGES)
def test_it_says_what_why_how_to_see_and_what_to_do(code: str) -> None:
    lines = PAGES[code].split("\n")
    assert lines[0].endswith(".")
    assert [line for line in lines if line in SECTIONS] == list(SECTIONS)
    parts = re.split("|".join(SECTIONS), PAGES[code])
    assert all(part.strip() for part in parts)
    assert len(PAGES[code].split()) >= LEAST_WORDS
    assert max(map(len, lines)) <= WIDTH
    assert set(re.findall(r"KI\d{3}", PAGES[code])) <= set(CODES) - {code}


@pytest.mark.parametrize("page", all_pages(all_rules()), ids=lambda page: page.code)
def test_its_commands_can_be_typed(page: Page) -> None:
    for line in re.findall(r"`[^`]*`|^    .*$", page.text, re.MULTILINE):
        for name, words in COMMAND.findall(line):
            command = COMMANDS[name]
            for flag in FLAG.findall(words.partition(" -- ")[0]):
                assert command.option(flag) is not None, f"{name} {flag}"


def test_the_check_of_commands_can_fail() -> None:
    [(name, words)] = COMMAND.findall("`kubectl ingress test URL --vai pod`")
    assert name == "test"
    assert [COMMANDS["test"].option(flag) for flag in FLAG.findall(words)] == [None]
