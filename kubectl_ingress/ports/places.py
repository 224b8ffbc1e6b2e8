"""On which line of a file a field of an object stands.

Found only when it is to be shown, by reading the one document again with the
reader that knows places: objects in a Snapshot know where they begin, no more.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TextIO

from kubectl_ingress.core.objects import Origin
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.files import compose
from kubectl_ingress.ports.manifests import parts_of
from kubectl_ingress.ports.sources import Source, checked, read_bytes, read_file, read_source
from kubectl_ingress.ports.yaml_nodes import Node, nearest, nearest_key

Field = Sequence[str | int]


def rereadable(stdin: TextIO) -> Callable[[], TextIO]:
    """Gives what is read from stdin again and again, as a new stream each time."""

    @cache
    def data() -> bytes:
        return read_bytes(stdin)

    return lambda: io.TextIOWrapper(io.BytesIO(data()), encoding="utf-8")


class Places:
    """Looks fields up; each document is read at most once, of texts `instead` of files there."""

    def __init__(
        self,
        stdin: Callable[[], TextIO],
        instead: Mapping[str, Source] = MappingProxyType({}),
    ) -> None:
        self._stdin = stdin
        self._instead = instead
        self._parts: dict[str, list[Source]] = {}
        self._documents: dict[Origin, Node | None] = {}

    def line_of(self, origin: Origin, field: Field) -> int | None:
        """The line of a field, or of the innermost part there is on the way to it.

        None for an object of a cluster; the object's own line where the file
        has changed since.
        """
        root = self._root(origin)
        return origin.line if root is None else nearest(root, field).line

    def place_of(self, origin: Origin, field: Field) -> tuple[int, int] | None:
        """Line and column of a field: of a value that is one word, else of its key.

        What cannot be found, and an object of a cluster, as `line_of` has it.
        """
        root = self._root(origin)
        if root is None:
            return None if origin.line is None else (origin.line, 1)
        node = nearest(root, field)
        if not field or (node.kind == "scalar" and field[-2:-1] != ("annotations",)):
            return node.line, node.column
        key = nearest_key(root, field) or node
        return key.line, key.column

    def _root(self, origin: Origin) -> Node | None:
        if origin.line is None:
            return None
        if origin not in self._documents:
            self._documents[origin] = self._find(origin)
        return self._documents[origin]

    def _find(self, origin: Origin) -> Node | None:
        line = origin.line or 1
        parts = self._parts_of(origin.source)
        number = bisect_right(parts, line, key=lambda part: part.line)
        if not number:
            return None
        try:
            roots = compose(checked(parts[number - 1]))
        except InputError:
            return None
        return next((found for root in roots if (found := _beginning(root, line))), None)

    def _parts_of(self, name: str) -> list[Source]:
        """The documents of a file by their lines, none where it cannot be read."""
        if name not in self._parts:
            try:
                source = self._instead.get(name) or self._read(name)
            except InputError:
                self._parts[name] = []
            else:
                self._parts[name] = list(parts_of(source))
        return self._parts[name]

    def _read(self, name: str) -> Source:
        # Whoever looks up a line of a file must not wait for what somebody types.
        return read_source("-", self._stdin()) if name == "stdin" else read_file(name)


def _beginning(root: Node, line: int) -> Node | None:
    """The object that begins on a line: the document, or an item of the List that it is."""
    if root.line == line:
        return root
    items = root.get("items")
    found = (_beginning(item, line) for item in items.children) if items else iter(())
    return next(filter(None, found), None)
