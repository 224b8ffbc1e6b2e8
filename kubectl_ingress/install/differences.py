"""What a change would do to an object, field by field, for people: pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.owners import LAST_APPLIED
from kubectl_ingress.install.settings import INSTALLED_BY

ABSENT = "(none)"
_LONGEST = 72
_DIGEST = re.compile(r"(sha256:[0-9a-f]{8})[0-9a-f]{56}")
# What the server sets by itself, and the two annotations that say nothing about the object.
_UNTOLD = {
    ("status",),
    ("metadata", "creationTimestamp"),
    ("metadata", "generation"),
    ("metadata", "managedFields"),
    ("metadata", "resourceVersion"),
    ("metadata", "uid"),
    ("metadata", "annotations", INSTALLED_BY),
    ("metadata", "annotations", LAST_APPLIED),
}
# By which of its fields an item of a list is told from the others, as they are
# tried: what the API merges such lists by (x-kubernetes-list-map-keys).
_KEYS = ("name", "containerPort", "port", "mountPath", "key")

_Path = tuple[str, ...]
_Found = Iterator[tuple[_Path, tuple[object, object]]]


class Difference(Struct, frozen=True):
    """One field, as it is and as it will be; ABSENT where there is none."""

    path: str
    theirs: str
    ours: str


def differences(before: Live, after: Live) -> tuple[Difference, ...]:
    """All fields that differ, in the order of their paths; of a Secret never the values."""
    is_secret = reader_of(before).text("kind") == "Secret"
    found = sorted(_compare(before, after, ()), key=lambda each: each[0])

    def shown(path: _Path, value: object) -> str:
        return _shown(value, hidden=is_secret and path[0] != "metadata")

    return tuple(
        Difference(_written(path), shown(path, theirs), shown(path, ours))
        for path, (theirs, ours) in found
    )


def _compare(before: object, after: object, path: _Path) -> _Found:
    if before == after or path in _UNTOLD:
        return
    one, other = _as_map(before), _as_map(after)
    if one is None or other is None or not (one or other):
        if not (_is_empty(before) and _is_empty(after)):
            yield path, (before, after)
    elif one == other:
        yield path, (f"{len(one)} items", f"the same {len(other)} in another order")
    else:
        for name in {**one, **other}:
            yield from _compare(one.get(name), other.get(name), (*path, name))


def _as_map(value: object) -> Mapping[str, object] | None:
    """A map, or the items of a list by what tells them apart; None for what has no parts."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {str(name): inner for name, inner in value.items()}
    return _by_key(value) if isinstance(value, list) else None


def _by_key(items: Sequence[object]) -> Mapping[str, object] | None:
    for names in _names(items):
        if len(names) == len(items) and len(set(names)) == len(names):
            return dict(zip(names, items, strict=True))
    return None


def _names(items: Sequence[object]) -> Iterator[list[str]]:
    maps = [item for item in items if isinstance(item, Mapping)]
    for key in _KEYS:
        yield [f"[{item[key]}]" for item in maps if key in item]
    # Arguments, by the names of their flags.
    yield [f"[{item.partition('=')[0]}]" for item in items if isinstance(item, str)]


def _is_empty(value: object) -> bool:
    return value is None or value == {} or value == []


def _written(path: _Path) -> str:
    """``spec.template.spec.containers[controller].image``."""
    text = ""
    for part in path:
        if part.startswith("["):
            text += part
        else:
            text += f".{part}" if part.isidentifier() else f"[{part}]"
    return text.removeprefix(".")


def _shown(value: object, hidden: bool) -> str:
    if value is None:
        return ABSENT
    if hidden:
        return "(hidden)"
    plain = isinstance(value, str) and value.strip() == value and value
    text = str(value) if plain else json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = _DIGEST.sub(r"\1…", text)
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}…{text[-half:]}"
