"""Bodies in protobuf that no kubectl sends, and what the real API server makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

CORE = "/api/v1/namespaces/default/"
CONFIG_MAPS, SERVICES, PODS = CORE + "configmaps", CORE + "services", CORE + "pods"
EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
TOKEN = CORE + "serviceaccounts/default/token"
_VARINT, _FIXED64, _PIECE, _FIXED32 = 0, 1, 2, 5


def varint(value: int) -> bytes:
    """A varint of 64 bits."""
    value &= (1 << 64) - 1
    if value < 0x80:
        return bytes([value])
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7)


def tag(number: int, kind: int) -> bytes:
    return varint(number << 3 | kind)


def piece(number: int, content: bytes | str) -> bytes:
    """A field with a length."""
    content = content.encode() if isinstance(content, str) else content
    return tag(number, _PIECE) + varint(len(content)) + content


def integer(number: int, value: int) -> bytes:
    return tag(number, _VARINT) + varint(value)


def unknown(api_version: str, kind: str, raw: bytes, more: bytes = b"") -> bytes:
    """A body: an object with what is around it; a kind or version "" is not said."""
    said = [(1, api_version), (2, kind)]
    about = b"".join(piece(number, text) for number, text in said if text)
    return b"k8s\0" + piece(1, about) + piece(2, raw) + more


def _meta(*more: bytes) -> bytes:
    return piece(1, piece(1, "x") + b"".join(more))


def config_map(*more: bytes) -> bytes:
    return unknown("v1", "ConfigMap", _meta() + b"".join(more))


def service(port: bytes) -> bytes:
    return unknown("v1", "Service", _meta() + piece(2, piece(1, port)))


def pod(container: bytes = b"", context: bytes = b"") -> bytes:
    spec = piece(2, piece(1, "c") + piece(2, "i") + container) + piece(14, context)
    return unknown("v1", "Pod", _meta() + piece(2, spec))


def _cpu(quantity: bytes) -> bytes:
    return piece(8, piece(1, piece(1, "cpu") + quantity))


def event(time: bytes) -> bytes:
    needed = [piece(4, "c"), piece(5, "i"), piece(6, "a"), piece(7, "r"), piece(11, "Normal")]
    about = piece(1, piece(1, "x") + piece(3, "default"))
    regarding = piece(8, piece(1, "Pod") + piece(2, "default") + piece(3, "y"))
    raw = b"".join([about, piece(2, time), regarding, *needed])
    return unknown("events.k8s.io/v1", "Event", raw)


def fields_v1(raw: bytes) -> bytes:
    """Metadata with who owns which fields."""
    return piece(1, piece(17, piece(7, piece(1, raw))))


@dataclass(frozen=True)
class Refused:
    """A body, and the sentence with which it is refused: 400."""

    title: str
    body: bytes
    sentence: str
    path: str = CONFIG_MAPS
    method: str = "POST"

    def __str__(self) -> str:
        return self.title


_UNRECOGNIZED = "the object provided is unrecognized (must be of type {}): "
_HANDLED = '{} in version "{}" cannot be handled as a {}: '
_NO_MESSAGE = (
    "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
)
_UNREGISTERED = 'no kind "{}" is registered for version "{}" in scheme "pkg/runtime/scheme.go:111"'
_MAP = _UNRECOGNIZED.format("ConfigMap")
_AS_MAP = _HANDLED.format("ConfigMap", "v1", "ConfigMap")
_AS_POD = _HANDLED.format("Pod", "v1", "Pod")
_EOF = "unexpected EOF"
_LONG = b"garbage that is longer than thirty bytes"

_ENVELOPES = (
    Refused("garbage", b"zzz", f"{_MAP}{_NO_MESSAGE} (7a7a7a)"),
    Refused("long garbage", _LONG, f"{_MAP}{_NO_MESSAGE} ({_LONG[:30].hex()} ...)"),
    Refused("JSON", b'{"metadata":{}}', f'{_MAP}{_NO_MESSAGE} ({{"metadata":{{}}}})'),
    Refused("half the magic number", b"k8s", f"{_MAP}{_NO_MESSAGE} (6b3873)"),
    Refused("no more than that number", b"k8s\0", f"{_MAP}empty body (6b387300)"),
    Refused("cut envelope", b"k8s\0\x0a\x0f\x0a", f"{_MAP}{_EOF} (6b3873000a0f0a)"),
    Refused(
        "another kind",
        unknown("v1", "Pod", _meta()),
        _HANDLED.format("Pod", "v1", "ConfigMap")
        + "converting (v1.Pod) to (core.ConfigMap): unknown conversion",
    ),
    Refused(
        "another group's kind",
        unknown("v1", "Pod", _meta()),
        _HANDLED.format("Pod", "v1", "Deployment")
        + "converting (v1.Pod) to (apps.Deployment): unknown conversion",
        DEPLOYMENTS,
    ),
    Refused(
        "a kind that there is not",
        unknown("apps/v1", "Foo", _meta()),
        _HANDLED.format("Foo", "v1", "Deployment") + _UNREGISTERED.format("Foo", "apps/v1"),
        DEPLOYMENTS,
    ),
    Refused(
        "a version that there is not",
        unknown("v2", "ConfigMap", _meta()),
        _HANDLED.format("ConfigMap", "v2", "ConfigMap") + _UNREGISTERED.format("ConfigMap", "v2"),
    ),
    Refused(
        "a subresource's",
        unknown("apps/v1", "Deployment", _meta()),
        _HANDLED.format("Deployment", "v1", "Scale")
        + "converting (v1.Deployment) to (autoscaling.Scale): unknown conversion",
        DEPLOYMENTS + "/x/scale",
        "PUT",
    ),
    Refused(
        "garbage for a subresource",
        b"k8s\0zzz",
        _UNRECOGNIZED.format("TokenRequest") + f"{_EOF} (6b3873007a7a7a)",
        TOKEN,
    ),
)
_OPTIONS = (
    Refused("options: garbage", b"zzz", _NO_MESSAGE, CONFIG_MAPS + "/x", "DELETE"),
    Refused("options: cut", b"k8s\0zzz", _EOF, CONFIG_MAPS + "/x", "DELETE"),
    Refused(
        "options: another kind",
        config_map(),
        _UNREGISTERED.format("ConfigMap", "v1"),
        CONFIG_MAPS + "/x",
        "DELETE",
    ),
    Refused(
        "options: no number",
        unknown("v1", "DeleteOptions", piece(1, "5")),
        "proto: wrong wireType = 2 for field GracePeriodSeconds",
        CONFIG_MAPS + "/x",
        "DELETE",
    ),
)
_OBJECTS = (
    Refused("cut", unknown("v1", "ConfigMap", _meta()[:-1]), _AS_MAP + _EOF),
    Refused("cut varint", config_map(b"\x20\xff"), _AS_MAP + _EOF),
    Refused("endless varint", config_map(b"\xff" * 11), _AS_MAP + "proto: integer overflow"),
    Refused(
        "end of no group",
        config_map(tag(9, 4)),
        _AS_MAP + "proto: ConfigMap: wiretype end group for non-group",
    ),
    Refused(
        "field 0",
        config_map(tag(0, _PIECE)),
        _AS_MAP + "proto: ConfigMap: illegal tag 0 (wire type 2)",
    ),
    Refused("no wire type", config_map(tag(9, 6)), _AS_MAP + "proto: illegal wireType 6"),
    Refused("cut fixed value", config_map(tag(9, _FIXED64) + b"123"), _AS_MAP + _EOF),
    Refused(
        "negative length",
        config_map(tag(2, _PIECE) + varint(-1)),
        _AS_MAP + "proto: negative length found during unmarshaling",
    ),
    Refused(
        "number for an object",
        config_map(integer(1, 5)),
        _AS_MAP + "proto: wrong wireType = 0 for field ObjectMeta",
    ),
    Refused(
        "number for a map",
        config_map(integer(2, 5)),
        _AS_MAP + "proto: wrong wireType = 0 for field Data",
    ),
    Refused(
        "text for a number",
        config_map(piece(1, piece(7, "x"))),
        _AS_MAP + "proto: wrong wireType = 2 for field Generation",
    ),
    Refused(
        "text for a boolean",
        config_map(piece(4, "x")),
        _AS_MAP + "proto: wrong wireType = 2 for field Immutable",
    ),
    Refused(
        "four bytes in a list",
        pod(context=tag(4, _FIXED32) + b"1234"),
        _AS_POD + "proto: wrong wireType = 5 for field SupplementalGroups",
        PODS,
    ),
    Refused("cut packed list", pod(context=piece(4, b"\x05\xff")), _AS_POD + _EOF, PODS),
    Refused(
        "text in a time",
        event(piece(1, "0")),
        _HANDLED.format("Event", "v1", "Event") + "proto: wrong wireType = 2 for field Seconds",
        EVENTS,
    ),
    Refused(
        "text in an IntOrString",
        service(integer(3, 80) + piece(4, piece(1, "0"))),
        _HANDLED.format("Service", "v1", "Service") + "proto: wrong wireType = 2 for field Type",
        SERVICES,
    ),
)
REFUSED = (*_ENVELOPES, *_OPTIONS, *_OBJECTS)


@dataclass(frozen=True)
class Taken:
    """A body, and what the real server reads at a place in it."""

    title: str
    body: bytes
    place: str
    value: object
    path: str = CONFIG_MAPS

    def __str__(self) -> str:
        return self.title

    def at_place(self, found: Any) -> object:
        """The value of ``spec.ports.0.port``; None where there is none."""
        for step in self.place.split("."):
            found = found[int(step)] if isinstance(found, list) else found.get(step)
        return found


_KEY = piece(1, "k")
_PACKED = piece(4, varint(5) + varint(1 << 30))
TAKEN = (
    Taken("nothing around", b"k8s\0" + piece(2, _meta()), "kind", "ConfigMap"),
    Taken("no version", unknown("", "ConfigMap", _meta()), "apiVersion", "v1"),
    Taken("no kind", unknown("v1", "", _meta()), "kind", "ConfigMap"),
    Taken("no such version", unknown("a/b/c", "ConfigMap", _meta()), "apiVersion", "v1"),
    Taken(
        "unknown fields",
        config_map(
            integer(99, 5),
            piece(98, "abc"),
            tag(97, _FIXED32) + b"1234",
            tag(96, _FIXED64) + b"12345678",
            piece(2, _KEY + piece(2, "v")),
        ),
        "data",
        {"k": "v"},
    ),
    Taken(
        "a message in two parts",
        config_map(piece(1, piece(11, _KEY + piece(2, "v")))),
        "metadata",
        {"name": "x", "labels": {"k": "v"}},
    ),
    Taken(
        "a key twice",
        config_map(piece(2, _KEY + piece(2, "1")), piece(2, _KEY + piece(2, "2"))),
        "data",
        {"k": "2"},
    ),
    Taken("a key without value", config_map(piece(2, _KEY)), "data", {"k": ""}),
    Taken("a key without bytes", config_map(piece(3, _KEY)), "binaryData", {"k": ""}),
    Taken(
        "no UTF-8", config_map(piece(2, _KEY + piece(2, b"a\xff\xfeb"))), "data.k", "a\ufffd\ufffdb"
    ),
    Taken("some truth", config_map(integer(4, 5)), "immutable", True),
    Taken("truth withdrawn", config_map(integer(4, 1), integer(4, 0)), "immutable", False),
    Taken(
        "too long a number", service(integer(3, (1 << 32) + 80)), "spec.ports.0.port", 80, SERVICES
    ),
    Taken(
        "number and text",
        service(integer(3, 80) + piece(4, integer(1, 1) + integer(2, 5) + piece(3, "http"))),
        "spec.ports.0.targetPort",
        "http",
        SERVICES,
    ),
    Taken(
        "number, and text beside it",
        service(integer(3, 80) + piece(4, integer(1, 0) + integer(2, 5) + piece(3, "http"))),
        "spec.ports.0.targetPort",
        5,
        SERVICES,
    ),
    Taken(
        "a list in one piece",
        pod(context=_PACKED),
        "spec.securityContext.supplementalGroups",
        [5, 1 << 30],
        PODS,
    ),
    Taken(
        "a list in pieces",
        pod(context=integer(4, 5) + integer(4, 1 << 30)),
        "spec.securityContext.supplementalGroups",
        [5, 1 << 30],
        PODS,
    ),
    Taken(
        "no amount",
        pod(_cpu(piece(2, b""))),
        "spec.containers.0.resources.limits.cpu",
        "0",
        PODS,
    ),
    Taken(
        "no amount at all",
        pod(_cpu(b"")),
        "spec.containers.0.resources.limits.cpu",
        "0",
        PODS,
    ),
    Taken(
        "nanoseconds",
        event(integer(1, 5) + integer(2, 1999)),
        "eventTime",
        "1970-01-01T00:00:05.000001Z",
        EVENTS,
    ),
    Taken(
        "before 1970",
        event(integer(1, -5) + integer(2, -1999)),
        "eventTime",
        "1969-12-31T23:59:54.999999Z",
        EVENTS,
    ),
)
