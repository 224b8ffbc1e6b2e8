"""What ``-f`` means: a file, a directory or stdin, and the text in it.

All bytes are hostile: what cannot be read is an InputError that names the file
and, where there is one, the line.
"""

from __future__ import annotations

import codecs
import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from msgspec import Struct

from kubectl_ingress.errors import InputError, UsageError

EXTENSIONS = (".json", ".yaml", ".yml")

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


class Source(Struct, frozen=True):
    """One file or stdin: its name for messages, its text with line ends as they are.

    `line` is that of the file on which the text starts, where it is a part of it.
    """

    name: str
    text: str
    line: int = 1


def read_sources(paths: Sequence[str], stdin: TextIO, *, recursive: bool = False) -> list[Source]:
    """The text behind each path of -f. Raises UsageError and InputError."""
    typed = typed_paths(paths)
    sources: list[Source] = []
    for path in typed:
        names = ["-"] if path == "-" else names_of(path, recursive)
        sources += [checked(read_source(name, stdin)) for name in names]
    return sources


def typed_paths(paths: Sequence[str]) -> list[str]:
    """The paths of all -f, one by one. Raises UsageError for what cannot be one."""
    typed = [part for path in paths for part in _parts(path)]
    if typed.count("-") > 1:
        raise UsageError("stdin (-f -) can be read only once", "name it once")
    return typed


def read_source(name: str, stdin: TextIO) -> Source:
    """The text of one file, or of stdin for ``-``. Raises InputError."""
    if name == "-":
        return Source("stdin", decoded(read_bytes(stdin), "stdin"))
    return read_file(name)


def read_file(name: str) -> Source:
    """The text of one file. Raises InputError."""
    return Source(name, decoded(_read(name), name))


def _parts(path: str) -> list[str]:
    if path.startswith(("http://", "https://")):
        raise UsageError(
            f"-f {path}: a URL is not fetched", f"curl -fsSL {path} | kubectl ingress ... -f -"
        )
    if not path:
        raise UsageError("-f names no file", "name a file, a directory, or - for stdin")
    # kubectl's flag is a comma-separated list; a name with a comma that exists is meant.
    return [path] if os.path.lexists(path) else [part for part in path.split(",") if part]


def names_of(path: str, recursive: bool) -> list[str]:
    """The files that a path of -f stands for: itself, or what is in it. Raises InputError."""
    if "\0" in path:
        raise InputError("a file name holds a NUL character", "check the name")
    place = Path(path)
    try:
        if not place.is_dir():
            return [path]
        inside = sorted(place.rglob("*") if recursive else place.iterdir())
        names = [str(p) for p in inside if p.name.endswith(EXTENSIONS) and not p.is_dir()]
    except OSError as error:
        raise _unreadable(path, error) from None
    if not names:
        raise InputError(
            f"the directory {path} holds no manifests ({', '.join(EXTENSIONS)})",
            "name another directory, or a file" if recursive else "go deeper with --recursive",
        )
    return names


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist", "check the name and the directory") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: OSError) -> InputError:
    return InputError(
        f"{path} cannot be read: {error.strerror}", f"look at it: ls -ld {shlex.quote(path)}"
    )


def read_bytes(stdin: TextIO) -> bytes:
    """All of a stream, as it came."""
    raw = getattr(stdin, "buffer", None)
    return raw.read() if raw is not None else stdin.read().encode("utf-8", "surrogatepass")


def decoded(data: bytes, source: str) -> str:
    """The bytes of a file as text, without a byte order mark. Raises InputError."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"  # what Windows PowerShell's > writes; kubectl reads it too
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise InputError(
            at_place(source, line, column, "this is not UTF-8 text"),
            "a manifest is text; convert it with iconv if it is in another encoding",
        ) from None


def has_control(text: str) -> bool:
    """Whether it holds a character that no YAML may hold."""
    return _CONTROL.search(text) is not None


def checked(source: Source) -> Source:
    """The same, where it holds nothing that no YAML may hold. Raises InputError."""
    if match := _CONTROL.search(source.text):
        line, column = _position(source, match.start())
        raise InputError(
            at_place(source.name, line, column, f"control character U+{ord(match[0]):04X}"),
            "YAML allows none but tab and line ends; in double quotes write \\x1b and the like",
        )
    return source


def at_place(source: str, line: int, column: int, what: str) -> str:
    """How a place in a file is told: ``file:line:column: what``."""
    return f"{source}:{line}:{column}: {what}"


def _position(source: Source, offset: int) -> tuple[int, int]:
    """1-based line of the file, and column, of an offset in the text."""
    text = source.text
    return text.count("\n", 0, offset) + source.line, offset - text.rfind("\n", 0, offset)
