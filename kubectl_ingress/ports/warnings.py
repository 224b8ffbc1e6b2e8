"""What the API server says beside its answer (``Warning: 299``): deprecations and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TextIO

from kubectl_ingress.core.text import printable

_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


class Warnings:
    """Shows each once, as kubectl does."""

    def __init__(self, stderr: TextIO) -> None:
        self._stderr = stderr
        self._shown: set[str] = set()

    def show(self, headers: Iterable[str]) -> None:
        """The values of the Warning headers of an answer."""
        for header in headers:
            for text in _WARNING.findall(header):
                if text not in self._shown:
                    self._shown.add(text)
                    unescaped = re.sub(r"\\(.)", r"\1", text)
                    print(f"Warning: {printable(unescaped)}", file=self._stderr)
