"""Field selectors: which fields each kind can be selected by, and their values.

Kubernetes' own: staging/src/k8s.io/apimachinery/pkg/fields/selector.go; the fields of each
kind are in pkg/apis/*/v1/conversion.go and pkg/registry/*/*/strategy.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.status import Refused, bad_request

_TERM = re.compile(r"(?:[^\\,]|\\.|\\\Z)+", re.DOTALL)
_PARTS = re.compile(r"(?P<field>.*?)(?P<operator>!=|==|=)(?P<value>.*)", re.DOTALL)
_META = ("metadata.name", "metadata.namespace")
Value = Callable[[Json], str]


def _at(path: str, item: Json) -> str:
    found: Any = item
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return "" if found is None else str(found)


def _flag(path: str, item: Json) -> str:
    return "true" if _at(path, item) == "True" else "false"


def _pod_ip(item: Json) -> str:
    addresses = item.get("status", {}).get("podIPs") or [{}]
    return str(addresses[0].get("ip", ""))


def _source(item: Json) -> str:
    return _at("source.component", item) or _at("reportingComponent", item)


def _count(item: Json) -> str:
    return _at("status.succeeded", item) or "0"


def _never(item: Json) -> str:
    return ""


def _plain(*paths: str) -> dict[str, Value]:
    return {path: partial(_at, path) for path in paths}


_ABOUT = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_NEW_EVENT: dict[str, Value] = {
    **_plain(*_META, "reason", "type"),
    **{f"regarding.{key}": partial(_at, f"involvedObject.{key}") for key in _ABOUT},
    "reportingController": partial(_at, "reportingComponent"),
}
# (group, plural) -> what can be asked for; every other kind has _META.
_FIELDS: Mapping[tuple[str, str], Mapping[str, Value]] = {
    ("", "pods"): {
        **_plain(*_META, "spec.nodeName", "spec.restartPolicy", "spec.schedulerName"),
        **_plain("spec.serviceAccountName", "status.phase", "status.nominatedNodeName"),
        "spec.host": partial(_at, "spec.nodeName"),
        "spec.hostNetwork": partial(_flag, "spec.hostNetwork"),
        "status.podIP": _pod_ip,
        # Accepted, but the server keeps no value for it.
        "status.podIPs": _never,
    },
    ("", "nodes"): {
        **_plain("metadata.name"),
        "spec.unschedulable": partial(_flag, "spec.unschedulable"),
    },
    ("", "namespaces"): _plain("metadata.name", "status.phase"),
    ("", "secrets"): _plain(*_META, "type"),
    ("", "services"): _plain(*_META, "spec.clusterIP", "spec.type"),
    ("", "events"): {
        **_plain(*_META, "reason", "type", "reportingComponent"),
        **_plain(*(f"involvedObject.{key}" for key in _ABOUT)),
        "source": _source,
    },
    ("events.k8s.io", "events"): _NEW_EVENT,
    ("batch", "jobs"): {**_plain(*_META), "status.successful": _count},
}
_COMMON = _plain(*_META)


class FieldRequirement(Struct, frozen=True):
    """One condition: a field's value, and what it is to be, or not to be."""

    value: Value
    wanted: str
    equal: bool

    def matches(self, item: Json) -> bool:
        """Whether an object meets it."""
        return (self.value(item) == self.wanted) is self.equal


class FieldSelector(Struct, frozen=True):
    """Conditions that must all be met."""

    requirements: tuple[FieldRequirement, ...] = ()

    def matches(self, item: Json) -> bool:
        """Whether an object, as it is stored (an Event as that of v1), is selected."""
        return all(requirement.matches(item) for requirement in self.requirements)


def parse_fields(resource: Resource, text: str) -> FieldSelector:
    """``status.phase=Running,metadata.name!=x``. Raises Refused: 400."""
    terms = [_parsed(term, text) for term in sorted(_TERM.findall(text))]
    fields = _FIELDS.get((resource.group, resource.plural), _COMMON)
    found: list[FieldRequirement] = []
    for field, wanted, equal in terms:
        if field not in fields:
            raise _not_supported(resource, field)
        found.append(FieldRequirement(fields[field], wanted, equal))
    return FieldSelector(tuple(found))


def _parsed(term: str, text: str) -> tuple[str, str, bool]:
    parts = _PARTS.fullmatch(term)
    if parts is None:
        raise bad_request(f"invalid selector: '{text}'; can't understand '{term}'")
    return parts["field"], _unescaped(parts["value"]), parts["operator"] != "!="


def _unescaped(value: str) -> str:
    found = ""
    characters = iter(value)
    for each in characters:
        if each == "\\":
            each = next(characters, "")
            if each not in ("\\", ",", "="):
                raise bad_request(f"invalid field selector: invalid escape sequence: \\{each}")
        elif each in ",=":
            why = f"unescaped character in value: {ord(each)}"
            raise bad_request(f"invalid field selector: {why}")
        found += each
    return found


def _not_supported(resource: Resource, field: str) -> Refused:
    key = (resource.group, resource.plural)
    if key == ("batch", "jobs"):
        return bad_request(f'field label "{field}" not supported for Job')
    if key in _FIELDS:
        return bad_request(f"field label not supported: {field}")
    known = '"metadata.name", "metadata.namespace"'
    return bad_request(f'"{field}" is not a known field selector: only {known}')
