"""Reads request bodies as curl's -d does."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.sources import read_bytes


def read_body(typed: str, stdin: TextIO) -> bytes:
    """``text`` itself, ``@FILE`` a file's content, ``@-`` standard input.

    From a file, line breaks and NULs are left out, as curl does with -d.
    Raises InputError.
    """
    if not typed.startswith("@"):
        return typed.encode("utf-8", "surrogateescape")
    name = typed[1:]
    try:
        content = read_bytes(stdin) if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"cannot read the body from {name}: {error.strerror}") from error
    return content.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
