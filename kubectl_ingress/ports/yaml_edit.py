"""Edits of YAML text that leave every other byte where it was.

Comments, quotes, line ends, blank lines and the order of keys stay because
nothing but the edited words is written again. A round trip through a YAML
library keeps most of that and not all: the comment after a removed key, the
spaces that line up values, quotes around keys and CRLF go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from kubectl_ingress.core.edits import (
    AddKey,
    Edit,
    MoveKeys,
    Path,
    RemoveKey,
    RenameKey,
    SetValue,
)
from kubectl_ingress.ports.yaml_nodes import Node, has_merge
from kubectl_ingress.ports.yaml_words import quoted, scalar_text

Replacement = tuple[int, int, str]
Pair = tuple[Node, Node]

_COMMENT = re.compile(r"#[^\r\n]*")
_USUAL_STEP = 2


class NotEditable(Exception):
    """The text is written in a way (aliases, block scalars) that these edits do not know."""


def replacements(text: str, root: Node, edits: Iterable[Edit]) -> list[Replacement]:
    """What to write over which part of the text, in order. Raises NotEditable."""
    editor = _Editor(text, root)
    values = {edit.path: edit for edit in edits if isinstance(edit, SetValue)}
    found: list[Replacement] = []
    for edit in edits:
        if isinstance(edit, MoveKeys):
            found += editor.move(edit, values)
    for edit in edits:
        if isinstance(edit, RenameKey):
            found.append(editor.rename(edit))
        elif isinstance(edit, RemoveKey):
            found.append(editor.remove(edit))
        elif isinstance(edit, AddKey):
            found.append(editor.add(edit))
    found += [editor.set(edit) for edit in values.values()]
    return sorted(found)


def replace_all(text: str, parts: Iterable[Replacement]) -> str:
    """The text with each part written over. Raises NotEditable where two overlap."""
    pieces: list[str] = []
    place = 0
    for start, end, new in apart(parts):
        pieces += [text[place:start], new]
        place = end
    return "".join([*pieces, text[place:]])


def apart(parts: Iterable[Replacement]) -> list[Replacement]:
    """The same in their order. Raises NotEditable where two overlap."""
    ordered = sorted(parts)
    for (_, end, _), (start, _, _) in pairwise(ordered):
        if start < end:
            raise NotEditable("two edits meet")
    return ordered


def content_end(node: Node) -> int:
    """Where the last word of a node ends: a block's own end lies behind what follows it."""
    if node.kind == "scalar" or node.flow or not node.children or node.aliased:
        return node.end
    return content_end(node.children[-1])


class _Editor:
    """One document's text and tree."""

    def __init__(self, text: str, root: Node) -> None:
        self.text = text
        self.root = root
        first = text.find("\n", root.start)
        self.newline = "\r\n" if text[max(first - 1, 0) : first + 1] == "\r\n" else "\n"

    def set(self, edit: SetValue) -> Replacement:
        node = self._find(edit.path)[-1]
        self._check_scalar(node)
        return node.start, node.end, self._like(node, edit.value)

    def rename(self, edit: RenameKey) -> Replacement:
        key, _ = self._pair(edit.path)
        return key.start, key.end, self._like(key, edit.name)

    def remove(self, edit: RemoveKey) -> Replacement:
        key, value = self._pair(edit.path)
        self._check_free(value)
        parent = self._find(edit.path[:-1])[-1]
        if parent.flow:
            return self._remove_from_flow(parent, key, value)
        begin = self._line_start(key.start)
        if self.text[begin : key.start].strip(" "):
            raise NotEditable("a key that shares its line")
        end = self._line_end(content_end(value))
        kept = [
            f"{self.text[begin : key.start]}{comment}{self.newline}"
            for gap in self._gaps(key, value, end)
            for comment in _COMMENT.findall(gap)
        ]
        # The line's own end goes with it, unless the file ends there.
        following = re.compile(r"\r?\n?").match(self.text, end)
        return begin, following.end() if following else end, "".join(kept)

    def add(self, edit: AddKey) -> Replacement:
        *_, mapping = found = self._find(edit.path)
        if mapping.kind != "mapping" or not mapping.children:
            raise NotEditable("a key for an empty mapping")
        after = [(k, v) for k, v in mapping.pairs() if edit.after and k.text == edit.after]
        if mapping.flow:
            return self._add_to_flow(mapping, after, edit)
        first = mapping.children[0]
        line = f"{scalar_text(edit.name)}: {scalar_text(edit.value)}"
        indent = " " * (first.column - 1)
        if after and after[0][1].kind == "scalar" and self._on_one_line(*after[0]):
            end = self._line_end(after[0][1].end)
            return end, end, f"{self.newline}{indent}{line}"
        if not after and len(found) > 1 and edit.path:
            parent_key = self._key_of(found[-2], edit.path[-1])
            if parent_key is not None and parent_key.line < first.line:
                end = self._line_end(parent_key.end)
                return end, end, f"{self.newline}{indent}{line}"
        key = after[0][0] if after else first
        if not re.fullmatch(r"[ -]*", self.text[self._line_start(key.start) : key.start]):
            raise NotEditable("a key that shares its line")
        return key.start, key.start, f"{line}{self.newline}{indent}"

    def move(self, edit: MoveKeys, values: dict[Path, SetValue]) -> list[Replacement]:
        mapping = self._find(edit.path)[-1]
        targets = dict(edit.moves)
        pairs = mapping.pairs()
        moved = [(key, value) for key, value in pairs if key.text in targets]
        place = pairs.index(moved[0]) if moved else 0
        if not moved or pairs[place : place + len(moved)] != moved:
            raise NotEditable("keys that do not stand together")
        for key, value in moved:
            self._check_scalar(key)
            self._check_scalar(value)
        if mapping.flow:
            return [self._move_in_flow(edit.path, moved, targets, values)]
        return list(self._move_in_block(self._step(edit.path), moved, targets))

    def _move_in_block(
        self, step: int, moved: list[Pair], targets: dict[str, tuple[str, ...]]
    ) -> Iterator[Replacement]:
        opened: tuple[str, ...] = ()
        place = moved[0][0].start
        for key, value in moved:
            target = targets[key.text]
            begin = self._line_start(key.start)
            if self.text[begin : key.start].strip(" ") or not self._on_one_line(key, value):
                raise NotEditable("a key that shares its line")
            common = _common(opened, target)
            for comment in _COMMENT.finditer(self.text, place, begin):
                if not self.text[self._line_start(comment.start()) : comment.start()].strip(" "):
                    yield comment.start(), comment.start(), " " * (step * common)
            lines = [
                " " * (step * depth) + self._like(key, target[depth])
                for depth in range(common, len(target))
            ]
            below = f":{self.newline}{' ' * (key.column - 1)}"
            yield key.start, key.end, below.join(lines)
            opened, place = target[:-1], value.end

    def _move_in_flow(
        self,
        path: Path,
        moved: list[Pair],
        targets: dict[str, tuple[str, ...]],
        values: dict[Path, SetValue],
    ) -> Replacement:
        start, end = moved[0][0].start, moved[-1][1].end
        if "#" in self.text[start:end]:
            raise NotEditable("a comment between the keys")
        tree: dict[str, object] = {}
        for key, value in moved:
            *parents, last = targets[key.text]
            inner = tree
            for parent in parents:
                inner = inner.setdefault(parent, {})  # type: ignore[assignment]
            change = values.pop((*path, key.text), None)
            inner[last] = (
                self._like(value, change.value) if change else self.text[value.start : value.end]
            )
        return start, end, self._flow_pairs(tree, moved[0][0])

    def _flow_pairs(self, tree: dict[str, object], like: Node) -> str:
        return ", ".join(
            f"{self._like(like, name)}: "
            + (f"{{{self._flow_pairs(value, like)}}}" if isinstance(value, dict) else str(value))
            for name, value in tree.items()
        )

    def _remove_from_flow(self, parent: Node, key: Node, value: Node) -> Replacement:
        pairs = parent.pairs()
        place = pairs.index((key, value))
        start, end = key.start, value.end
        if place + 1 < len(pairs):
            end = pairs[place + 1][0].start
        elif place:
            start = pairs[place - 1][1].end
        if "#" in self.text[start:end]:
            raise NotEditable("a comment beside the key")
        return start, end, ""

    def _add_to_flow(self, mapping: Node, after: list[Pair], edit: AddKey) -> Replacement:
        pairs = mapping.pairs()
        first = pairs[0][0]
        value = self._like(first, edit.value) if self.text[first.start] == '"' else None
        pair = f"{self._like(first, edit.name)}: {value or scalar_text(edit.value)}"
        if not after:
            return first.start, first.start, f"{pair}, "
        place = pairs.index(after[0])
        end = after[0][1].end
        between = self.text[end : pairs[place + 1][0].start] if place + 1 < len(pairs) else ", "
        return end, end, f"{', ' if '#' in between else between}{pair}"

    def _find(self, path: Path) -> list[Node]:
        """The nodes from the root to the one at the path."""
        found = [self.root]
        for step in path:
            node = found[-1]
            self._check_free(node)
            if isinstance(step, int):
                if node.kind != "sequence" or step >= len(node.children):
                    raise NotEditable("no such item")
                found.append(node.children[step])
                continue
            if has_merge(node):
                raise NotEditable("keys merged from elsewhere")
            values = [value for key, value in node.pairs() if key.text == step]
            if len(values) != 1:
                raise NotEditable("no such key, or several")
            found += values
        return found

    def _pair(self, path: Path) -> Pair:
        *_, parent, value = self._find(path)
        key = self._key_of(parent, path[-1])
        if key is None:
            raise NotEditable("no key")
        self._check_scalar(key)
        return key, value

    def _key_of(self, parent: Node, step: str | int) -> Node | None:
        return next((key for key, _ in parent.pairs() if key.text == step), None)

    def _step(self, path: Path) -> int:
        """How many columns deeper than its key the mapping at the path stands."""
        *_, parent, mapping = self._find(path)
        key = self._key_of(parent, path[-1])
        step = mapping.children[0].column - key.column if key is not None else 0
        return step if step > 0 else _USUAL_STEP

    def _check_scalar(self, node: Node) -> None:
        self._check_free(node)
        is_block = not node.plain and self.text[node.start : node.start + 1] not in ("'", '"')
        if node.kind != "scalar" or is_block or node.tag:
            raise NotEditable("a value that is not one word")

    def _check_free(self, node: Node) -> None:
        if node.anchored or node.aliased:
            raise NotEditable("an anchor or an alias")

    def _like(self, node: Node, value: str | int) -> str:
        """A scalar in the quotes of the one it replaces or stands beside."""
        mark = self.text[node.start : node.start + 1]
        if isinstance(value, str) and mark == '"' and quoted(value).startswith('"'):
            return quoted(value)
        if isinstance(value, str) and mark == "'":
            return "'" + value.replace("'", "''") + "'"
        return scalar_text(value)

    def _on_one_line(self, key: Node, value: Node) -> bool:
        return "\n" not in self.text[key.start : value.end]

    def _gaps(self, key: Node, value: Node, end: int) -> Iterator[str]:
        """The text between the words of a pair, up to `end`: space, colons, comments."""
        place = key.end
        for word in _words(value):
            yield self.text[place : word.start]
            place = word.end
        yield self.text[place:end]

    def _line_start(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        """The offset of the line's own end (CR LF or LF), or of the text's."""
        if place and self.text[place - 1] == "\n":
            place -= 1  # a block scalar ends behind its last line
        end = self.text.find("\n", place)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > place and self.text[end - 1] == "\r" else end


def _words(node: Node) -> Iterator[Node]:
    if node.kind == "scalar" or node.aliased:
        yield node
    for child in node.children if not node.aliased else ():
        yield from _words(child)


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many leading elements two tuples share."""
    shared = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        shared += 1
    return shared
