"""What the objects of each kind look like: the real API server's own schema, without its prose.

The facts are in schema.json, which hack/lab_schema.py reads off a real API server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.resources import Resource

_GO_NAMES = {
    "boolean": "bool",
    "bytes": "[]uint8",
    "int-or-string": "intstr.IntOrString",
    "micro-time": "v1.MicroTime",
    "quantity": "resource.Quantity",
    "time": "v1.Time",
}
_BITS = {"int32": 32, "int64": 64}
_ZEROS: Mapping[str, object] = {
    "string": "",
    "bytes": "",
    "boolean": False,
    "int32": 0,
    "int64": 0,
    "int-or-string": 0,
    "quantity": "0",
}


class Type(Struct, frozen=True, eq=False):
    """The type of a value where it stands.

    `form` is ``object`` (known fields), ``map`` (any keys), ``list``, ``scalar``
    or ``any`` (whatever JSON it is, never looked into). `scalar` says which:
    ``string``, ``integer`` (of so many `bits`), ``boolean``, ``int-or-string``,
    ``quantity``, ``time`` or ``bytes``. `element` is that of maps and lists.

    `list_type` and `list_keys` are for server-side apply (``atomic``, ``set``
    or ``map`` with its keys), as is `atomic` of an object or map.
    `merge_key` and `patch_strategy` (``merge``, ``retainKeys``) are for
    strategic merge patches. `default` is the schema's, None for none.

    The rest is how Go reads and writes it: `name` of an object's struct,
    ``DeploymentSpec``; `go` of the whole type, ``[]v1.Container``; the struct
    `embedded` in the object that the field comes from; `zero`, what it is where
    nothing was said; whether even that is printed, `always`; and whether a zero
    that was said is kept, `pointer`.
    """

    form: str
    scalar: str = ""
    fields: Mapping[str, Type] = field(default_factory=dict)
    element: Type | None = None
    list_type: str = "atomic"
    list_keys: tuple[str, ...] = ()
    atomic: bool = False
    merge_key: str = ""
    patch_strategy: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    default: object = None
    bits: int = 0
    name: str = ""
    go: str = ""
    embedded: str = ""
    zero: object = None
    always: bool = False
    pointer: bool = False


def type_of(resource: Resource) -> Type:
    """The type of a kind's objects."""
    return type_named(facts()["bodies"][f"{resource.api_version}/{resource.plural}"])


def body_of(resource: Resource, subresource: str) -> Type:
    """The type of what is sent to a subresource: Scale, Eviction, or the kind itself.

    KeyError for one that nothing is sent to, such as a Pod's log.
    """
    return type_named(facts()["bodies"][f"{resource.api_version}/{resource.plural}/{subresource}"])


@cache
def type_named(definition: str) -> Type:
    """A type by its name in schema.json, such as ``meta.v1.DeleteOptions``."""
    written = facts()["definitions"][definition]
    return Type(
        "object",
        fields=_Fields(written["fields"]),
        atomic=written.get("atomic", False),
        required=frozenset(written.get("required", ())),
        name=definition.rpartition(".")[2],
        go=go_name(definition),
        zero={},
    )


@cache
def facts() -> Json:
    """All of schema.json.

    ``bodies`` are the definitions of what is sent to each collection and
    subresource. Of a definition there are its ``fields``, each a type or an
    object with that; types are ``string``, ``int32``, ``core.v1.PodSpec``,
    ``[]core.v1.Container``, ``{}quantity`` and the like.
    """
    found: Json = json.loads(facts_text())
    return found


def facts_text() -> bytes:
    """schema.json as it is."""
    return Path(__file__).with_name("schema.json").read_bytes()


def go_name(expression: str) -> str:
    """What Go calls a type where it has no name of its own: ``[]v1.Container``, ``int32``."""
    if expression.startswith("[]"):
        return "[]" + go_name(expression[2:])
    if expression.startswith("{}"):
        return "map[string]" + go_name(expression[2:])
    if "." in expression:
        return ".".join(expression.split(".")[-2:])
    return _GO_NAMES.get(expression, expression)


class _Fields(Mapping[str, Type]):
    """The fields of a definition, each resolved when first asked for."""

    def __init__(self, written: Mapping[str, Json | str]) -> None:
        self._written = written
        self._resolved: dict[str, Type] = {}

    def __getitem__(self, name: str) -> Type:
        found = self._resolved.get(name)
        if found is None:
            found = self._resolved[name] = _field(self._written[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)

    def __contains__(self, name: object) -> bool:
        return name in self._written


def _field(written: Json | str) -> Type:
    if isinstance(written, str):
        return _plain(written, go_name(written))
    plain = _plain(written["type"], written.get("go") or go_name(written["type"]))
    return replace(
        plain,
        list_type=written.get("list", plain.list_type),
        list_keys=tuple(written.get("keys", ())),
        atomic=written.get("atomic", plain.atomic),
        merge_key=written.get("mergeKey", ""),
        patch_strategy=frozenset(written.get("strategy", ())),
        default=written.get("default"),
        embedded=written.get("embedded", ""),
        zero=written.get("absent", plain.zero),
        always="absent" in written,
        pointer=written.get("pointer", False),
    )


@cache
def _plain(expression: str, go: str) -> Type:
    if expression.startswith(("[]", "{}")):
        form, prefix = ("list", "[]") if expression[0] == "[" else ("map", "map[string]")
        element = expression[2:]
        # A list or map with a name of its own does not tell what its elements are called.
        named = go.removeprefix(prefix) if go.startswith(prefix) else go_name(element)
        return Type(form, element=_plain(element, named), go=go)
    if expression == "any":
        return Type("any", go=go)
    if "." in expression:
        return type_named(expression)
    scalar = {"micro-time": "time", "int32": "integer", "int64": "integer"}.get(expression)
    return Type(
        "scalar",
        scalar or expression,
        bits=_BITS.get(expression, 0),
        go=go,
        zero=_ZEROS.get(expression),
    )
