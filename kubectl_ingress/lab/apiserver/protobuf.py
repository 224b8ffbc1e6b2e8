"""The bodies of requests in protobuf, which kubectl's typed clients send: ``kubectl create job``.

Kubernetes' own: apimachinery's pkg/runtime/serializer/protobuf/protobuf.go and
apiserver's pkg/endpoints/handlers/rest.go; a body is a magic number and a
runtime.Unknown. The sentences are those of the real server, measured on Kubernetes 1.37.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.protobuf_message import (
    BARE,
    Field,
    Table,
    numbered,
    read,
    table_of,
)
from kubectl_ingress.lab.apiserver.protobuf_wire import Unreadable
from kubectl_ingress.lab.apiserver.requests import parse_path
from kubectl_ingress.lab.apiserver.schema import facts
from kubectl_ingress.lab.apiserver.status import Refused, bad_request

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
DELETE_OPTIONS = "meta.v1.DeleteOptions"
_MAGIC = b"k8s\0"
_SHOWN = 30
_TYPE_META = numbered("TypeMeta", Field("apiVersion", "string"), Field("kind", "string"))
_UNKNOWN = Table("Unknown", {2: Field("raw", BARE)}, {1: _TYPE_META})


def definition_at(method: str, path: str) -> str:
    """The definition in schema.json of what a request's body has to be; "" for nothing."""
    target = parse_path(path)
    if target is None or method not in ("POST", "PUT", "DELETE"):
        return ""
    if method == "DELETE":
        return DELETE_OPTIONS
    steps = (target.resource.api_version, target.resource.plural, target.subresource)
    found: str = facts()["bodies"].get("/".join(step for step in steps if step), "")
    return found


def decode(body: bytes, wanted: str) -> Json:
    """The object in a body that has to be of the `wanted` definition. Raises Refused: 400.

    Unknown fields are passed over, as the real server does whatever fieldValidation says.
    """
    expected = _kind_of(wanted)
    try:
        told = _unwrapped(body)
    except Unreadable as why:
        raise _unrecognized(wanted, str(why), body) from None
    found = _said(told, expected)
    start = f'{found.kind} in version "{found.version}" cannot be handled as a {expected.kind}: '
    if wanted == DELETE_OPTIONS:
        # Taken for every group's, and refused in few words.
        start, expected = "", _Kind(found.group, found.version, expected.kind)
    if found != expected:
        raise bad_request(start + _no_conversion(found, wanted))
    try:
        obj = read(table_of(wanted), told.get("raw", memoryview(b"")))
    except Unreadable as why:
        raise bad_request(f"{start}{why}") from None
    return {"kind": found.kind, "apiVersion": found.api_version} | obj


class _Kind(Struct, frozen=True):
    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


def _kind_of(definition: str) -> _Kind:
    # What is sent to every group has no kind of its own in the schema.
    every = ["", "v1", definition.rpartition(".")[2]]
    return _Kind(*facts()["definitions"][definition].get("kind", every))


def _unwrapped(body: bytes) -> Json:
    """The Unknown in a body: apiVersion, kind, and the object itself as raw bytes."""
    if not body:
        raise Unreadable("empty data")
    if not body.startswith(_MAGIC):
        expected = " ".join(map(str, _MAGIC))
        why = "provided data does not appear to be a protobuf message, expected prefix"
        raise Unreadable(f"{why} [{expected}]")
    if body == _MAGIC:
        raise Unreadable("empty body")
    return read(_UNKNOWN, memoryview(body)[len(_MAGIC) :])


def _said(told: Json, expected: _Kind) -> _Kind:
    """The kind that a body names; what it leaves out is as expected."""
    group, _, version = told.get("apiVersion", "").rpartition("/")
    if "/" in group or not version:
        group, version = expected.group, expected.version
    return _Kind(group, version, told.get("kind") or expected.kind)


def _unrecognized(wanted: str, why: str, body: bytes) -> Refused:
    if wanted == DELETE_OPTIONS:
        return bad_request(why)
    shown = body[:_SHOWN]
    # A brace is taken for the beginning of JSON.
    text = shown.decode("utf-8", "replace") if shown.startswith(b"{") else shown.hex()
    text += " ..." if len(body) > _SHOWN else ""
    start = f"the object provided is unrecognized (must be of type {wanted.rpartition('.')[2]}): "
    return bad_request(f"{start}{why} ({text or '<empty>'})")


def _no_conversion(found: _Kind, wanted: str) -> str:
    """Why one kind is not taken for another; of those that there are the lab has a few."""
    kinds = [each.get("kind") for each in facts()["definitions"].values()]
    if wanted == DELETE_OPTIONS or [found.group, found.version, found.kind] not in kinds:
        return (
            f'no kind "{found.kind}" is registered for version "{found.api_version}" '
            'in scheme "pkg/runtime/scheme.go:111"'
        )
    group, _, kind = wanted.split(".")
    return f"converting ({found.version}.{found.kind}) to ({group}.{kind}): unknown conversion"
