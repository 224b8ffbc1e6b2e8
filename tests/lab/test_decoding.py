"""The decoder, against what the real API server said; tests/live asks that again."""

from __future__ import annotations

import copy
import json

import pytest

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.decoding import (
    complete,
    decode,
    decode_patched,
    prune,
)
from kubectl_ingress.lab.apiserver.schema import body_of, type_of
from kubectl_ingress.lab.apiserver.status import Refused
from tests.lab.rows_decoding import (
    KEPT,
    PATCHED,
    SENT,
    Kept,
    Patched,
    Sent,
    container,
    resource_of,
    whole,
)

ABSENT = object()


def value_at(obj: object, path: str) -> object:
    """The value of ``spec.containers.0.env``; ABSENT where there is none."""
    for step in path.split("."):
        if isinstance(obj, list):
            obj = obj[int(step)]
        elif isinstance(obj, dict) and step in obj:
            obj = obj[step]
        else:
            return ABSENT
    return obj


def sentences(unknown: tuple[str, ...]) -> list[str]:
    return [f"unknown field {json.dumps(each, ensure_ascii=False)}" for each in unknown]


@pytest.mark.parametrize("row", SENT, ids=str)
def test_sent(row: Sent) -> None:
    kind, type = row.kind, type_of(resource_of(row.kind))
    body = whole(kind, row.body)
    before = copy.deepcopy(body)
    start = f'{kind} in version "v1" cannot be handled as a {kind}: '
    if row.fault:
        with pytest.raises(Refused) as refused:
            decode(type, body)
        assert (refused.value.code, refused.value.reason) == (400, "BadRequest")
        assert refused.value.message == start + row.fault
        return
    decoded = decode(type, body)
    told = sentences(row.unknown)
    assert decoded.unknown == told
    assert decoded.strict_error().message == start + f"strict decoding error: {', '.join(told)}"
    assert decoded.obj == prune(type, body)
    assert decode(type, decoded.obj).unknown == []
    assert body == before


@pytest.mark.parametrize("row", KEPT, ids=lambda row: row.kind)
def test_kept(row: Kept) -> None:
    type = type_of(resource_of(row.kind))
    found = prune(type, whole(row.kind, row.body))
    complete(type, found)
    assert {path: value_at(found, path) for path in row.has} == row.has
    assert [path for path in row.lacks if value_at(found, path) is not ABSENT] == []
    again = prune(type, found)
    complete(type, again)
    assert again == found


@pytest.mark.parametrize("row", PATCHED, ids=str)
def test_patched(row: Patched) -> None:
    type = type_of(resource_of(row.kind))
    if not row.fault:
        decoded = decode_patched(type, row.body, strategic=row.body)
        assert decoded.unknown == sentences(row.unknown)
        return
    with pytest.raises(Refused) as refused:
        decode_patched(type, row.body, strategic=row.body)
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    assert refused.value.message.startswith(' "" is invalid: patch: Invalid value: "map[')
    assert refused.value.message.endswith(f'": {row.fault}')
    assert refused.value.details == {
        "causes": [
            {
                "reason": "FieldValueInvalid",
                "message": refused.value.message.removeprefix(' "" is invalid: patch: '),
                "field": "patch",
            }
        ]
    }


def test_result_of_a_json_patch_is_shown_whole() -> None:
    type = type_of(resource_of("ConfigMap"))
    body: Json = {"data": {"a": 5}}
    with pytest.raises(Refused) as refused:
        decode_patched(type, body)
    assert refused.value.message == (
        ' "" is invalid: patch: Invalid value: "{\\"data\\":{\\"a\\":5}}": '
        "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
    )
    body = {"kind": "ConfigMap", "zoo": 1, "abc": 1}
    decoded = decode_patched(type, body)
    assert decoded.unknown == ['unknown field "abc"', 'unknown field "zoo"']
    assert decoded.strict_error().message.endswith(
        '": strict decoding error: unknown field "abc", unknown field "zoo"'
    )


def test_body_of_a_subresource() -> None:
    scale = body_of(resource_of("Deployment"), "scale")
    with pytest.raises(Refused) as refused:
        decode(scale, {"spec": {"replicas": "x"}})
    assert refused.value.message == (
        'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal string '
        "into Go struct field ScaleSpec.spec.replicas of type int32"
    )


def test_complete_keeps_what_is_there() -> None:
    type = type_of(resource_of("Pod"))
    body = whole("Pod", container(resources={"limits": {"cpu": "1"}}))
    complete(type, body)
    assert body["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}}
    assert body["status"] == {}


def test_completed_fields_are_not_shared() -> None:
    type = type_of(resource_of("Pod"))
    one, other = whole("Pod", {}), whole("Pod", {})
    complete(type, one)
    complete(type, other)
    one["status"]["phase"] = "Running"
    assert other["status"] == {}
