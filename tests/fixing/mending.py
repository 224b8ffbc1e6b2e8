"""Runs `lint --fix` on one file, as a person would."""

from __future__ import annotations

from pathlib import Path

from tests.running import Ran, run


def linted(path: Path, *words: str) -> Ran:
    ran = run(["lint", "-f", str(path), *words])
    assert "Traceback" not in ran.stderr
    return ran


def fixed(path: Path, text: str | bytes, *words: str) -> tuple[bytes, Ran]:
    """The bytes of the file afterwards, and what was said.

    Holds what must hold of every text: --diff writes nothing, a second run changes nothing,
    and what was mended is not found again.
    """
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = path.read_bytes()
    shown = linted(path, "--fix", "--diff", *words)
    assert path.read_bytes() == before
    ran = linted(path, "--fix", *words)
    after = path.read_bytes()
    assert (shown.status == 1) == (after != before) == bool(shown.stdout), shown.stderr
    again = linted(path, "--fix", *words)
    assert path.read_bytes() == after
    assert "nothing to mend" in again.stderr
    assert not any(line.startswith("√") for line in again.stderr.splitlines())
    assert [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []
    return after, ran
