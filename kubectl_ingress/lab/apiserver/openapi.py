"""The OpenAPI v3 documents: kubectl learns from them what can be patched, and how lists merge.

kubectl 1.32 to 1.37 asks for them before create, apply, replace, edit and diff,
and for explain. It wants of a PATCH the parameter fieldValidation, and of the
schemas how to merge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache

from kubectl_ingress.lab import KUBERNETES
from kubectl_ingress.lab.api import MERGE, STRATEGIC, Json
from kubectl_ingress.lab.apiserver.requests import APPLY, JSON_PATCH
from kubectl_ingress.lab.apiserver.resources import RESOURCES, Resource
from kubectl_ingress.lab.apiserver.schema import facts, facts_text
from kubectl_ingress.lab.apiserver.status import Refused

VERSION_2 = ""
"""What /openapi/v2 answers, as text/plain: to kubectl, which asks for protobuf, no schema at all.

It asks for a ``kind: List`` and for kinds without PATCH, such as a
SelfSubjectAccessReview, would take no 404 for an answer, and leaves the
checking to the server where it finds no schema.
"""
_REF = "#/components/schemas/"
_MACHINERY = "io.k8s.apimachinery.pkg."
_OPTIONS, _STATUS = "meta.v1.DeleteOptions", "meta.v1.Status"
_PATCH = _MACHINERY + "apis.meta.v1.Patch"
_PATCHES = (APPLY, JSON_PATCH, MERGE, STRATEGIC)
# Types that are no objects have names of their own, too.
_NAMED: Json = {
    "any": (_MACHINERY + "apis.meta.v1.FieldsV1", {"type": "object"}),
    "int-or-string": (
        _MACHINERY + "util.intstr.IntOrString",
        {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    ),
    "micro-time": (
        _MACHINERY + "apis.meta.v1.MicroTime",
        {"type": "string", "format": "date-time"},
    ),
    "quantity": (
        _MACHINERY + "api.resource.Quantity",
        {"oneOf": [{"type": "string"}, {"type": "number"}]},
    ),
    "time": (_MACHINERY + "apis.meta.v1.Time", {"type": "string", "format": "date-time"}),
}
_PLAIN: Json = {
    "boolean": {"type": "boolean"},
    "bytes": {"type": "string", "format": "byte"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "integer", "format": "int64"},
    "string": {"type": "string"},
}
_FACTS = {
    "default": "default",
    "enum": "enum",
    "list": "x-kubernetes-list-type",
    "keys": "x-kubernetes-list-map-keys",
    "mergeKey": "x-kubernetes-patch-merge-key",
}
_LISTING = (
    "allowWatchBookmarks:boolean",
    "continue:string",
    "fieldSelector:string",
    "labelSelector:string",
    "limit:integer",
    "resourceVersion:string",
    "resourceVersionMatch:string",
    "sendInitialEvents:boolean",
    "timeoutSeconds:integer",
    "watch:boolean",
)
_WRITING = ("dryRun:string", "fieldManager:string", "fieldValidation:string")
_PATCHING = (*_WRITING, "force:boolean")
_DELETING = ("dryRun:string", "gracePeriodSeconds:integer", "propagationPolicy:string")


def index() -> Json:
    """What /openapi/v3 answers. Clients may keep a document as long as its hash is the same."""
    known = f"{KUBERNETES} {RESOURCES}".encode() + facts_text()
    digest = hashlib.sha512(known, usedforsecurity=False).hexdigest().upper()
    paths = dict.fromkeys(_path(resource) for resource in RESOURCES)
    return {
        "paths": {
            path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"} for path in paths
        }
    }


@cache
def document(group: str, version: str) -> Json:
    """What is below /openapi/v3/ for a group's version; not to be changed. Raises Refused."""
    found = [each for each in RESOURCES if (each.group, each.version) == (group, version)]
    if not found:
        raise Refused(404, "NotFound", "the server could not find the requested resource")
    bodies = facts()["bodies"]
    paths: Json = {}
    wanted = {_OPTIONS, _STATUS}
    for resource in found:
        key = f"{resource.api_version}/{resource.plural}"
        paths |= _paths(resource, bodies[key])
        wanted.add(bodies[key])
        for name in resource.subresources:
            paths |= _subresource(resource, name, bodies.get(f"{key}/{name}", ""))
            wanted.add(bodies.get(f"{key}/{name}", bodies[key]))
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": KUBERNETES.removeprefix("v").rpartition(".")[0]},
        "paths": {path: paths[path] for path in sorted(paths)},
        "components": {"schemas": _components(wanted)},
    }


def _path(resource: Resource) -> str:
    return ("apis/" if resource.group else "api/") + resource.api_version


def _paths(resource: Resource, body: str) -> Json:
    """The collection, in one namespace and in all, and the object."""
    every = {
        "get": ("list", _LISTING, "", ""),
        "post": ("post", _WRITING, body, body),
        "delete": ("deletecollection", (*_DELETING, *_LISTING), _OPTIONS, _STATUS),
    }
    one = {
        "get": ("get", (), "", body),
        "put": ("put", _WRITING, body, body),
        "patch": ("patch", _PATCHING, "", body),
        "delete": ("delete", _DELETING, _OPTIONS, _STATUS),
    }
    verbs = {"post": "create", "put": "update"}
    kind = _kind_of(body)
    found: Json = {}
    for path, methods in (
        (resource.path("{namespace}"), every),
        (resource.path("{namespace}", "{name}"), one),
    ):
        offered = {
            method: _operation(method, kind, *rest)
            for method, rest in methods.items()
            if verbs.get(rest[0], rest[0]) in resource.verbs
        }
        if offered:
            found[path] = offered | _path_parameters(path)
    if resource.namespaced and "list" in resource.verbs:
        found[resource.path()] = {"get": _operation("get", kind, *every["get"])}
    return found


def _subresource(resource: Resource, name: str, body: str) -> Json:
    path = resource.path("{namespace}", "{name}") + f"/{name}"
    if not body:
        kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
        return {path: {"get": _operation("get", kind, "get", (), "", "")} | _path_parameters(path)}
    methods = ("get", "put", "patch") if name in ("scale", "status") else ("post",)
    if name == "finalize":
        methods = ("put",)
    offered = {
        method: _operation(
            method,
            _kind_of(body),
            method,
            {"get": (), "patch": _PATCHING}.get(method, _WRITING),
            body if method in ("put", "post") else "",
            body,
        )
        for method in methods
    }
    return {path: offered | _path_parameters(path)}


def _operation(
    method: str, kind: Json, action: str, parameters: tuple[str, ...], body: str, answer: str
) -> Json:
    found: Json = {"parameters": [_parameter(*each.split(":")) for each in parameters]}
    if method == "patch":
        content = {each: {"schema": {"$ref": _REF + _PATCH}} for each in _PATCHES}
        found["requestBody"] = {"content": content, "required": True}
    elif body:
        found["requestBody"] = {"content": {"*/*": {"schema": _reference(body)}}}
    response: Json = {"description": "OK"}
    if answer:
        response["content"] = {"application/json": {"schema": _reference(answer)}}
    return found | {
        "responses": {"201" if method == "post" else "200": response},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": kind,
    }


def _parameter(name: str, type: str) -> Json:
    return {"name": name, "in": "query", "schema": {"type": type, "uniqueItems": True}}


def _path_parameters(path: str) -> Json:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("name", "namespace")
        if f"{{{name}}}" in path
    ]
    return {"parameters": found} if found else {}


def _components(wanted: set[str]) -> Json:
    """The schemas of these definitions and of all that they mention."""
    definitions = facts()["definitions"]
    found: Json = {_PATCH: {"type": "object"}}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        full = _full_name(name)
        if full in found:
            continue
        if name in _NAMED:
            found[full] = _NAMED[name][1]
            continue
        found[full] = _definition(name)
        waiting += _mentioned(definitions[name]["fields"].values())
    return {name: found[name] for name in sorted(found)}


def _mentioned(fields: Iterator[Json | str]) -> Iterator[str]:
    for each in fields:
        name = (each if isinstance(each, str) else each["type"]).lstrip("[]{}")
        if name not in _PLAIN:
            yield name


@cache
def _definition(name: str) -> Json:
    written = facts()["definitions"][name]
    found: Json = {"type": "object"}
    if written["fields"]:
        found["properties"] = {key: _field(each) for key, each in written["fields"].items()}
    if "required" in written:
        found["required"] = written["required"]
    if written.get("atomic"):
        found["x-kubernetes-map-type"] = "atomic"
    if "kind" in written:
        found["x-kubernetes-group-version-kind"] = [_kind_of(name)]
    return found


def _field(written: Json | str) -> Json:
    if isinstance(written, str):
        plain = _expression(written)
        return {"allOf": [plain]} if "$ref" in plain else plain
    plain = _expression(written["type"])
    found: Json = {"allOf": [plain]} if "$ref" in plain else dict(plain)
    found |= {theirs: written[ours] for ours, theirs in _FACTS.items() if ours in written}
    if written.get("atomic"):
        found["x-kubernetes-map-type"] = "atomic"
    if "strategy" in written:
        found["x-kubernetes-patch-strategy"] = ",".join(written["strategy"])
    return found


def _expression(text: str) -> Json:
    if text.startswith("[]"):
        return {"type": "array", "items": _expression(text[2:])}
    if text.startswith("{}"):
        return {"type": "object", "additionalProperties": _expression(text[2:])}
    plain: Json = _PLAIN.get(text) or _reference(text)
    return plain


def _reference(name: str) -> Json:
    return {"$ref": _REF + _full_name(name)}


def _full_name(name: str) -> str:
    """``io.k8s.api.core.v1.PodSpec``."""
    if name in _NAMED:
        return str(_NAMED[name][0])
    return (_MACHINERY + "apis." if name.startswith("meta.") else "io.k8s.api.") + name


def _kind_of(definition: str) -> Json:
    parts = facts()["definitions"][definition]["kind"]
    return dict(zip(("group", "version", "kind"), parts, strict=True))
