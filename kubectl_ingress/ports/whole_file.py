"""Files that are written as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_whole(place: Path, data: bytes, mode: int) -> None:
    """A file with this content and these permissions, in place of the one that may be there.

    Whoever reads it meanwhile, and whoever finds it after a crash, has the one or the
    other. A symbolic link is itself replaced. Raises OSError, and then all is as before.
    """
    # A name of its own until it is whole: another process may do the same.
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".kubectl-ingress-")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.chmod(mode)
        unfinished.replace(place)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()
