"""A terminal of so many columns, of which a test sees what is written to it."""

from __future__ import annotations

import io
import os
import termios
import weakref


class Terminal(io.StringIO):
    """Of what is asked of a terminal, that it is one and its columns are asked of a real one."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self._ends = os.openpty()
        termios.tcsetwinsize(self._ends[1], (24, columns))
        weakref.finalize(self, _close, self._ends)

    def fileno(self) -> int:
        return self._ends[1]

    def isatty(self) -> bool:
        return True


def _close(ends: tuple[int, int]) -> None:
    for end in ends:
        os.close(end)
