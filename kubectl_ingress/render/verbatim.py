"""A text as it is, where the output is a file of somebody's."""

from __future__ import annotations

from typing import TextIO


def write_verbatim(stream: TextIO, text: str) -> None:
    """Every byte as it is: a text stream of Windows would write other line ends."""
    raw = getattr(stream, "buffer", None)
    if raw is None:
        stream.write(text)
        return
    stream.flush()
    raw.write(text.encode("utf-8", "surrogatepass"))
    raw.flush()
