"""Manifests in files: what ``-f`` means, YAML and JSON in, YAML out.

Reads as kubectl reads, down to the words it takes for booleans and the last
of two equal keys winning. All text is hostile: whatever it holds, the answer
is data or an InputError that names file, line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TextIO, cast

import yaml
from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.objects import Origin
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.json_text import read_json
from kubectl_ingress.ports.sources import Source, at_place, read_sources
from kubectl_ingress.ports.yaml_dump import dump_yaml
from kubectl_ingress.ports.yaml_nodes import DEEPEST, MOST_ALIASED, Node, to_plain

__all__ = [
    "Document",
    "Source",
    "compose",
    "documents",
    "dump_yaml",
    "read_manifests",
    "read_sources",
]

# The C loader where PyYAML has it: both emit the same events, the C one 20 times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MEND = "correct that line; kubectl would refuse the file too"
_TEMPLATED = re.compile(r"\{\{-?\s*[.$A-Za-z]")
_TEMPLATE = "a Helm template must be rendered first: helm template CHART | kubectl ingress ... -f -"


class Document(Struct, frozen=True):
    """One non-empty YAML or JSON document.

    `start` and `end` are offsets in the text, `line` is 1-based, `item_lines`
    the lines of the items of a List. `root` is None for JSON.
    """

    data: object
    line: int
    start: int
    end: int
    item_lines: tuple[int, ...] = ()
    root: Node | None = None


def read_manifests(
    paths: Sequence[str], stdin: TextIO, *, recursive: bool = False
) -> list[tuple[dict[str, Any], Origin]]:
    """The objects of all the files, in order, Lists unrolled.

    A path means what it means after kubectl's -f: a file, a directory (its
    .yaml, .yml and .json files), or ``-`` for stdin. Raises
    UsageError for the paths, InputError (file:line:column) for what is in them.
    """
    found: list[tuple[dict[str, Any], Origin]] = []
    for source in read_sources(paths, stdin, recursive=recursive):
        for document in documents(source):
            for item in unrolled(document.data, source.name, document.line, document.item_lines):
                if isinstance(item, InputError):
                    raise item
                found.append(item)
    return found


def unrolled(
    data: object, source: str, line: int, item_lines: Sequence[int] = ()
) -> Iterator[tuple[dict[str, Any], Origin] | InputError]:
    """The objects of one document, those of a List each for itself; what is none as an error."""
    if not isinstance(data, dict):
        yield InputError(
            f"{source}:{line}:1: this is not a Kubernetes object",
            "an object is a mapping with apiVersion, kind and metadata",
        )
        return
    kind, items = data.get("kind"), data.get("items")
    is_list = isinstance(kind, str) and kind.endswith("List") and "items" in data
    # As kubectl: whatever has a list of items is a list.
    if not is_list and not isinstance(items, list):
        yield data, Origin(source, line)
        return
    if items is None:
        return
    if not isinstance(items, list):
        yield InputError(f"{source}:{line}:1: items of the {kind} is not a list", _MEND)
        return
    for index, item in enumerate(items):
        if is_list and kind != "List" and isinstance(item, dict) and not item.get("kind"):
            # What the API lists has its kind on the list alone.
            item_kind = str(kind).removesuffix("List")
            item = {"apiVersion": data.get("apiVersion"), "kind": item_kind, **item}
        at = item_lines[index] if index < len(item_lines) else line
        yield from unrolled(item, source, at)


def is_no_object(data: object) -> bool:
    """Whether it is nothing that Kubernetes could know, as a kustomization or a chart's values."""
    if not isinstance(data, dict):
        return True
    has_kind = "kind" in data and ("apiVersion" in data or "items" in data)
    return not has_kind and "metadata" not in data


def documents(source: Source) -> list[Document]:
    """The documents of one file, empty ones left out. Raises InputError."""
    if source.text.lstrip().startswith("{") and (found := _json_documents(source)) is not None:
        return found
    # Also where JSON was broken: kubectl then tries YAML, of which it is nearly a part.
    return [
        Document(
            data=to_plain(root),
            line=root.line,
            start=root.start,
            end=root.end,
            item_lines=tuple(item.line for item in getattr(root.get("items"), "children", ())),
            root=root,
        )
        for root in compose(source)
    ]


def _json_documents(source: Source) -> list[Document] | None:
    """The JSON objects that stand one after another; None if this is not JSON."""
    try:
        read = read_json(source.text)
    except ValueError:
        return None
    except RecursionError:
        raise _too_deep(source.name, source.line, 1) from None
    found: list[Document] = []
    line, place = source.line, 0
    for data, start, end, item_starts in read:
        lines: list[int] = []
        for offset in [start, *item_starts]:
            line += source.text.count("\n", place, offset)
            place = offset
            lines.append(line)
        _check_depth(data, DEEPEST, source.name, lines[0])
        found.append(Document(data, lines[0], start, end, tuple(lines[1:])))
    return found


def _check_depth(value: object, left: int, source: str, line: int) -> None:
    if left == 0:
        raise _too_deep(source, line, 1)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in inner:
        if isinstance(child, (dict, list)):
            _check_depth(child, left - 1, source, line)


def _too_deep(source: str, line: int, column: int) -> InputError:
    return InputError(
        at_place(source, line, column, f"nested more than {DEEPEST} levels deep"),
        "no Kubernetes object is; check where the file comes from",
    )


def compose(source: Source) -> list[Node]:
    """The roots of the non-empty YAML documents, with their places in the text.

    Works through the parser's events with a stack of its own: the composer of
    PyYAML's C loader recurses, and crashes the process on deep nesting.
    """
    composer = _Composer(source)
    try:
        for event in yaml.parse(source.text, Loader=_LOADER):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, source) from None
    except yaml.YAMLError as error:
        raise InputError(f"{source.name}: {error}", _MEND) from None
    return [root for root in composer.roots if not _is_empty(root)]


def _mark(mark: object) -> yaml.Mark:
    """The place of an event: there always is one, though PyYAML's types leave it open."""
    return cast("yaml.Mark", mark)


def _is_empty(root: Node) -> bool:
    return root.kind == "scalar" and root.plain and not root.tag and to_plain(root) is None


def _syntax_error(error: yaml.MarkedYAMLError, source: Source) -> InputError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = source.text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    line += source.line - 1
    next_step = _MEND
    if "\t" in written[: column + 1]:
        next_step = "YAML is indented with spaces, never with tabs"
    elif _TEMPLATED.search(source.text):
        next_step = _TEMPLATE
    what = error.problem or error.context or "not YAML"
    return InputError(at_place(source.name, line, column, what), next_step)


class _Composer:
    """Parser events -> trees. Bounds depth and what aliases multiply."""

    def __init__(self, source: Source) -> None:
        self.roots: list[Node] = []
        self._source = source.name
        self._before = source.line
        self._open: list[Node] = []
        self._anchors: dict[str, Node] = {}

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            node = self._node("scalar", event, event.tag)
            node.text = event.value
            node.plain = not event.style
            self._place(node)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
            node = self._node(kind, event, event.tag)
            node.flow = bool(event.flow_style)
            self._open.append(node)
            if len(self._open) > DEEPEST:
                raise _too_deep(self._source, node.line, node.column)
        elif isinstance(event, yaml.CollectionEndEvent):
            node = self._open.pop()
            node.end = _mark(event.end_mark).index
            self._place(node)
        elif isinstance(event, yaml.AliasEvent):
            self._place(self._aliased(event))
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors = {}

    def _node(self, kind: str, event: yaml.NodeEvent, tag: str | None) -> Node:
        start, end = _mark(event.start_mark), _mark(event.end_mark)
        line = start.line + self._before
        node = Node(kind, self._source, start.index, end.index, line, start.column + 1)
        node.tag = tag
        if event.anchor:
            node.anchored = True
            self._anchors[event.anchor] = node
        return node

    def _aliased(self, event: yaml.AliasEvent) -> Node:
        mark, name = _mark(event.start_mark), event.anchor or ""
        line = mark.line + self._before
        where = f"{self._source}:{line}:{mark.column + 1}"
        target = self._anchors.get(name)
        if target is None:
            raise InputError(f"{where}: no anchor &{name} before this alias", _MEND)
        if any(node is target for node in self._open):
            raise InputError(f"{where}: the anchor &{name} would contain itself", _MEND)
        node = replace(
            target, aliased=True, borrowed=target.weight, end=_mark(event.end_mark).index
        )
        node.start, node.line, node.column = mark.index, line, mark.column + 1
        return node

    def _place(self, node: Node) -> None:
        if not self._open:
            self.roots.append(node)
            return
        parent = self._open[-1]
        parent.children.append(node)
        parent.weight += node.weight
        parent.borrowed += node.borrowed
        if parent.borrowed > MOST_ALIASED:
            raise InputError(
                at_place(self._source, node.line, node.column, "aliases multiply the document"),
                f"they may stand for {MOST_ALIASED} values; write the parts out",
            )
