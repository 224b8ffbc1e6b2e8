"""Write the schema of the kinds that the lab serves, from a real API server.

    python hack/lab_schema.py > kubectl_ingress/lab/apiserver/schema.json

Reads /openapi/v3 with the kubectl in $KUBECTL (or on PATH) and its kubeconfig.
Keeps facts only: field names, types, defaults, what is required, how lists and
maps merge; from Go's types (lab_types.go, in the version of the test bed's
go.mod) how Go calls them and treats zeros. What it does not understand is an
error, never left out silently. tests/live compares the file with a real server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kubectl_ingress.lab.apiserver.resources import RESOURCES, Resource
from kubectl_ingress.lab.apiserver.schema import go_name

Json = dict[str, Any]

# Whose go.mod names the API server's version.
BED = Path(__file__).parents[1] / "tests" / "realcluster" / "bed"
REF = "#/components/schemas/"
API, MACHINERY = "io.k8s.api.", "io.k8s.apimachinery.pkg."
SCALARS = {
    MACHINERY + "api.resource.Quantity": "quantity",
    MACHINERY + "apis.meta.v1.Time": "time",
    MACHINERY + "apis.meta.v1.MicroTime": "micro-time",
    MACHINERY + "util.intstr.IntOrString": "int-or-string",
    MACHINERY + "apis.meta.v1.FieldsV1": "any",
    MACHINERY + "apis.meta.v1.Patch": "any",
    MACHINERY + "runtime.RawExtension": "any",
}
FORMATS = {
    ("string", None): "string",
    ("string", "byte"): "bytes",
    ("boolean", None): "boolean",
    ("integer", "int32"): "int32",
    ("integer", "int64"): "int64",
    ("number", None): "number",
}
LISTS_AND_MAPS = ("[]", "{}")
SCALAR_NAMES = {*SCALARS.values(), *FORMATS.values()}
STRATEGY, MERGE_KEY = "x-kubernetes-patch-strategy", "x-kubernetes-patch-merge-key"
LIST_TYPE, LIST_KEYS = "x-kubernetes-list-type", "x-kubernetes-list-map-keys"
MAP_TYPE, KINDS = "x-kubernetes-map-type", "x-kubernetes-group-version-kind"
FACTS = {
    "default": "default",
    "enum": "enum",
    "list": LIST_TYPE,
    "keys": LIST_KEYS,
    "mergeKey": MERGE_KEY,
}
INNER = {"array": ("[]", "items"), "object": ("{}", "additionalProperties")}
# What can be said of items; their enumerations are left out.
INNER_KNOWN = {"$ref", "type", "format", "items", "enum"}
KNOWN = {"type", "format", "items", "additionalProperties", MAP_TYPE, STRATEGY, *FACTS.values()}
# What is sent with a DELETE, and what comes back.
ALSO = ("DeleteOptions", "Status")
# Understood by nothing that the lab has: which of several fields may be set together.
LEFT_OUT = {"description", "x-kubernetes-unions"}


class NotUnderstood(Exception):
    """The schema has something that this program was not written for."""


def main() -> None:
    """Print schema.json."""
    program = os.environ.get("KUBECTL") or "kubectl"
    sys.stdout.write(generate(lambda path: get_raw(program, path), go_types()))


def go_types() -> Json:
    """The fields of every Go struct of the API, see lab_types.go. Needs Go."""
    command = ["go", "run", str(Path(__file__).with_name("lab_types.go"))]
    found: Json = json.loads(
        subprocess.run(command, cwd=BED, check=True, capture_output=True).stdout
    )
    return found


def get_raw(program: str, path: str) -> Json:
    """What the API server answers."""
    command = [program, "get", "--raw", path]
    found: Json = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def generate(read: Callable[[str], Json], types: Json) -> str:
    """The text of schema.json; `read` gives the JSON at a path of the API server."""
    index = read("/openapi/v3")["paths"]
    groups = {_document(resource): resource for resource in RESOURCES}
    documents = {name: read(index[name]["serverRelativeURL"]) for name in groups}
    source: Json = {}
    for document in documents.values():
        source |= document["components"]["schemas"]
    bodies: dict[str, str] = {}
    for resource in RESOURCES:
        bodies |= _bodies(resource, documents[_document(resource)]["paths"])
    definitions: Json = {}
    waiting = sorted(set(bodies.values()) | {MACHINERY + "apis.meta.v1." + kind for kind in ALSO})
    while waiting:
        name = waiting.pop()
        if name not in SCALARS and short(name) not in definitions:
            definitions[short(name)] = _definition(source[name], types[_go_struct(name)])
            waiting += _references(source[name])
    return _text({path: short(name) for path, name in bodies.items()}, definitions)


def short(name: str) -> str:
    """``core.v1.PodSpec``, ``meta.v1.ObjectMeta``."""
    for prefix in (API, MACHINERY + "apis."):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    raise NotUnderstood(name)


def _go_struct(name: str) -> str:
    """``k8s.io/api/core/v1.PodSpec``."""
    package, _, struct = name.removeprefix("io.k8s.").rpartition(".")
    return f"k8s.io/{package.replace('.', '/')}.{struct}"


def _document(resource: Resource) -> str:
    return ("apis/" if resource.group else "api/") + resource.api_version


def _bodies(resource: Resource, paths: Json) -> Iterator[tuple[str, str]]:
    """What is sent to, or for want of that got from, a kind's collection and subresources."""
    collection = resource.path("{namespace}")
    key = f"{resource.api_version}/{resource.plural}"
    yield key, _body(paths[collection]["post"])
    for sub in resource.subresources:
        operations = paths[f"{collection}/{{name}}/{sub}"]
        operation = operations.get("put") or operations.get("post")
        # A port is forwarded by a POST without a body.
        if operation and "requestBody" in operation:
            yield f"{key}/{sub}", _body(operation)


def _body(operation: Json) -> str:
    schema = operation["requestBody"]["content"]["*/*"]["schema"]
    return str(schema["$ref"]).removeprefix(REF)


def _definition(schema: Json, go_fields: Json) -> Json:
    """One definition in our form, see kubectl_ingress.lab.apiserver.schema."""
    _check_keys(schema, {"type", "properties", "required", MAP_TYPE, KINDS})
    if schema["type"] != "object":
        raise NotUnderstood(schema)
    fields = schema.get("properties", {})
    if fields.keys() != go_fields.keys():
        raise NotUnderstood(f"{sorted(fields.keys() ^ go_fields.keys())} of {schema}")
    found: Json = {
        "fields": {name: _value(fields[name], go_fields[name]) for name in sorted(fields)}
    }
    if "required" in schema:
        found["required"] = sorted(schema["required"])
    if schema.get(MAP_TYPE) == "atomic":
        found["atomic"] = True
    kinds = schema.get(KINDS, [])
    # Those of every group, such as DeleteOptions, are of none.
    if len(kinds) == 1:
        found["kind"] = [kinds[0][part] for part in ("group", "version", "kind")]
    return found


def _value(schema: Json, go_field: Json) -> Json | str:
    """A field: its type alone, or an object with that and what else is known."""
    expression = _type(schema)
    found: Json = {"type": expression}
    for ours, theirs in FACTS.items():
        if theirs in schema:
            found[ours] = schema[theirs]
    if schema.get(MAP_TYPE) == "atomic":
        found["atomic"] = True
    elif MAP_TYPE in schema and "type" not in schema:
        # Would undo what the definition says; no field of ours does.
        raise NotUnderstood(schema)
    if STRATEGY in schema:
        found["strategy"] = schema[STRATEGY].split(",")
    found |= _go_facts(expression, go_field)
    return found if len(found) > 1 else found["type"]


def _go_facts(expression: str, go_field: Json) -> Iterator[tuple[str, Any]]:
    """How Go calls the field's type, and what it prints where nothing, or a zero, was said."""
    by_value = "pointer" not in go_field and "absent" not in go_field
    if expression[:2] not in LISTS_AND_MAPS and expression not in SCALAR_NAMES and by_value:
        # Would be left out where it is empty: no object of ours is.
        raise NotUnderstood(go_field)
    if go_field["type"] != go_name(expression):
        yield "go", go_field["type"]
    if "embedded" in go_field:
        yield "embedded", go_field["embedded"]
    # Of a list a pointer says nothing, and an object keeps itself.
    if "pointer" in go_field and expression in SCALAR_NAMES:
        yield "pointer", True
    if "absent" in go_field:
        # What is in an object is told by its own definition.
        yield "absent", {} if isinstance(go_field["absent"], dict) else go_field["absent"]


def _type(schema: Json) -> str:
    """``string``, ``core.v1.PodSpec``, ``[]core.v1.Container``, ``{}quantity``, ``{}[]string``."""
    if "allOf" in schema:
        (only,) = schema["allOf"]
        return _type(only)
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REF)
        return SCALARS.get(name) or short(name)
    _check_keys(schema, KNOWN)
    if schema["type"] in INNER:
        prefix, part = INNER[schema["type"]]
        _check_keys(schema[part], INNER_KNOWN)
        return prefix + _type(schema[part])
    return FORMATS[schema["type"], schema.get("format")]


def _references(schema: Any) -> Iterator[str]:
    """The names of all definitions mentioned in it."""
    parts = schema if isinstance(schema, list) else []
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(REF)
        parts = list(schema.values())
    for part in parts:
        yield from _references(part)


def _check_keys(schema: Json, known: set[str]) -> None:
    if unknown := schema.keys() - known - LEFT_OUT:
        raise NotUnderstood(f"{sorted(unknown)} of {schema}")


def _text(bodies: dict[str, str], definitions: Json) -> str:
    """One line for each body and each definition, so that changes can be read."""
    parts = []
    for name, members in (("bodies", bodies), ("definitions", definitions)):
        lines = [
            f"{json.dumps(key)}:{json.dumps(members[key], separators=(',', ':'))}"
            for key in sorted(members)
        ]
        parts.append(f"{json.dumps(name)}:{{\n" + ",\n".join(lines) + "\n}")
    return "{" + ",\n".join(parts) + "}\n"


if __name__ == "__main__":
    main()
