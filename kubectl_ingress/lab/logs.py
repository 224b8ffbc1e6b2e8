"""Containers' logs as they are asked for: byte for byte, whatever a program wrote."""

from __future__ import annotations

from pathlib import Path


def read(file: Path, tail: str = "") -> bytes:
    """All of a log, or its last lines where `tail` says how many."""
    content = file.read_bytes() if file.exists() else b""
    if not tail:
        return content
    lines = content.split(b"\n")
    # What follows the last line break is no line, unless something stands there.
    count = int(tail) + (not lines[-1])
    return b"\n".join(lines[len(lines) - min(count, len(lines)) :]) if int(tail) else b""
