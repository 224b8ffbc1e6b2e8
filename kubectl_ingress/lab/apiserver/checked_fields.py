"""What server-side apply refuses of a configuration: unknown fields, wrong types, twins in lists.

The sentences are structured-merge-diff's (typed/validate.go).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubectl_ingress.lab.apiserver import go_text
from kubectl_ingress.lab.apiserver.field_sets import named, text
from kubectl_ingress.lab.apiserver.schema import Type
from kubectl_ingress.lab.apiserver.typed import BadItem, element_of, type_below


def problems(config: Any, type: Type) -> str:
    """What is wrong with a configuration, in one text; empty if nothing is."""
    found = [f"{where}: {what}" if where else what for where, what in _problems(config, type, "")]
    return found[0] if len(found) == 1 else "\n  ".join(["errors:", *found]) if found else ""


def _problems(value: Any, type: Type, where: str) -> Iterator[tuple[str, str]]:
    # An int-or-string is described so loosely that only the decoder refuses anything.
    if value is None or type.form == "any" or type.scalar == "int-or-string":
        return
    if type.form == "list":
        if not isinstance(value, list):
            yield where, f"expected list, got &{{{go_text.plain(value)}}}"
            return
        yield from _list_problems(value, type, where)
    elif type.form == "scalar":
        if told := _scalar_problem(value, type):
            yield where, told
    elif not isinstance(value, dict):
        yield where, f"expected map, got &{{{go_text.plain(value)}}}"
    else:
        yield from _map_problems(value, type, where)


def _map_problems(value: dict[str, Any], type: Type, where: str) -> Iterator[tuple[str, str]]:
    for key in sorted(value):
        if type.form == "object" and key not in type.fields:
            yield f"{where}.{key}", "field not declared in schema"
            # The rest of this object is then not looked at.
            return
        yield from _problems(value[key], type_below(type, named(key)), f"{where}.{key}")


def _list_problems(items: list[Any], type: Type, where: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for rank, item in enumerate(items):
        at = f"[{rank}]"
        if type.list_type != "atomic":
            try:
                element = element_of(type, item)
            except BadItem as bad:
                yield where, f"element {rank}: {bad}"
                return
            at = text((element,))
            if element in seen:
                yield where, f"duplicate entries for key {at}"
            seen.add(element)
        if type.element is not None:
            yield from _problems(item, type.element, where + at)


def _scalar_problem(value: Any, type: Type) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match type.scalar:
        case "integer" | "number":
            wrong = not is_number
            told = f"expected numeric (int or float), got {go_text.type_name(value)}"
        case "string" | "bytes":
            wrong = not isinstance(value, str)
            shown = go_text.syntax(value)
            told = f"expected string, got &value.valueUnstructured{{Value:{shown}}}"
        case "boolean":
            wrong = not isinstance(value, bool)
            told = f"expected boolean, got &{{{go_text.plain(value)}}}"
        case _:
            wrong = isinstance(value, dict | list)
            told = f"expected any scalar, got &{{{go_text.plain(value)}}}"
    return told if wrong else ""
