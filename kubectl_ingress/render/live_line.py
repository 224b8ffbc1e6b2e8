"""One line at the bottom of a terminal that is drawn again and again, and nothing elsewhere."""

from __future__ import annotations

from typing import TextIO

from kubectl_ingress.core.text import printable
from kubectl_ingress.render.progress import width_of
from kubectl_ingress.render.text import shorten

_BACK = "\r\x1b[2K"


class LiveLine:
    """Whoever writes to the same terminal clears it first."""

    def __init__(self, stream: TextIO, *, terminal: bool) -> None:
        self._stream, self._terminal = stream, terminal
        self._shown = False

    def show(self, text: str) -> None:
        """Draw this in place of what is there."""
        if self._terminal:
            # One column stays free: some terminals wrap when the last one is written.
            self._write(_BACK + shorten(printable(text), width_of(self._stream) - 1))
            self._shown = True

    def clear(self) -> None:
        """Leave nothing of it."""
        if self._shown:
            self._write(_BACK)
            self._shown = False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
