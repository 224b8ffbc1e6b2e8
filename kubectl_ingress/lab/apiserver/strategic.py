"""Strategic merge patches: JSON merged by what the schema says about lists, with directives.

Kubernetes' own: apimachinery's pkg/util/strategicpatch/patch.go, and for the
order of merged lists its design proposal
https://git.k8s.io/design-proposals-archive/cli/preserve-order-in-strategic-merge-patch.md.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import go_text
from kubectl_ingress.lab.apiserver.schema import Type
from kubectl_ingress.lab.apiserver.status import Refused, bad_request
from kubectl_ingress.lab.apiserver.typed import type_below

DIRECTIVE, RETAIN = "$patch", "$retainKeys"
DELETE, ORDER = "$deleteFromPrimitiveList", "$setElementOrder"

REJECTED = "the server rejected our request due to an error in our request"
_BAD_RETAIN = "invalid patch format of retainKeys"
_BAD_DELETE = "invalid patch format of primitive list"
_BAD_ORDER = "invalid patch format of setElementOrder list"


def merge(live: Json, patch: Json, type: Type) -> Json:
    """The object with the patch applied. Raises Refused."""
    return _merge_maps(copy.deepcopy(live), copy.deepcopy(patch), type)


def without_nulls(value: Any) -> Any:
    """Null means removal at every depth; in a list it is an item."""
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: without_nulls(each) for key, each in value.items() if each is not None}


def _fault(message: str) -> Refused:
    # The real server has no better name for these than an internal error.
    return Refused(500, "", message)


def _merge_maps(live: Json, patch: Json, type: Type) -> Json:
    if DIRECTIVE in patch:
        directive = patch.pop(DIRECTIVE)
        if directive == "replace":
            return patch
        if directive == "delete":
            return {}
        raise _unknown_directive(directive, patch | {DIRECTIVE: directive})
    _retain_keys(live, patch)
    _set_orders(live, patch, type)
    for key, value in patch.items():
        deletes = key.startswith(DELETE)
        name = _list_named(key, DELETE, _BAD_DELETE) if deletes else key
        if value is None:
            live.pop(name, None)
        elif deletes and not _alike(live.get(name), value):
            continue
        elif _alike(live.get(name), value):
            live[name] = _merged(live[name], value, type, name, deletes)
        else:
            _put(live, name, without_nulls(value))
    return live


def _merged(live: Any, patch: Any, type: Type, name: str, deletes: bool) -> Any:
    inner = _field_type(type, name)
    strategy = inner.patch_strategy - {"retainKeys"}
    if isinstance(patch, dict):
        return patch if "replace" in strategy else _merge_maps(live, patch, inner)
    if "merge" in strategy or deletes:
        return _merge_lists(live, patch, inner, deletes)
    return patch


def _alike(left: Any, right: Any) -> bool:
    """Whether both are maps, or both lists: anything else is replaced."""
    return any(isinstance(left, kind) and isinstance(right, kind) for kind in (dict, list))


def _field_type(type: Type, name: str) -> Type:
    if type.form != "object":
        kind = "map" if type.form == "map" else type.scalar or type.form
        raise _fault(f"merging an object in json but data type is not struct, instead is: {kind}")
    if name not in type.fields:
        raise _fault(f'unable to find api field in struct {type.name} for the json field "{name}"')
    return type.fields[name]


def _retain_keys(live: Json, patch: Json) -> None:
    if RETAIN not in patch:
        return
    kept = patch.pop(RETAIN)
    if not isinstance(kept, list):
        raise bad_request(_BAD_RETAIN)
    said = [key for key, value in patch.items() if value is not None]
    if any(key not in kept for key in said if not key.startswith((DELETE, ORDER))):
        raise bad_request(_BAD_RETAIN)
    for key in [key for key in live if key not in kept]:
        del live[key]


def _set_orders(live: Json, patch: Json, type: Type) -> None:
    """Merge the lists that come with an order of their own, and take them out of the patch."""
    for key in [key for key in patch if key.startswith(ORDER)]:
        order = patch.pop(key)
        _check_list(order)
        name = _list_named(key, ORDER, _BAD_ORDER)
        before, given = live.get(name, []), patch.get(name, [])
        _check_list(before)
        _check_list(given)
        inner = _field_type(type, name)
        _check_order(given, order, inner.merge_key)
        if name not in patch and name not in live:
            continue
        if name not in live:
            merged = [item for item in map(_without_directives, given) if item is not _NOTHING]
        elif name not in patch:
            merged = before
        elif "merge" in inner.patch_strategy:
            merged = _merge_lists(before, given, inner, False)
        else:
            merged = given
        live[name] = _ordered(
            merged, order, _places(before, given, inner.merge_key), inner.merge_key
        )
        patch.pop(name, None)


def _places(before: list[Any], given: list[Any], key: str) -> list[Any]:
    """The order of the live list as the real server remembers it.

    It deletes and appends in the same piece of memory: new items that fit into
    the room of deleted ones count as live, at the end.
    """
    if not key or any(item.get(DIRECTIVE) == "replace" for item in given):
        return before
    gone = {item[key] for item in given if item.get(DIRECTIVE) == "delete"}
    left = [item for item in before if item.get(key) not in gone]
    known = {item.get(key) for item in left}
    fresh = [item for item in given if DIRECTIVE not in item and item[key] not in known]
    return left + fresh[: len(before) - len(left)]


def _check_order(given: list[Any], order: list[Any], key: str) -> None:
    """That the patch's items are in the order that it wants, and all in it."""
    if not order or not given:
        return
    waiting = [item for item in given if not (isinstance(item, dict) and DIRECTIVE in item)]
    for wanted in order:
        if waiting and _key_of(waiting[0], key) == _key_of(wanted, key):
            del waiting[0]
    if waiting:
        raise _fault(
            f"The order in patch list:\n{go_text.plain(given)}\n doesn't match {ORDER} list:\n"
            f"{go_text.plain(order)}\n"
        )


def _merge_lists(live: list[Any], patch: list[Any], type: Type, deletes: bool) -> list[Any]:
    if not live and not patch:
        return live
    _check_elements(live, patch)
    if not isinstance([*live, *patch][0], dict):
        if deletes:
            return [item for item in live if item not in patch]
        if type.merge_key:
            raise _wrong_kind("", {})
        merged = list(dict.fromkeys([*live, *patch]))
    else:
        if not type.merge_key:
            element = type.element
            kind = "struct" if element and element.form == "object" else "string"
            raise _fault(f"cannot merge lists without merge key for {kind}")
        live, patch = _directed(live, patch, type.merge_key)
        merged = _merge_items(live, patch, type)
    return _ordered(merged, patch, live, type.merge_key)


def _directed(live: list[Any], patch: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """The lists after the patch's items that are directives."""
    replaces, rest = False, []
    for item in patch:
        directive = item.get(DIRECTIVE)
        if DIRECTIVE not in item:
            rest.append(item)
        elif directive == "delete":
            gone = _key_of(item, key)
            live = [each for each in live if each.get(key) != gone]
        elif directive == "replace":
            replaces = True
        elif directive == "merge":
            raise _fault("merging lists cannot yet be specified in the patch")
        else:
            raise _unknown_directive(directive, item)
    return (rest, []) if replaces else (live, rest)


def _merge_items(live: list[Any], patch: list[Any], type: Type) -> list[Any]:
    key, merged = type.merge_key, list(live)
    for item in patch:
        wanted = _key_of(item, key)
        for rank, each in enumerate(merged):
            if each.get(key) == wanted:
                merged[rank] = _merge_maps(each, item, type_below(type, "k:"))
                break
        else:
            merged.append(item)
    return merged


def _ordered(merged: list[Any], patch: list[Any], live: Sequence[Any], key: str) -> list[Any]:
    """The patch's items in its order, the others in theirs, put between by their old places."""
    for index, item in enumerate(patch if key and merged else ()):
        if not isinstance(item, dict):
            raise _fault(f"value for key {index} is not a map")
    rank = _ranking(live, key)
    wanted = _ranking(patch, key)
    for item in merged:
        _key_of(item, key)
    mine = sorted((item for item in merged if wanted(item) >= 0), key=wanted)
    others = sorted((item for item in merged if wanted(item) < 0), key=rank)
    found = []
    while mine and others:
        if 0 <= rank(others[0]) < rank(mine[0]):
            found.append(others.pop(0))
        else:
            found.append(mine.pop(0))
    return found + mine + others


def _ranking(items: Sequence[Any], key: str) -> Callable[[Any], int]:
    ranks: dict[Any, int] = {}
    for rank, item in enumerate(items):
        ranks.setdefault(_key_of(item, key), rank)
    return lambda item: ranks.get(_key_of(item, key), -1)


def _key_of(item: Any, key: str) -> Any:
    if not key:
        return item
    if not isinstance(item, dict):
        raise _wrong_kind({}, item)
    if key not in item:
        raise _fault(f"map: {go_text.plain(item)} does not contain declared merge key: {key}")
    return item[key]


def _check_elements(live: list[Any], patch: list[Any]) -> None:
    first = type([*live, *patch][0])
    if first is list:
        raise Refused(422, "Invalid", REJECTED)
    if any(type(item) is not first for item in [*live, *patch]):
        lists = go_text.plain([live, patch])
        raise _fault(f"list element types are not identical: {lists}")


def _check_list(value: Any) -> None:
    if not isinstance(value, list):
        raise _wrong_kind([], value)


def _wrong_kind(wanted: Any, value: Any) -> Refused:
    expected, got = go_text.type_name(wanted), go_text.type_name(value)
    return _fault(f"expected a {expected}, but received a {got}")


def _unknown_directive(directive: Any, item: Json) -> Refused:
    said = go_text.plain(directive)
    return _fault(f"unknown patch type: {said} in map: {go_text.plain(item)}")


def _list_named(key: str, prefix: str, message: str) -> str:
    """``finalizers`` of ``$setElementOrder/finalizers``."""
    start, slash, name = key.partition("/")
    if start != prefix or not slash:
        raise bad_request(message)
    return name


_NOTHING = object()


def _put(live: Json, name: str, value: Any) -> None:
    kept = _without_directives(value)
    if kept is _NOTHING:
        live.pop(name, None)
    else:
        live[name] = kept


def _without_directives(value: Any) -> Any:
    if isinstance(value, list):
        return [each for each in map(_without_directives, value) if each is not _NOTHING]
    if not isinstance(value, dict):
        return value
    if DIRECTIVE in value:
        return _NOTHING
    found = {key: _without_directives(each) for key, each in value.items()}
    return {key: each for key, each in found.items() if each is not _NOTHING}
