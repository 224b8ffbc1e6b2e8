"""Edits of an object as data: decided once, carried out on data or on text.

Paths lead from the root of the document as it is before any edit: keys of
mappings, indexes of lists. Two edits never touch the same value.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

Path = tuple[str | int, ...]


class SetValue(Struct, frozen=True):
    """Another scalar in place of the one at `path`."""

    path: Path
    value: str | int


class RenameKey(Struct, frozen=True):
    """Another name for the key at `path`; its value stays."""

    path: Path
    name: str


class RemoveKey(Struct, frozen=True):
    """The key at `path` goes, with its value."""

    path: Path


class AddKey(Struct, frozen=True):
    """A new scalar in the mapping at `path`, after the key `after`; first where there is none."""

    path: Path
    name: str
    value: str | int
    after: str = ""


class MoveKeys(Struct, frozen=True):
    """Keys of the mapping at `path` move into mappings below it.

    `moves` has for each key the keys it is under afterwards, its new name
    last: ``("serviceName", ("service", "name"))``.
    """

    path: Path
    moves: tuple[tuple[str, tuple[str, ...]], ...]


Edit = SetValue | RenameKey | RemoveKey | AddKey | MoveKeys


class Mend(Struct, frozen=True):
    """What is safe to do about a finding: edits of its object, paths from the object's root.

    Requests to the routes of the object itself may then be answered otherwise,
    for that is the point; `alike` says that not even they may. `converted`: the
    object becomes one of the version that is served now, in place of edits.
    """

    edits: tuple[Edit, ...] = ()
    alike: bool = False
    converted: bool = False


def shifted(edit: Edit, path: Path) -> Edit:
    """The same edit of an object that stands at a path of its document."""
    return replace(edit, path=(*path, *edit.path))


def in_words(edit: Edit, data: object) -> str:
    """``ssl-redirect: false → "false"``: what an edit does to the data, in a line."""
    path = edit.path
    match edit:
        case SetValue():
            name = path[-1] if isinstance(path[-1], str) else f"{path[-2]}[{path[-1]}]"
            return f"{name}: {_shown(value_at(data, path))} → {_shown(edit.value)}"
        case RenameKey():
            return f"{path[-1]} → {edit.name}"
        case RemoveKey():
            return f"{path[-1]} removed"
        case AddKey():
            return f"{edit.name}: {_shown(edit.value)} added"
        case MoveKeys():
            return ", ".join(f"{key} → {'.'.join(to)}" for key, to in edit.moves)


def value_at(data: object, path: Path) -> object:
    """What stands at a path, None where nothing does."""
    for step in path:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _shown(value: object) -> str:
    words = {True: "true", False: "false", None: "null"}
    if isinstance(value, str):
        return f'"{value}"'
    return words[value] if value is None or isinstance(value, bool) else str(value)


def edited(value: object, edits: Iterable[Edit]) -> object:
    """A copy of the data with the edits done; the order of keys is kept."""
    by_path: dict[Path, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(edit)
    return _edited(value, by_path, ())


def _edited(value: object, edits: dict[Path, list[Edit]], path: Path) -> object:
    here = edits.get(path, [])
    for edit in here:
        if isinstance(edit, SetValue):
            return edit.value
    if isinstance(value, list):
        return [_edited(item, edits, (*path, index)) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    moves = {key: to for edit in here if isinstance(edit, MoveKeys) for key, to in edit.moves}
    added = [edit for edit in here if isinstance(edit, AddKey)]
    result: dict[str, object] = {e.name: e.value for e in added if e.after not in value}
    for key, inner in value.items():
        there = edits.get((*path, key), [])
        if not any(isinstance(edit, RemoveKey) for edit in there):
            names = [edit.name for edit in there if isinstance(edit, RenameKey)]
            _put(result, moves.get(key, (*names, key)[:1]), _edited(inner, edits, (*path, key)))
        result.update({edit.name: edit.value for edit in added if edit.after == key})
    return result


def _put(mapping: dict[str, object], keys: tuple[str, ...], value: object) -> None:
    *parents, last = keys
    for parent in parents:
        inner = mapping.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise TypeError(f"{parent} is no mapping to move keys into")
        mapping = inner
    mapping[last] = value
