"""The objects of many files, whatever is wrong with some of them.

Reads as `files` does, and goes on: a file that cannot be opened, a document that
is no YAML, an item that is no object each gives a Finding with its place, and
the others are read. Documents of plain YAML take a shorter way (yaml_plain).
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TextIO

from msgspec import Struct

from kubectl_ingress.core.objects import Finding, Origin
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.files import documents, unrolled
from kubectl_ingress.ports.sources import (
    Source,
    checked,
    has_control,
    names_of,
    read_source,
    typed_paths,
)
from kubectl_ingress.ports.yaml_plain import read_plain

Item = tuple[dict[str, Any], Origin]

_DOCUMENT = re.compile(r"^(?=---(?:\s|\Z))", re.MULTILINE)
# Directives belong to the document below them, and "..." ends one anywhere.
_UNDIVIDED = re.compile(r"^(?:%|\.\.\.)", re.MULTILINE)
_PLACE = re.compile(r":(\d+):(\d+): (.*)", re.DOTALL)


class Manifests(Struct, frozen=True):
    """What was read: objects in their order, Lists unrolled, and what could not be."""

    objects: tuple[Item, ...]
    findings: tuple[Finding, ...]


def read_what_can_be(
    paths: Sequence[str],
    stdin: TextIO,
    *,
    recursive: bool = False,
    instead: Mapping[str, Source] = MappingProxyType({}),
) -> Manifests:
    """The objects behind all -f.

    `instead` has texts, by the name of their Source, that are read in place of what is there.
    Raises UsageError for paths that cannot be one, and InputError where nothing
    at all could be read: the first reason.
    """
    objects: list[Item] = []
    errors: list[tuple[InputError, str]] = []
    for path in typed_paths(paths):
        for name in _names(path, recursive, errors):
            try:
                source = read_source(name, stdin)
            except InputError as error:
                errors.append((error, name))
                continue
            for item in _items(instead.get(source.name, source)):
                if isinstance(item, InputError):
                    errors.append((item, source.name))
                else:
                    objects.append(item)
    if errors and not objects:
        raise errors[0][0]
    if not objects:
        names = ", ".join("stdin" if path == "-" else path for path in paths)
        raise InputError(f"{names}: no objects in there", "check the file")
    return Manifests(tuple(objects), tuple(_finding(*error) for error in errors))


def _names(path: str, recursive: bool, errors: list[tuple[InputError, str]]) -> Iterator[str]:
    if path == "-":
        yield path
        return
    try:
        names = names_of(path, recursive)
    except (InputError, OSError) as error:
        known = error if isinstance(error, InputError) else InputError(f"{path}: {error.strerror}")
        errors.append((known, path))
        return
    for name in names:
        # One that was named may be a pipe; one that lies around would never end.
        if name == path or _is_regular(name):
            yield name
        else:
            step = "take it out of the directory, or name it alone"
            errors.append((InputError(f"{name} is no regular file", step), name))


def _is_regular(name: str) -> bool:
    try:
        return stat.S_ISREG(Path(name).stat().st_mode)
    except OSError:
        # What is wrong with it shows when it is read.
        return True


def _items(source: Source) -> Iterator[Item | InputError]:
    careful = has_control(source.text)
    for part in parts_of(source):
        plain = None if careful or _is_json(part) else read_plain(part.text, part.line)
        if plain is not None:
            yield from unrolled(plain.data, source.name, plain.line, plain.item_lines)
        elif part.text.strip():
            yield from _whole(part)


def parts_of(source: Source) -> Iterator[Source]:
    """The documents one by one, where they can be told apart without reading them."""
    if _is_json(source) or _UNDIVIDED.search(source.text):
        yield source
        return
    line = source.line
    for text in _DOCUMENT.split(source.text):
        yield Source(source.name, text, line)
        line += text.count("\n")


def _is_json(source: Source) -> bool:
    return source.text.lstrip().startswith("{")


def _whole(source: Source) -> Iterator[Item | InputError]:
    """By the reader that reads everything."""
    try:
        found = documents(checked(source))
    except InputError as error:
        yield error
        return
    for document in found:
        yield from unrolled(document.data, source.name, document.line, document.item_lines)


def _finding(error: InputError, name: str) -> Finding:
    """KI904 with the place that the error's sentence begins with."""
    found = _PLACE.fullmatch(error.sentence.removeprefix(name))
    if found is None:
        return Finding("KI904", "error", error.sentence, "", Origin(name), error.next_step)
    message = f"{found[3]} (column {found[2]}); this document is left out"
    return Finding("KI904", "error", message, "", Origin(name, int(found[1])), error.next_step)
