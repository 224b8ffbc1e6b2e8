"""Manifests in files: what ``-f`` means, YAML and JSON in, YAML out.

Reads as kubectl reads, down to the words it takes for booleans and the last
of two equal keys winning. All text is hostile: whatever it holds, the answer
is data or an InputError that names file, line and column.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO, cast

import yaml

from kubectl_ingress.core.objects import Origin
from kubectl_ingress.errors import InputError, UsageError
from kubectl_ingress.ports.json_text import read_json
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

EXTENSIONS = (".json", ".yaml", ".yml")

# The C loader where PyYAML has it: both emit the same events, the C one 20 times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_MEND = "correct that line; kubectl would refuse the file too"
_TEMPLATED = re.compile(r"\{\{-?\s*[.$A-Za-z]")
_TEMPLATE = "a Helm template must be rendered first: helm template CHART | kubectl ingress ... -f -"


@dataclass(frozen=True, slots=True)
class Source:
    """One file or stdin: its name for messages, its text with line ends as they are."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
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
            found += _objects(document.data, source.name, document.line, document.item_lines)
    return found


def _objects(
    data: object, source: str, line: int, item_lines: Sequence[int] = ()
) -> Iterator[tuple[dict[str, Any], Origin]]:
    if not isinstance(data, dict):
        raise InputError(
            f"{source}:{line}:1: this is not a Kubernetes object",
            "an object is a mapping with apiVersion, kind and metadata",
        )
    kind, items = data.get("kind"), data.get("items")
    is_list = isinstance(kind, str) and kind.endswith("List") and "items" in data
    # As kubectl: whatever has a list of items is a list.
    if not is_list and not isinstance(items, list):
        yield data, Origin(source, line)
        return
    if items is None:
        return
    if not isinstance(items, list):
        raise InputError(f"{source}:{line}:1: items of the {kind} is not a list", _MEND)
    for index, item in enumerate(items):
        if is_list and kind != "List" and isinstance(item, dict) and not item.get("kind"):
            # What the API lists has its kind on the list alone.
            item_kind = str(kind).removesuffix("List")
            item = {"apiVersion": data.get("apiVersion"), "kind": item_kind, **item}
        at = item_lines[index] if index < len(item_lines) else line
        yield from _objects(item, source, at)


def read_sources(paths: Sequence[str], stdin: TextIO, *, recursive: bool = False) -> list[Source]:
    """The text behind each path of -f. Raises UsageError and InputError."""
    typed = [part for path in paths for part in _parts(path)]
    if typed.count("-") > 1:
        raise UsageError("stdin (-f -) can be read only once", "name it once")
    sources: list[Source] = []
    for path in typed:
        if path == "-":
            sources.append(Source("stdin", _decode(_read_stdin(stdin), "stdin")))
            continue
        sources += [Source(name, _decode(_read(name), name)) for name in _names(path, recursive)]
    return sources


def _parts(path: str) -> list[str]:
    if path.startswith(("http://", "https://")):
        raise UsageError(
            f"-f {path}: a URL is not fetched", f"curl -fsSL {path} | kubectl ingress ... -f -"
        )
    if not path:
        raise UsageError("-f names no file", "name a file, a directory, or - for stdin")
    # kubectl's flag is a comma-separated list; a name with a comma that exists is meant.
    return [path] if os.path.lexists(path) else [part for part in path.split(",") if part]


def _names(path: str, recursive: bool) -> list[str]:
    if "\0" in path:
        raise InputError("a file name holds a NUL character", "check the name")
    place = Path(path)
    if place.is_dir():
        inside = sorted(place.rglob("*") if recursive else place.iterdir())
        names = [str(p) for p in inside if p.name.endswith(EXTENSIONS) and not p.is_dir()]
        if not names:
            raise InputError(
                f"the directory {path} holds no manifests ({', '.join(EXTENSIONS)})",
                "name another directory, or a file" if recursive else "go deeper with --recursive",
            )
        return names
    return [path]


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist", "check the name and the directory") from None
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}", f"look at it: ls -l {path}"
        ) from None


def _read_stdin(stdin: TextIO) -> bytes:
    raw = getattr(stdin, "buffer", None)
    return raw.read() if raw is not None else stdin.read().encode("utf-8", "surrogatepass")


def _decode(data: bytes, source: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"  # what Windows PowerShell's > writes; kubectl reads it too
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise InputError(
            _at(source, line, column, "this is not UTF-8 text"),
            "a manifest is text; convert it with iconv if it is in another encoding",
        ) from None
    if match := _CONTROL.search(text):
        line, column = _position(text, match.start())
        raise InputError(
            _at(source, line, column, f"control character U+{ord(match[0]):04X}"),
            "YAML allows none but tab and line ends; in double quotes write \\x1b and the like",
        )
    return text


def _at(source: str, line: int, column: int, what: str) -> str:
    return f"{source}:{line}:{column}: {what}"


def _position(text: str, offset: int) -> tuple[int, int]:
    """1-based line and column of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


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
        raise _too_deep(source.name, 1, 1) from None
    found: list[Document] = []
    line, place = 1, 0
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
        _at(source, line, column, f"nested more than {DEEPEST} levels deep"),
        "no Kubernetes object is; check where the file comes from",
    )


def compose(source: Source) -> list[Node]:
    """The roots of the non-empty YAML documents, with their places in the text.

    Works through the parser's events with a stack of its own: the composer of
    PyYAML's C loader recurses, and crashes the process on deep nesting.
    """
    composer = _Composer(source.name)
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
    next_step = _MEND
    if "\t" in written[: column + 1]:
        next_step = "YAML is indented with spaces, never with tabs"
    elif _TEMPLATED.search(source.text):
        next_step = _TEMPLATE
    what = error.problem or error.context or "not YAML"
    return InputError(_at(source.name, line, column, what), next_step)


class _Composer:
    """Parser events -> trees. Bounds depth and what aliases multiply."""

    def __init__(self, source: str) -> None:
        self.roots: list[Node] = []
        self._source = source
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
        node = Node(kind, self._source, start.index, end.index, start.line + 1, start.column + 1)
        node.tag = tag
        if event.anchor:
            node.anchored = True
            self._anchors[event.anchor] = node
        return node

    def _aliased(self, event: yaml.AliasEvent) -> Node:
        mark, name = _mark(event.start_mark), event.anchor or ""
        where = f"{self._source}:{mark.line + 1}:{mark.column + 1}"
        target = self._anchors.get(name)
        if target is None:
            raise InputError(f"{where}: no anchor &{name} before this alias", _MEND)
        if any(node is target for node in self._open):
            raise InputError(f"{where}: the anchor &{name} would contain itself", _MEND)
        node = replace(
            target, aliased=True, borrowed=target.weight, end=_mark(event.end_mark).index
        )
        node.start, node.line, node.column = mark.index, mark.line + 1, mark.column + 1
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
                _at(self._source, node.line, node.column, "aliases multiply the document"),
                f"they may stand for {MOST_ALIASED} values; write the parts out",
            )
