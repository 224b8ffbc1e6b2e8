"""How Go says that a value has the wrong type: its JSON decoder, and Kubernetes' own for patches.

sigs.k8s.io/json, and apimachinery's pkg/runtime/converter.go, which a strategic
merge patch goes through.
"""

from __future__ import annotations

import json
from typing import Any

from kubectl_ingress.lab.apiserver.schema import Type

_INTEGERS = ("int32", "int64")
_RESTORED = {"list": "slice from", "map": "map from", "object": "struct from:"}


def cannot_unmarshal(value: Any, go: str, struct: str, path: str) -> str:
    """The JSON decoder's words; without a struct those of a type that decodes by itself."""
    what = json_kind(value)
    if what == "number" and go in _INTEGERS:
        what = f"number {json.dumps(value)}"
    into = f"struct field {struct}.{path}" if struct else "value"
    return f"json: cannot unmarshal {what} into Go {into} of type {go}"


def cannot_restore(value: Any, type: Type) -> str:
    """The words for what a strategic merge patch has made."""
    kind = _go_kind(value)
    if type.form in _RESTORED:
        return f"cannot restore {_RESTORED[type.form]} {kind}"
    if type.scalar == "bytes":
        return f"cannot restore slice from {kind}"
    if (type.scalar, kind) in (("string", "int64"), ("integer", "float64"), ("integer", "int64")):
        return f"cannot convert {kind} to {type.go}"
    wanted = {"boolean": "bool", "integer": f"int{type.bits}"}.get(type.scalar, "string")
    return f"unrecognized type: {wanted}"


def json_kind(value: Any) -> str:
    """A value's kind in the words of Go's encoding/json: ``number``, ``array``."""
    kind = _go_kind(value)
    names = {"int64": "number", "float64": "number", "slice": "array", "map": "object"}
    return names.get(kind, kind)


def _go_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int64"
    if isinstance(value, float):
        return "float64"
    if isinstance(value, str):
        return "string"
    return "slice" if isinstance(value, list) else "map"
