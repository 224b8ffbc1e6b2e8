"""Objects walked by their Type: which fields they have, compared, merged, thinned out.

The rules are structured-merge-diff's (typed/{tofieldset,compare,merge,remove}.go):
scalars and whatever is atomic are leaves, items of lists are known by their
keys or values, and null, empty and absent are three things.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.decoding import complete
from kubectl_ingress.lab.apiserver.field_sets import (
    FieldSet,
    Path,
    below,
    item_equal,
    item_with,
    named,
)
from kubectl_ingress.lab.apiserver.schema import Type

ABSENT: Any = object()
"""In place of a value that is not there."""

_ANY = Type("any")


class BadItem(ValueError):
    """An item of a list that cannot be told from the others."""


class Comparison(Struct, frozen=True):
    """What is only in the second object, in both but different, only in the first."""

    added: FieldSet
    modified: FieldSet
    removed: FieldSet


def type_below(type: Type, element: str) -> Type:
    """The type of a part: of a field, a map's value or a list's item."""
    if element.startswith("f:") and type.form in ("object", "map"):
        return type.fields.get(element[2:]) or type.element or _ANY
    return type.element or _ANY if element.startswith("k:") else _ANY


def element_of(type: Type, item: Any) -> str:
    """How an item of a list is known. Raises BadItem."""
    if not type.list_keys:
        return _set_element(item)
    if item is None:
        raise BadItem("associative list with keys may not have a null element")
    if not isinstance(item, dict):
        raise BadItem("associative list with keys may not have non-map elements")
    fields = type.element.fields if type.element else {}
    keys = {name: item.get(name, fields[name].default) for name in type.list_keys}
    keys = {name: key for name, key in keys.items() if name in item or key is not None}
    if not keys:
        listed = " ".join(f'"{name}"' for name in type.list_keys)
        raise BadItem(
            f"associative list with keys has an element that omits all key fields [{listed}] "
            "(and doesn't have default values for any key fields)"
        )
    return item_with(keys)


def _set_element(item: Any) -> str:
    if isinstance(item, dict):
        raise BadItem("associative list without keys has an element that's a map type")
    if isinstance(item, list):
        raise BadItem("not supported: associative list with lists as elements")
    if item is None:
        raise BadItem("associative list without keys has an element that's an explicit null")
    return item_equal(item)


def shown(obj: Json, type: Type) -> Json:
    """A copy with what Go always prints: ``status: {}``, ``rules: null``."""
    found = copy.deepcopy(obj)
    complete(type, found)
    return found


def fields_of(value: Any, type: Type) -> FieldSet:
    """The fields that a configuration mentions: leaves, items, and what is null or empty."""
    return frozenset(_fields(value, type, ()))


def _fields(value: Any, type: Type, path: Path) -> Iterator[Path]:
    if _is_leaf(type):
        yield path
    elif isinstance(value, list):
        for element, items in _by_element(type, value).items():
            if len(items) == 1:
                yield from _fields(items[0], type_below(type, element), (*path, element))
            yield (*path, element)
    elif isinstance(value, dict):
        for key, inner in value.items():
            element = named(key)
            yield from _fields(inner, type_below(type, element), (*path, element))
            if inner is None or inner == {} or key not in type.fields:
                yield (*path, element)


def compare(before: Any, after: Any, type: Type) -> Comparison:
    """What changed between two objects; neither is ABSENT."""
    kinds: tuple[set[Path], ...] = (set(), set(), set())
    for kind, path in _changes(before, after, type, ()):
        kinds[kind].add(path)
    return Comparison(*(frozenset(paths - {()}) for paths in kinds))


_ADDED, _MODIFIED, _REMOVED = range(3)


def _changes(before: Any, after: Any, type: Type, path: Path) -> Iterator[tuple[int, Path]]:
    if _is_leaf(type) or not (_full(before) or _full(after)):
        if before is ABSENT or after is ABSENT:
            yield (_ADDED if before is ABSENT else _REMOVED), path
        elif not is_equal(before, after):
            yield _MODIFIED, path
        return
    if type.form == "list":
        yield from _item_changes(before, after, type, path)
    else:
        old, new = _or_empty(before, {}), _or_empty(after, {})
        for key in old.keys() | new.keys():
            element = named(key)
            pair = old.get(key, ABSENT), new.get(key, ABSENT)
            yield from _changes(*pair, type_below(type, element), (*path, element))
    if before is ABSENT or after is ABSENT:
        yield (_ADDED if before is ABSENT else _REMOVED), path


def _item_changes(before: Any, after: Any, type: Type, path: Path) -> Iterator[tuple[int, Path]]:
    old, new = (_by_element(type, _or_empty(items, [])) for items in (before, after))
    for element in old.keys() | new.keys():
        left, right = old.get(element, []), new.get(element, [])
        here, inner = (*path, element), type_below(type, element)
        if len(left) > 1 and len(right) > 1:
            # Items that cannot be told apart are owned together.
            if not is_equal(left, right):
                yield _MODIFIED, here
            continue
        if len(left) < 2 and len(right) < 2:
            pair = (left or [ABSENT])[0], (right or [ABSENT])[0]
            yield from _changes(*pair, inner, here)
        elif len(left) > 1:
            if right:
                yield from _changes(ABSENT, right[0], inner, here)
            yield _REMOVED, here
        else:
            if left:
                yield from _changes(left[0], ABSENT, inner, here)
            yield _ADDED, here


def merge(live: Any, config: Any, type: Type) -> Any:
    """The live value with what a configuration says; ABSENT where nothing is left.

    Items come in the configuration's order, those that are only live between them.
    """
    if _is_leaf(type) or not (_full(live) or _full(config)):
        return live if config is ABSENT else config
    found: Any
    if type.form == "list":
        found = list(_merged_items(_or_empty(live, []), _or_empty(config, []), type))
    else:
        found = {}
        old, new = _or_empty(live, {}), _or_empty(config, {})
        for key in [*old, *(key for key in new if key not in old)]:
            pair = old.get(key, ABSENT), new.get(key, ABSENT)
            value = merge(*pair, type_below(type, named(key)))
            if value is not ABSENT:
                found[key] = value
    return found or ABSENT


def _merged_items(live: Sequence[Any], config: Sequence[Any], type: Type) -> Iterator[Any]:
    left = [element_of(type, item) for item in live]
    right = {element_of(type, item): item for item in config}
    old = _by_element(type, live)
    for element, rank in _merged_order(left, list(right)):
        if rank is not None:
            merged = merge(live[rank], ABSENT, type_below(type, element))
        else:
            same = old.get(element, [ABSENT])
            # Of several that cannot be told apart none lends its parts.
            start = same[0] if len(same) == 1 else None
            merged = merge(start, right[element], type_below(type, element))
        if merged is not ABSENT:
            yield merged


def _merged_order(left: list[str], right: list[str]) -> Iterator[tuple[str, int | None]]:
    """The elements in the order of the merged list; with their rank for those only at the left."""
    wanted = [element for element in right if element in set(left)]
    done: set[str] = set()
    l_rank = r_rank = 0
    while l_rank < len(left) or r_rank < len(right):
        mine = left[l_rank] if l_rank < len(left) else None
        theirs = right[r_rank] if r_rank < len(right) else None
        # An item of both lists whose turn comes later in the configuration.
        if mine in right and theirs not in (None, mine) and wanted and wanted[0] != mine:
            l_rank += 1
            continue
        if mine is not None and mine != theirs:
            if mine not in right:
                yield mine, l_rank
                l_rank += 1
                continue
            l_rank += mine in done
        if theirs is not None:
            yield theirs, None
            done.add(theirs)
            r_rank += 1
            l_rank += mine == theirs
            if wanted and wanted[0] == theirs:
                del wanted[0]


def remove(value: Any, paths: FieldSet, type: Type) -> Any:
    """The value without these fields and items; None where nothing is left."""
    if type.form not in ("object", "map", "list"):
        return value
    if _is_leaf(type) or not value:
        return None
    if isinstance(value, list):
        items = ((element_of(type, item), item) for item in value)
        return [inner for _, inner in _kept(items, paths, type)] or None
    return {key[2:]: inner for key, inner in _kept(_named(value), paths, type)} or None


def _named(value: Json) -> Iterator[tuple[str, Any]]:
    return ((named(key), inner) for key, inner in value.items())


def _kept(parts: Iterator[tuple[str, Any]], paths: FieldSet, type: Type) -> Iterator[Any]:
    for element, inner in parts:
        if (element,) in paths:
            continue
        inside = below(paths, element)
        yield element, remove(inner, inside, type_below(type, element)) if inside else inner


def with_parents(paths: FieldSet, type: Type) -> FieldSet:
    """The set with the known fields on the way to each path: not map keys, not items."""
    found = set(paths)
    for path in paths:
        here = type
        for rank, element in enumerate(path[:-1]):
            if element.startswith("f:") and element[2:] in here.fields:
                found.add(path[: rank + 1])
            here = type_below(here, element)
    return frozenset(found)


def is_equal(left: Any, right: Any) -> bool:
    """Whether two values are the same JSON; 1 is 1.0 and not true."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(is_equal(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_equal, left, right))
    return bool(left == right)


def _is_leaf(type: Type) -> bool:
    if type.form == "list":
        return type.list_type == "atomic"
    return type.form not in ("object", "map") or type.atomic


def _full(value: Any) -> bool:
    return value is not ABSENT and bool(value)


def _or_empty(value: Any, empty: Any) -> Any:
    return value if _full(value) else empty


def _by_element(type: Type, items: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(element_of(type, item), []).append(item)
    return found
