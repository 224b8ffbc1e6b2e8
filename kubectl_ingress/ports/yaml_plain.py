"""Plain block YAML, read many times faster than by a whole parser.

Most manifests are mappings and lists by indentation, with plain words, simple
quotes, ``|`` and comments: that part alone is read here, line by line, into the
data that the whole reader would give. At the first thing beyond it (anchors,
tags, words that go on in the next line, keys that stand twice, tabs, every
mistake) it gives up, and the whole reader decides. A test holds both against
each other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from msgspec import Struct

from kubectl_ingress.ports.yaml_nodes import DEEPEST
from kubectl_ingress.ports.yaml_words import resolve

# Tabs, the line ends of YAML 1.1 beside the usual one, and what a reader may skip.
_STRANGE = re.compile("[\t\r\x85\u2028\u2029\ufeff]")
_MARKER = re.compile(r"---\ *(?:(?<=\ )\#[^\n]*)?\n", re.VERBOSE)

# A word is one that no indicator starts, with no ": " and no " #" in it.
_WORD = r"(?:[^\s:\#]++|:(?=\S)|(?<=\S)\#)++"
_START = r"(?=[^\s\-?:,\[\]{}\#&*!|>'\"%@`]|-[^\s])"
_LINE = re.compile(
    rf"""(\ *)
        ((?:-(?:\ +|(?=\n)))*+)
        (?:([A-Za-z_/][\w./-]{{0,250}}+|"[^"\\\n]{{1,250}}"|'[^'\n]{{1,250}}')\ *:(?=[\ \n]))?+
        \ *+
        (?:
          ({_START}{_WORD}(?:\ ++(?=[^\s\#]){_WORD})*+)
        | "([^"\\\n]*)"
        | '((?:[^'\n]|'')*+)'
        | ([|][-+]?)
        | ([\[{{][^\n\#]*[\]}}])
        )?
        \ *+(?:(?<!\S)\#[^\n]*)?\n
    """,
    re.VERBOSE,
)
_DASHES, _KEY, _PLAIN, _DOUBLE, _SINGLE, _LITERAL, _FLOW = range(2, 9)
_DASH = re.compile(r"- *")
# Words that are no text would be other keys.
_NO_KEYS = frozenset(
    variant
    for word in ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
    for variant in (word, word.capitalize(), word.upper())
)
_LEADING = re.compile(r"((?:\ *\n)*)(\ *)(?=[^\s])")
_TOKEN = re.compile(
    r""" \ *+ (?: (\[|\]|\{|\}|,|:(?=\ ))
      | ([A-Za-z0-9_/.$][\w/.$=-]*+)(?![^\s,:\[\]{}]|:\S)
      | "([^"\\\n]*)"(?!:\S) | '((?:[^'\n]|'')*+)'(?!:\S) ) \ *+
    """,
    re.VERBOSE,
)
_DEEPEST_FLOW = 10
_QUOTES = "\"'"


class _Beyond(Exception):
    """Something that is not read here."""


class Plain(Struct, frozen=True):
    """The data of one document; lines are 1-based, `item_lines` those of a top-level `items`."""

    data: dict[str, object]
    line: int
    item_lines: tuple[int, ...] = ()


def read_plain(text: str, line: int = 1) -> Plain | None:
    """One document, with or without its ``---``, that starts on `line`.

    None: it is not read here, or holds nothing.
    """
    if _STRANGE.search(text):
        text = text.replace("\r\n", "\n")
        if _STRANGE.search(text):
            return None
    start = 0
    if text.startswith("---"):
        marker = _MARKER.match(text)
        if marker is None:
            return None
        start, line = marker.end(), line + 1
    try:
        return _Reader(text, start, line).read()
    except (_Beyond, ValueError):
        return None


class _Reader:
    """One document, line by line, with the collections that are open and their columns.

    `waits` is whether the last entry of the innermost one has no value yet; it
    is the last item of a list, or that of `key`.
    """

    def __init__(self, text: str, position: int, line: int) -> None:
        self.ended = text.endswith("\n")
        self.text = text if self.ended else f"{text}\n"
        self.position = position
        self.line = line
        self.columns: list[int] = []
        self.nodes: list[Any] = []
        self.key = ""
        self.waits = False
        self.items: list[object] | None = None
        self.item_lines: list[int] = []

    def read(self) -> Plain | None:
        """All of it; None where it holds nothing. Raises _Beyond."""
        match, text, size = _LINE.match, self.text, len(self.text)
        first = 0
        while self.position < size:
            found = match(text, self.position)
            if found is None:
                raise _Beyond
            self.position = found.end()
            kind = found.lastindex or 0
            if kind != _DASHES or found[_DASHES]:
                first = first or self.line
                self._take(found, kind)
            self.line += 1
        if not self.nodes:
            return None
        return Plain(self.nodes[0], first, tuple(self.item_lines))

    def _take(self, found: re.Match[str], kind: int) -> None:
        """One line that holds something."""
        indent, dashes, key = found.group(1, 2, 3)
        column = len(indent)
        if dashes:
            column = self._open_items(column, dashes)
        if key is not None:
            self._open_key(column, key)
        elif not dashes:
            raise _Beyond
        if kind < _PLAIN:
            self.waits = True
            return
        node = self.nodes[-1]
        value = self._value(found, kind)
        self.waits = False
        if key is None:
            node[-1] = value
        else:
            node[self.key] = value

    def _value(self, found: re.Match[str], kind: int) -> object:
        if kind == _PLAIN:
            return resolve(found[_PLAIN])
        if kind == _DOUBLE:
            return found[_DOUBLE]
        if kind == _SINGLE:
            return found[_SINGLE].replace("''", "'")
        if kind == _LITERAL:
            return self._literal(found[_LITERAL])
        value = _flow(found[_FLOW])
        if value and len(self.nodes) == 1 and self.key == "items":
            # Where its items stand is the whole reader's affair.
            raise _Beyond
        return value

    def _open_items(self, column: int, dashes: str) -> int:
        """An item of a list for each dash; the column of what stands behind them."""
        for dash in _DASH.findall(dashes):
            self._to_list(column)
            node = self.nodes[-1]
            node.append(None)
            self.waits = True
            if node is self.items:
                self.item_lines.append(self.line)
            column += len(dash)
        return column

    def _to_list(self, column: int) -> None:
        columns, nodes = self.columns, self.nodes
        if not nodes:
            raise _Beyond
        # A list that is the value of a key may stand below the key itself.
        if self.waits and (column + isinstance(nodes[-1], dict)) > columns[-1]:
            items: list[object] = []
            if len(nodes) == 1 and self.key == "items":
                self.items, self.item_lines = items, []
            self._push(column, items)
            return
        while columns[-1] > column:
            columns.pop()
            nodes.pop()
            if not columns:
                raise _Beyond
        if columns[-1] != column or not isinstance(nodes[-1], list):
            raise _Beyond

    def _open_key(self, column: int, key: str) -> None:
        columns, nodes = self.columns, self.nodes
        if not nodes:
            columns.append(column)
            nodes.append({})
        elif self.waits and column > columns[-1]:
            if nodes[-1] is self.items:
                self.item_lines[-1] = self.line
            self._push(column, {})
        else:
            while columns[-1] > column or (columns[-1] == column and type(nodes[-1]) is list):
                columns.pop()
                nodes.pop()
                if not columns:
                    raise _Beyond
            if columns[-1] != column:
                raise _Beyond
        if key in _NO_KEYS:
            raise _Beyond
        self.key = key[1:-1] if key[0] in _QUOTES else key
        if self.key in nodes[-1]:
            raise _Beyond
        nodes[-1][self.key] = None

    def _push(self, column: int, node: Any) -> None:
        """Make a collection the value of the entry that waits."""
        outer = self.nodes[-1]
        if isinstance(outer, dict):
            outer[self.key] = node
        else:
            outer[-1] = node
        self.columns.append(column)
        self.nodes.append(node)
        if len(self.nodes) > DEEPEST:
            raise _Beyond

    def _literal(self, header: str) -> str:
        """The lines below ``|``, which are indented more than what they belong to."""
        leading = _LEADING.match(self.text, self.position)
        if leading is None:
            raise _Beyond
        width = len(leading[2])
        blank = max(map(len, leading[1].split("\n")))
        body = _indented(width).match(self.text, self.position)
        if width <= self.columns[-1] or blank > width or body is None:
            raise _Beyond
        if body.end() == len(self.text) and not self.ended:
            raise _Beyond
        self.position = body.end()
        self.line += body[0].count("\n")
        text = "\n".join(line[width:] for line in body[0].split("\n"))
        if header == "|+":
            return text
        kept = text.rstrip("\n")
        return kept if header == "|-" or not kept else f"{kept}\n"


@lru_cache(maxsize=64)
def _indented(width: int) -> re.Pattern[str]:
    return re.compile(rf"(?:\ {{{width}}}[^\n]*\n|\ {{0,{width}}}\n)*+")


def _flow(text: str) -> object:
    """A list or a mapping in brackets on one line. Raises _Beyond."""
    value, end = _flow_value(text, 0, _DEEPEST_FLOW)
    if end != len(text):
        raise _Beyond
    return value


def _flow_value(text: str, place: int, depth: int) -> tuple[Any, int]:
    token = _token(text, place)
    sign, word, double, single = token.groups()
    place = token.end()
    if word is not None:
        return resolve(word), place
    if sign is None:
        return double if single is None else single.replace("''", "'"), place
    if sign not in "[{" or not depth:
        raise _Beyond
    return (_flow_list if sign == "[" else _flow_mapping)(text, place, depth - 1)


def _flow_list(text: str, place: int, depth: int) -> tuple[list[object], int]:
    found: list[object] = []
    while True:
        token = _token(text, place)
        if token[1] == "]" and not found:
            return found, token.end()
        value, place = _flow_value(text, place, depth)
        found.append(value)
        token = _token(text, place)
        place = token.end()
        if token[1] == "]":
            return found, place
        if token[1] != ",":
            raise _Beyond


def _flow_mapping(text: str, place: int, depth: int) -> tuple[dict[str, object], int]:
    found: dict[str, object] = {}
    while True:
        token = _token(text, place)
        if token[1] == "}" and not found:
            return found, token.end()
        key, place = _flow_value(text, place, 0)
        token = _token(text, place)
        if not isinstance(key, str) or key in found or token[1] != ":":
            raise _Beyond
        found[key], place = _flow_value(text, token.end(), depth)
        token = _token(text, place)
        place = token.end()
        if token[1] == "}":
            return found, place
        if token[1] != ",":
            raise _Beyond


def _token(text: str, place: int) -> re.Match[str]:
    token = _TOKEN.match(text, place)
    if token is None:
        raise _Beyond
    return token
