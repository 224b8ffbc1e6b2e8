"""Sets of fields of an object, as managedFields write them (fieldsV1).

A path is its elements as fieldsV1 spells them: ``f:spec``, ``k:{"name":"x"}``
(an item of a list by its keys), ``v:"x"`` (an item of a set), ``i:3``. A set is
a frozenset of paths, so that union, difference, intersection and membership are
Python's own; owning a path says nothing about those above or below it.

structured-merge-diff's fieldpath/{element,serialize,serialize-pe,set}.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import go_text

Path = tuple[str, ...]
FieldSet = frozenset[Path]

_SELF = "."


def named(name: str) -> str:
    """The element of an object's field or a map's key."""
    return f"f:{name}"


def item_with(keys: Mapping[str, Any]) -> str:
    """The element of a list's item that is known by these keys."""
    return "k:" + go_text.encoded(keys)


def item_equal(value: Any) -> str:
    """The element of a set's item."""
    return "v:" + go_text.encoded(value)


def parse(fields: Any) -> FieldSet:
    """The set that fieldsV1 means. Raises ValueError."""
    return frozenset(_paths(fields, ()))


def write(paths: FieldSet) -> Json:
    """The set as fieldsV1, in the real server's order."""
    tree: dict[str, Any] = {}
    for path in paths:
        node = tree
        for element in path:
            node = node.setdefault(element, {})
        node[_SELF] = {}
    return _sorted(tree)


def without_below(paths: FieldSet, roots: FieldSet) -> FieldSet:
    """The set without the roots and whatever is below them."""
    return frozenset(
        path for path in paths if not any(path[: n + 1] in roots for n in range(len(path)))
    )


def below(paths: FieldSet, element: str) -> FieldSet:
    """What the set says about the parts of one element."""
    return frozenset(path[1:] for path in paths if len(path) > 1 and path[0] == element)


def in_order(paths: Iterable[Path]) -> list[Path]:
    """The order in which conflicts are told: at each level what ends there first."""
    return sorted(paths, key=_walk_order)


def text(path: Path) -> str:
    """``.spec.containers[name="x"].image``."""
    return "".join(_element_text(element) for element in path)


def _paths(fields: Any, prefix: Path) -> Iterable[Path]:
    if not isinstance(fields, dict):
        raise ValueError(f"no set of fields: {fields!r}")
    for key, inner in fields.items():
        if key == _SELF:
            continue
        element = _canonical(key)
        if element is None:
            continue
        path = (*prefix, element)
        found = list(_paths(inner, path))
        if not found or _SELF in inner:
            yield path
        yield from found


def _canonical(key: str) -> str | None:
    """The element in our spelling, None for a kind that nobody knows. Raises ValueError."""
    kind, rest = key[:2], key[2:]
    if kind == "f:":
        return key
    if kind == "i:":
        return f"i:{int(rest)}"
    if kind == "v:":
        return item_equal(json.loads(rest))
    if kind == "k:":
        keys = json.loads(rest)
        if not isinstance(keys, dict):
            raise ValueError(f"no keys: {key}")
        return item_with(keys)
    if kind[1:] != ":":
        raise ValueError(f"missing colon: {key}")
    return None


def _sorted(tree: dict[str, Any]) -> Json:
    found = {}
    for element in sorted(tree, key=_order):
        inner = tree[element]
        # A field that is owned as a whole and not in parts is an empty object.
        found[element] = {} if inner.keys() == {_SELF} else _sorted(inner)
    return found


def _order(element: str) -> tuple[Any, ...]:
    kind, rest = element[:2], element[2:]
    if kind == "f:":
        return (1, rest)
    if kind == "k:":
        return (2, [(name, _value_order(value)) for name, value in json.loads(rest).items()])
    if kind == "v:":
        return (3, _value_order(json.loads(rest)))
    return (4, int(rest)) if kind == "i:" else (0,)


def _value_order(value: Any) -> tuple[Any, ...]:
    if isinstance(value, bool):
        return (2, value)
    if isinstance(value, int | float):
        return (0, value)
    if isinstance(value, str):
        return (1, value)
    # Lists, maps and null are no keys anywhere; any order will do.
    return (3, go_text.encoded(value))


def _walk_order(path: Path) -> list[tuple[Any, ...]]:
    last = len(path) - 1
    return [(rank < last, _order(element)) for rank, element in enumerate(path)]


def _element_text(element: str) -> str:
    kind, rest = element[:2], element[2:]
    if kind == "f:":
        return f".{rest}"
    if kind == "i:":
        return f"[{rest}]"
    if kind == "v:":
        return f"[={_value_text(json.loads(rest))}]"
    keys = json.loads(rest)
    return "[" + ",".join(f"{name}={_value_text(value)}" for name, value in keys.items()) + "]"


def _value_text(value: Any) -> str:
    return go_text.quoted(value) if isinstance(value, str) else go_text.plain(value)
