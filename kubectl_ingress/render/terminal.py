"""The terminal behind a stream."""

from __future__ import annotations

import os
from typing import TextIO


def columns_of(stream: TextIO) -> int | None:
    """Its columns, None where there is no terminal, or one that does not know them."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None
