"""Files that are written over: as a whole or not at all, in the encoding that they had."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.sources import decoded
from kubectl_ingress.ports.whole_file import write_whole

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def write_over(name: str, before: str, after: str) -> None:
    """Another text in place of the one that the file still has to hold. Raises InputError.

    Whoever reads the file meanwhile gets the one or the other. Behind a symbolic
    link it is the file that is written, and the link stays; so do the permissions.
    """
    place = Path(os.path.realpath(name))
    if not place.is_file():
        raise InputError(
            f"{name} is no regular file, so it is not written to",
            "take it from stdin (-f -): what is mended is printed then",
        )
    try:
        data = place.read_bytes()
        if decoded(data, name) != before:
            raise InputError(
                f"{name} was changed by somebody else meanwhile, and stays as it is", "try again"
            )
        # Where the file itself may not be written, its directory is no way around that.
        with place.open("r+b"):
            pass
        write_whole(place, encoded_as(data, after), place.stat().st_mode & 0o7777)
    except OSError as error:
        raise InputError(
            f"{name} cannot be written: {error.strerror}", f"look at it: ls -l {name}"
        ) from None


def encoded_as(data: bytes, text: str) -> bytes:
    """A text in the encoding, and with the byte order mark, of what it takes the place of."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return mark + text.encode(encoding)
    return text.encode("utf-8")
