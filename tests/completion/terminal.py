"""Shells at a terminal, for tests that press Tab."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

SECONDS = 30.0
"""How long a shell may take for one answer: machines that run tests are busy."""


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        shutil.which(shell) is None,
        reason=f"{shell.upper()} COMPLETION WAS NOT TESTED: there is no {shell} on PATH",
    )


class Terminal:
    """A shell at a terminal. The program is replaced by one that shows its words."""

    def __init__(self, command: Sequence[str], variables: dict[str, str], folder: Path) -> None:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execve(command[0], list(command), variables)
        self._seen = ""

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read until the pattern appears; what was read up to there is forgotten."""
        deadline = time.monotonic() + SECONDS
        while True:
            match = re.search(pattern, self._seen)
            if match:
                self._seen = self._seen[match.end() :]
                return match
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, left))
            assert ready, f"no {pattern} in {self._seen!r}"
            self._seen += os.read(self._terminal, 4096).decode(errors="replace")

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def words_after(self, typed: str) -> list[str]:
        """The words that the program would get for a line with Tabs in it."""
        self.wait_for("READY>")
        self.type(typed)
        # The Tab is answered while the line is read: Enter may follow at once.
        self.type("\n")
        return self.wait_for(r"\[\[(.*?)\]\]").group(1).split("|")

    def close(self) -> None:
        os.close(self._terminal)
        os.waitpid(self._pid, 0)
