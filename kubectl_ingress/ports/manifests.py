"""The objects of many files, whatever is wrong with some of them.

Reads as `files` does, and goes on: a file that cannot be opened, a document that
is no YAML, an item that is no object each gives a Finding with its place, and
the others are read. What is no object at all is passed over where it was met in a
directory: kustomizations and the values of charts live beside manifests.
Documents of plain YAML take a shorter way (yaml_plain).
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TextIO

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.objects import Finding, Origin, Repeated
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.files import Document, documents, is_no_object, unrolled
from kubectl_ingress.ports.sources import (
    Source,
    checked,
    has_control,
    names_of,
    read_source,
    typed_paths,
)
from kubectl_ingress.ports.yaml_nodes import repeated_keys
from kubectl_ingress.ports.yaml_plain import read_plain

Item = tuple[dict[str, Any], Origin]

RENDER = "kubectl kustomize DIRECTORY, or helm template CHART, | kubectl ingress ... -f -"
"""What to do with a directory that holds what manifests are made of."""

_DOCUMENT = re.compile(r"^(?=---(?:\s|\Z))", re.MULTILINE)
# Directives belong to the document below them, and "..." ends one anywhere.
_UNDIVIDED = re.compile(r"^(?:%|\.\.\.)", re.MULTILINE)
_PLACE = re.compile(r":(\d+):(\d+): (.*)", re.DOTALL)


class Manifests(Struct, frozen=True):
    """What was read: objects in their order, Lists unrolled, and what could not be.

    `passed_over` is what stood in directories and is no object; `repeated` are the keys
    that stand twice in YAML, by the origin of their object.
    """

    objects: tuple[Item, ...]
    findings: tuple[Finding, ...]
    passed_over: tuple[Origin, ...] = ()
    repeated: Mapping[Origin, Sequence[Repeated]] = MappingProxyType({})


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
    reading = _Reading()
    for path in typed_paths(paths):
        for name in names_behind(path, recursive, reading.errors):
            try:
                source = read_source(name, stdin)
            except InputError as error:
                reading.errors.append((error, name))
            else:
                reading.read(instead.get(source.name, source), named=name == path)
    objects, errors = reading.objects, reading.errors
    if errors and not objects:
        raise errors[0][0]
    if not objects:
        names = ", ".join("stdin" if path == "-" else path for path in paths)
        step = RENDER if reading.passed_over else "check the file"
        raise InputError(f"{names}: no objects in there", step)
    findings = tuple(_finding(*error) for error in errors)
    return Manifests(tuple(objects), findings, tuple(reading.passed_over), reading.repeated)


def names_behind(path: str, recursive: bool, errors: list[tuple[InputError, str]]) -> Iterator[str]:
    """The files of a path of -f; what is none is among the `errors` then, with its name."""
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


class _Reading:
    """What has been read so far."""

    def __init__(self) -> None:
        self.objects: list[Item] = []
        self.errors: list[tuple[InputError, str]] = []
        self.passed_over: list[Origin] = []
        self.repeated: dict[Origin, list[Repeated]] = {}

    def read(self, source: Source, *, named: bool) -> None:
        """One file; `named` is whether somebody typed its name, who means that it has objects."""
        careful = has_control(source.text)
        for part in parts_of(source):
            plain = None if careful or _is_json(part) else read_plain(part.text, part.line)
            if plain is not None:
                self._take(plain.data, source.name, plain.line, plain.item_lines, named)
            elif part.text.strip():
                self._read_whole(part, named)

    def _read_whole(self, part: Source, named: bool) -> None:
        """By the reader that reads everything."""
        try:
            found = documents(checked(part))
        except InputError as error:
            self.errors.append((error, part.name))
            return
        for one in found:
            self._take(one.data, part.name, one.line, one.item_lines, named)
            for origin, twice in _repeated(one, part.name):
                self.repeated.setdefault(origin, []).append(twice)

    def _take(
        self, data: object, source: str, line: int, item_lines: Sequence[int], named: bool
    ) -> None:
        if not named and is_no_object(data):
            self.passed_over.append(Origin(source, line))
            return
        for item in unrolled(data, source, line, item_lines):
            if isinstance(item, InputError):
                self.errors.append((item, source))
            else:
                self.objects.append(item)


def _repeated(document: Document, source: str) -> Iterator[tuple[Origin, Repeated]]:
    """The keys that stand twice, with the object that they stand in. Of JSON nobody tells."""
    for one in repeated_keys(document.root) if document.root is not None else ():
        path, line = one.path, document.line
        index = path[1] if path[0] == "items" and len(path) > 1 else None
        if isinstance(index, int):
            path, line = path[2:], document.item_lines[index]
        if path:
            yield Origin(source, line), replace(one, path=path)


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


def _finding(error: InputError, name: str) -> Finding:
    """KI904 with the place that the error's sentence begins with."""
    found = _PLACE.fullmatch(error.sentence.removeprefix(name))
    if found is None:
        return Finding("KI904", "error", error.sentence, "", Origin(name), error.next_step)
    message = f"{found[3]} (column {found[2]}); this document is left out"
    return Finding("KI904", "error", message, "", Origin(name, int(found[1])), error.next_step)
