"""In which order haproxy looks for a route: its map files (pkg/haproxy/types/maps.go).

Every path is a line in one of several files that are asked one after another:
files with headers, exact paths, paths that overlap one of another type, and then
one file for each type. Only in the file of regexes do all hosts compete.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from kubectl_ingress.controllers._haproxy.quoting import quoted
from kubectl_ingress.controllers._haproxy.requests import HeaderMatch
from kubectl_ingress.core.paths import as_bytes

Rank = tuple[int | str, ...]

# The host of rules without one. haproxy.tmpl has the same word.
NO_HOST = "<default>"


class Match(StrEnum):
    """How a path is compared; the words of path-type."""

    EXACT = "exact"
    PREFIX = "prefix"
    """By elements, case counts."""
    BEGIN = "begin"
    """By characters, without case."""
    REGEX = "regex"


class Line:
    """One line of a map: a path of a host, or of another name of the host.

    `name` is the host, ``*.suffix``, or with `pattern` a regex of hosts. `number`
    is the place of the path among those of its host.
    """

    def __init__(
        self,
        name: str,
        path: str,
        match: Match,
        number: int,
        headers: tuple[HeaderMatch, ...] = (),
        pattern: bool = False,
    ) -> None:
        self.name = name.lower()
        self.path, self.match, self.number = path, match, number
        self.headers, self.pattern = headers, pattern
        self._file: int | None = None
        self._from = 0
        # The type under which it stands in the map, and its text there.
        self.kind = Match.REGEX if pattern or self.name.startswith("*.") else match
        path = as_bytes(path)
        self.text = path.lower() if self.kind is Match.BEGIN else path
        self.key = self._key(path) if self.kind is Match.REGEX else ""

    def _key(self, path: str) -> str:
        name = as_bytes(self.name)
        if self.name.startswith("*.") and not self.pattern:
            host = f"^[^.]+{quoted(name[1:])}$"
        else:
            host = name if self.pattern else f"^{quoted(name)}$"
        host = host[:-1] if host.endswith("$") else f"{host}[^/]*"
        return f"{host}#{self._path_pattern(path)}"

    def _path_pattern(self, path: str) -> str:
        match self.match:
            case Match.REGEX:
                return path
            case Match.EXACT:
                return f"{quoted(path)}$"
            case Match.PREFIX if not path.endswith("/"):
                return f"{quoted(path)}(/.*)?"
        return quoted(path)

    @property
    def pattern_read(self) -> str:
        """The regex as haproxy reads it: a blank ends the key of a line."""
        return self.key.split(maxsplit=1)[0] if self.key else ""


def rank(lines: Sequence[Line], order: Sequence[str]) -> list[Rank]:
    """What to compare for each line, the smaller first."""
    by_name: dict[str, list[Line]] = {}
    for line in lines:
        by_name.setdefault(line.name, []).append(line)
    for group in by_name.values():
        _spread(group)
    return [_rank(line, order, position) for position, line in enumerate(lines)]


def _rank(line: Line, order: Sequence[str], position: int) -> Rank:
    within = (-len(line.key or line.text), line.key, line.number, position)
    if line.headers:
        return (0, line._file or 0, *within)
    if line.kind is Match.EXACT:
        return (1, 0, *within)
    if line._file is not None:
        return (2, line._file, *within)
    return (3, order.index(line.kind), *within)


def _spread(lines: list[Line]) -> None:
    """Which lines of a host get a file before those of their type (rebuildMatchFiles)."""
    ordered = sorted(lines, key=lambda line: line.text, reverse=True)
    filtered: list[tuple[Match, tuple[HeaderMatch, ...]]] = []
    for line in ordered:
        if line.headers:
            line._file = _find_or_add(filtered, (line.kind, line.headers), 0)
    files: list[tuple[Match, tuple[HeaderMatch, ...]]] = []
    plain = [line for line in ordered if not line.headers and line.kind in _OVERLAPPING]
    by_text: dict[str, list[Line]] = {}
    for line in plain:
        by_text.setdefault(line.text, []).append(line)
    for line in plain:
        overlapped = [one for one in _beginnings(line.text, by_text) if one.kind is not line.kind]
        if overlapped:
            line._file = _find_or_add(files, (line.kind, ()), line._from)
        for one in overlapped:
            one._from = line._file or 0


_OVERLAPPING = frozenset({Match.PREFIX, Match.BEGIN})


def _beginnings(text: str, by_text: dict[str, list[Line]]) -> Iterator[Line]:
    """The lines whose text is a shorter beginning of this one."""
    for end in range(len(text)):
        yield from by_text.get(text[:end], ())


def _find_or_add(
    files: list[tuple[Match, tuple[HeaderMatch, ...]]],
    wanted: tuple[Match, tuple[HeaderMatch, ...]],
    start: int,
) -> int:
    for number in range(start, len(files)):
        if files[number] == wanted:
            return number
    files.append(wanted)
    return len(files) - 1
