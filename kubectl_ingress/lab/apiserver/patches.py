"""The three kinds of patch of the Kubernetes API that are not server-side apply.

What is refused, and how, is the real server's (apiserver's
pkg/endpoints/handlers/patch.go, with json-patch v4 of github.com/evanphx).
"""

from __future__ import annotations

import copy
import re
from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import strategic
from kubectl_ingress.lab.apiserver.decoding_words import json_kind
from kubectl_ingress.lab.apiserver.schema import Type
from kubectl_ingress.lab.apiserver.status import Refused, bad_request

MOST_OPERATIONS = 10000
_DECODING = "error decoding patch: json: cannot unmarshal"
_MAP = "map[string]interface {}"
_INDEX = re.compile(r"[+-]?\d+\Z", re.ASCII)


def json_patch(obj: Json, operations: Any) -> Json:
    """RFC 6902, with the real server's leniency: negative indices count from the end.

    Raises Refused: 400 for what is no patch, 413, and 422 for operations that
    do not fit, of which the real server does not say why either.
    """
    _check_operations(operations)
    document: Any = copy.deepcopy(obj)
    try:
        for operation in operations or []:
            document = _operate(document, operation or {})
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise Refused(422, "Invalid", strategic.REJECTED, {}) from error
    if not isinstance(document, dict):
        raise _not_an_object()
    return document


def merge_patch(obj: Json, patch: Any) -> Json:
    """RFC 7386. Raises Refused."""
    if patch is None:
        raise bad_request("Invalid JSON Patch")
    if not isinstance(patch, dict):
        raise bad_request(f"{_DECODING} {json_kind(patch)} into Go value of type {_MAP}")
    found: Json = _merged(copy.deepcopy(obj), copy.deepcopy(patch))
    return found


def strategic_merge(obj: Json, patch: Any, type: Type) -> Json:
    """Kubernetes' own kind, see lab.apiserver.strategic. Raises Refused."""
    if not isinstance(patch, dict | None):
        raise bad_request(f"json: cannot unmarshal {json_kind(patch)} into Go value of type {_MAP}")
    return strategic.merge(obj, patch or {}, type)


def _merged(value: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    if not isinstance(value, dict):
        return strategic.without_nulls(patch)
    for key, each in patch.items():
        if each is None:
            value.pop(key, None)
        elif value.get(key) is None:
            value[key] = strategic.without_nulls(each)
        else:
            value[key] = _merged(value[key], each)
    return value


def _check_operations(operations: Any) -> None:
    if operations is None:
        return
    if not isinstance(operations, list):
        into = "Go value of type []handlers.jsonPatchOp"
        raise bad_request(f"{_DECODING} {json_kind(operations)} into {into}")
    for operation in operations:
        if not isinstance(operation, dict | None):
            into = "Go value of type handlers.jsonPatchOp"
            raise bad_request(f"{_DECODING} {json_kind(operation)} into {into}")
        for key, value in (operation or {}).items():
            if key in ("op", "path", "from") and not isinstance(value, str | None):
                into = f"Go struct field jsonPatchOp.{key} of type string"
                raise bad_request(f"{_DECODING} {json_kind(value)} into {into}")
    if len(operations) > MOST_OPERATIONS:
        raise Refused(
            413,
            "RequestEntityTooLarge",
            f"Request entity is too large: The allowed maximum operations in a JSON patch is "
            f"{MOST_OPERATIONS}, got {len(operations)}",
        )


def _operate(document: Any, operation: Json) -> Any:
    """The document after one operation; the errors of Python's own containers say it failed."""
    kind, path = operation.get("op"), operation["path"]
    value = operation.get("value")
    if path == "" and kind == "replace" and isinstance(value, dict | list):
        return copy.deepcopy(value)
    if kind == "test":
        _test(document, path, operation)
        return document
    if kind in ("move", "copy"):
        holder, key = _find(document, operation["from"])
        value = holder.get(key) if kind == "copy" and isinstance(holder, dict) else holder[key]
        if kind == "move":
            del holder[key]
        kind = "add"
    holder, key = _find(document, path, adding=kind == "add")
    if kind == "remove":
        del holder[key]
    elif kind not in ("add", "replace"):
        raise ValueError(kind)
    elif isinstance(holder, list) and kind == "add":
        holder.insert(key, copy.deepcopy(value))
    else:
        holder[key] = copy.deepcopy(value)
    return document


def _test(document: Any, path: str, operation: Json) -> None:
    if path == "":
        found = document
    else:
        holder, key = _find(document, path)
        found = holder.get(key) if isinstance(holder, dict) else holder[key]
    wanted = operation.get("value")
    # 1 is not 1.0 here, and true is not 1: what is compared is how it is written.
    if found != wanted or type(found) is not type(wanted):
        raise ValueError(path)


def _find(document: Any, pointer: str, *, adding: bool = False) -> tuple[Any, Any]:
    """The object or list that a pointer's last part is in, and that part. RFC 6901."""
    # What is before the first slash is not looked at.
    _, *way = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")]
    holder = document
    for part in way[:-1]:
        holder = holder[_key(holder, part)]
    return holder, _key(holder, way[-1], adding=adding)


def _key(holder: Any, part: str, *, adding: bool = False) -> Any:
    if isinstance(holder, dict):
        return part
    if not isinstance(holder, list):
        raise TypeError(part)
    end = len(holder) + adding
    if adding and part == "-":
        return len(holder)
    if not _INDEX.match(part) or not -end <= int(part) < end:
        raise IndexError(part)
    return int(part) % end


def _not_an_object() -> Refused:
    into = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; '
    into += r'Kind string "json:\"kind,omitempty\"" }'
    why = "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value"
    fault = f'Invalid value: "[]": {why} of type {into}'
    causes = [{"reason": "FieldValueInvalid", "message": fault, "field": "patch"}]
    return Refused(422, "Invalid", f' "" is invalid: patch: {fault}', {"causes": causes})
