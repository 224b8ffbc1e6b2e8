"""Outputs that stand in the README, and what in them differs from run to run."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import ndiff
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

# What differs from run to run, and from machine to machine.
CHANGING = (
    # What is missing meanwhile, and whether anything is.
    (re.compile(r"^waiting: .*\n", re.MULTILINE), ""),
    (re.compile(r", port \d+"), ", port N"),
    (re.compile(r"\d+(\.\d+)? (ms|s|min)\b"), "TIME"),
    (re.compile(r"a[0-9a-f]{20,32}[^ /]*?(amazonaws\.com|lab\.localhost)"), "LB"),
    (re.compile(r"-[0-9a-z]{8,10}-[0-9a-z]{5}\b"), "-POD"),
    (re.compile(r"(10\.244\.0|127\.\d+\.\d+)\.\d+(:\d+)?"), "IP"),
    (re.compile(r"(POD +)\d+ +█+"), r"\1N"),
    (re.compile(r"p = \d\.\d\d"), "p = N"),
    (re.compile(r"(an|not an) even spread"), "SPREAD"),
    (re.compile(r"kubectl-ingress-demo-\w+"), "DEMO"),
    (re.compile(r"[ \n]+"), " "),
)


_DONE = re.compile(r"(^  √ .*\n)+", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A command with what it prints."""

    command: str
    output: str


def examples(kind: str) -> list[Example]:
    """The README's blocks of this kind, in their order."""
    return [Example(*match.groups()) for match in _blocks(kind).finditer(README.read_text())]


def canonical(text: str) -> str:
    """What is the same in every run: what is done first may be either of two things."""
    text = _DONE.sub(lambda run: "".join(sorted(run[0].splitlines(keepends=True))), text)
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return text.strip()


def check(kind: str, outputs: Mapping[str, str]) -> None:
    """That the README says what came out; UPDATE_README=1 writes that first."""
    if os.environ.get("UPDATE_README"):
        text = README.read_text()
        pattern = _blocks(kind)
        README.write_text(pattern.sub(lambda m: _block(kind, m[1], outputs[m[1]]), text))
    for example in examples(kind):
        said, wanted = (canonical(text) for text in (outputs[example.command], example.output))
        lines = ndiff([wanted], [said])
        assert said == wanted, f"{example.command}:\n" + "\n".join(lines)


def _blocks(kind: str) -> re.Pattern[str]:
    return re.compile(rf"^```console {kind}\n\$ (.*)\n((?:.*\n)*?)```$", re.MULTILINE)


def _block(kind: str, command: str, output: str) -> str:
    return f"```console {kind}\n$ {command}\n{output.rstrip()}\n```"
