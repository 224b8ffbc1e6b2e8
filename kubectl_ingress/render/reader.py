"""Who reads what is written to a stream."""

from __future__ import annotations

import os
import select
import stat
from typing import TextIO


def is_pipe(stream: TextIO) -> bool:
    """Whether it leads to another program."""
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def is_gone(stream: TextIO) -> bool:
    """Whether a pipe has no reader any more (head has seen enough): nobody will see more of it."""
    if not is_pipe(stream) or not hasattr(select, "poll"):
        return False
    ends = select.poll()
    # Errors are told without being asked for.
    ends.register(stream.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in ends.poll(0))
