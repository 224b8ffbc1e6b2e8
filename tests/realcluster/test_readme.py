"""The README's commands, run in its order: what it prints is what comes out.

UPDATE_README=1 writes the outputs anew.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .testbed import Bed

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
OLD_INGRESS = ROOT / "tests" / "golden" / "convert" / "seed" / "ingress-example.yaml"

BLOCK = re.compile(r"^```console road\n\$ (.*)\n((?:.*\n)*?)```$", re.MULTILINE)

# What differs from run to run, and from machine to machine.
CHANGING = (
    (re.compile(r"\d+(\.\d+)? (ms|s|min)\b"), "TIME"),
    (re.compile(r"a[0-9a-f]{20,32}[^ /]*?amazonaws\.com"), "LB"),
    (re.compile(r"-[0-9a-z]{8,10}-[0-9a-z]{5}\b"), "-POD"),
    (re.compile(r"10\.244\.0\.\d+"), "IP"),
    (re.compile(r"(POD +)\d+ +█+"), r"\1N"),
    (re.compile(r"p = \d\.\d\d"), "p = N"),
    (re.compile(r"(an|not an) even spread"), "SPREAD"),
    (re.compile(r"[ \n]+"), " "),
)


@dataclass(frozen=True)
class Example:
    command: str
    output: str


def examples() -> list[Example]:
    return [Example(*match.groups()) for match in BLOCK.finditer(README.read_text())]


def canonical(text: str) -> str:
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return text.strip()


def test_every_output_is_real(bed: Bed, tmp_path: Path) -> None:
    (tmp_path / "ingress-2020.yaml").write_text(OLD_INGRESS.read_text())
    found = examples()
    assert len(found) > 10
    outputs = {}
    for example in found:
        done = bed.run("bash", "-c", f"cd {tmp_path} && {{ {example.command}; }} 2>&1", timeout=120)
        # Of this machine's folders nothing shall stand in a README.
        outputs[example.command] = done.stdout.replace(str(bed.home), "/home/me")
        if "--apply" in example.command:
            bed.wait_for(lambda: len(bed.endpoints("hostname-service")) == 3, 30, "three endpoints")
            # The controller has loaded the Ingress when it answers for its host.
            bed.ingress("test", "http://jko.example.com/echo-hostname", "--wait", "20s")
    if os.environ.get("UPDATE_README"):
        README.write_text(BLOCK.sub(lambda m: block(m[1], outputs[m[1]]), README.read_text()))
        found = examples()
    for example in found:
        assert canonical(outputs[example.command]) == canonical(example.output), example.command


def block(command: str, output: str) -> str:
    return f"```console road\n$ {command}\n{output.rstrip()}\n```"
