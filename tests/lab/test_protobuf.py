"""Bodies in protobuf: what kubectl sends, and what it does not."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from pathlib import Path

import httpx
import pytest

from hack import lab_protobuf
from hack.lab_schema import NotUnderstood
from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import decoding
from kubectl_ingress.lab.apiserver.accounts import Accounts, User
from kubectl_ingress.lab.apiserver.front import Front
from kubectl_ingress.lab.apiserver.protobuf import DELETE_OPTIONS, MEDIA_TYPE, decode, definition_at
from kubectl_ingress.lab.apiserver.protobuf_message import MOST_FIELDS, Table, table_of
from kubectl_ingress.lab.apiserver.schema import facts, type_named
from kubectl_ingress.lab.apiserver.server import ApiServer
from kubectl_ingress.lab.apiserver.status import Refused
from tests.lab import rows_protobuf as rows
from tests.ports_free import free_ports

DATA = Path(__file__).parent / "data" / "protobuf"
REQUESTS: list[Json] = json.loads((DATA / "requests.json").read_text())
READ = [request for request in REQUESTS if "file" in request]
# What kubectl does not print.
UNPRINTED: dict[str, Json] = {
    "create-token-robot.bin": {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {},
        "spec": {"audiences": None, "boundObjectRef": None, "expirationSeconds": 1200},
        "status": {"token": "", "expirationTimestamp": None},
    },
    "auth-can-i-create-pods.bin": {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": {
            "resourceAttributes": {"namespace": "default", "verb": "create", "resource": "pods"}
        },
        "status": {"allowed": False},
    },
    "auth-can-i.bin": {
        "kind": "SelfSubjectRulesReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": {"namespace": "default"},
        "status": {"incomplete": False, "resourceRules": None, "nonResourceRules": None},
    },
    "drain.bin": {"kind": "DeleteOptions", "apiVersion": "v1"},
}


def config_map(raw: bytes) -> Json:
    return decode(rows.unknown("v1", "ConfigMap", raw), "core.v1.ConfigMap")


@pytest.mark.parametrize("request_", READ, ids=lambda request: request["file"])
def test_what_kubectl_sends(request_: Json) -> None:
    wanted = definition_at(request_["method"], request_["path"])
    sent = decode((DATA / request_["file"]).read_bytes(), wanted)
    printed = request_.get("object") or UNPRINTED[request_["file"]]
    type = type_named(wanted)
    expected = decoding.prune(type, printed)
    for each in (sent, expected):
        decoding.complete(type, each)
    assert sent == expected


def test_which_commands_send_protobuf() -> None:
    typed = {r["command"].partition(" ")[0] for r in REQUESTS if r["type"] == MEDIA_TYPE}
    assert typed == {"create", "autoscale", "auth", "drain"}
    assert not [request for request in REQUESTS if "cbor" in request["type"]]
    assert {version[:5] for request in READ for version in request["kubectl"]} == {"v1.32", "v1.37"}


@pytest.mark.parametrize("row", rows.REFUSED, ids=str)
def test_refused(row: rows.Refused) -> None:
    with pytest.raises(Refused) as refused:
        decode(row.body, definition_at(row.method, row.path))
    assert (refused.value.code, refused.value.reason) == (400, "BadRequest")
    assert refused.value.message == row.sentence


@pytest.mark.parametrize("row", rows.TAKEN, ids=str)
def test_taken(row: rows.Taken) -> None:
    found = decode(row.body, definition_at("POST", row.path))
    assert row.at_place(found) == row.value


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        # The real server prints a year that no client reads, and breaks the connection.
        (rows.event(rows.integer(1, 253402300800)), "year outside of range [0,9999]"),
        (rows.event(rows.integer(1, 1 << 62)), "year outside of range [0,9999]"),
        (rows.service(rows.piece(4, rows.integer(1, 2))), "impossible IntOrString.Type"),
        # It keeps what is no JSON, and passes over groups.
        (rows.config_map(rows.fields_v1(b"{bad")), "not JSON: "),
        (rows.config_map(rows.fields_v1(b"[" * 100_000)), "not JSON: "),
        (rows.config_map(rows.tag(9, 3)), "proto: illegal wireType 3"),
        (rows.config_map(rows.integer(9, 1) * MOST_FIELDS), f"more than {MOST_FIELDS} fields"),
        (rows.pod(context=rows.piece(4, bytes(MOST_FIELDS))), f"more than {MOST_FIELDS} fields"),
        (b"k8s\0" + rows.integer(9, 1) * 2 * MOST_FIELDS, f"more than {MOST_FIELDS} fields"),
    ],
)
def test_refused_here_alone(body: bytes, sentence: str) -> None:
    kinds = {"Event": "events.v1.Event", "Service": "core.v1.Service", "Pod": "core.v1.Pod"}
    wanted = next(
        (kinds[kind] for kind in kinds if kind.encode() in body[:40]), "core.v1.ConfigMap"
    )
    with pytest.raises(Refused, match=re.escape(sentence)) as refused:
        decode(body, wanted)
    assert refused.value.code == 400


def test_the_greatest_body_is_refused_soon() -> None:
    container = rows.piece(2, b"")
    body = rows.unknown("v1", "Pod", rows.piece(2, container * (3 << 19)))
    before = time.process_time()
    with pytest.raises(Refused):
        decode(body, "core.v1.Pod")
    assert time.process_time() - before < 3


def test_broken_bodies_are_read_or_refused() -> None:
    chance = random.Random(1)
    codes = []
    for request in READ * 40:
        wanted = definition_at(request["method"], request["path"])
        body = bytearray((DATA / request["file"]).read_bytes())
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(body))
            body[place : place + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 3))
        try:
            json.dumps(decode(bytes(body), wanted))
        except Refused as refused:
            codes.append(refused.code)
    assert set(codes) == {400}
    assert 100 < len(codes) < len(READ) * 40


def test_zeros_are_in_json_where_go_has_them_there() -> None:
    # A Service's port: name "", port 0 (always printed), targetPort 0 (likewise), nodePort 0.
    port = rows.piece(1, "") + rows.integer(3, 0) + rows.piece(4, b"") + rows.integer(5, 0)
    found = decode(rows.service(port), "core.v1.Service")
    assert found["spec"]["ports"] == [{"port": 0, "targetPort": 0}]
    # Pointers: automountServiceAccountToken false is something said; hostNetwork is none.
    spec = rows.integer(21, 0) + rows.integer(11, 0)
    pod = decode(rows.unknown("v1", "Pod", rows.piece(2, spec)), "core.v1.Pod")
    assert pod["spec"] == {"automountServiceAccountToken": False}
    # An object without fields is something said as well.
    volume = rows.piece(1, "v") + rows.piece(2, rows.piece(2, b""))
    pod = decode(rows.unknown("v1", "Pod", rows.piece(2, rows.piece(1, volume))), "core.v1.Pod")
    assert pod["spec"]["volumes"] == [{"name": "v", "emptyDir": {}}]


def test_times() -> None:
    def created(stamp: bytes) -> Json:
        found: Json = config_map(rows.piece(1, rows.piece(8, stamp)))["metadata"]
        return found

    second = {"creationTimestamp": "2023-11-14T22:13:20Z"}
    assert created(rows.integer(1, 1_700_000_000)) == second
    assert created(rows.integer(1, 1_700_000_000) + rows.integer(2, 999_999_999)) == second
    assert created(rows.integer(1, 0)) == {"creationTimestamp": "1970-01-01T00:00:00Z"}
    # Go's zero time, in both its forms: not set.
    assert created(b"") == created(rows.integer(1, -62_135_596_800)) == {}


def test_options_are_any_groups() -> None:
    body = rows.unknown("apps/v1", "DeleteOptions", rows.integer(1, 0) + rows.piece(4, "Orphan"))
    assert decode(body, DELETE_OPTIONS) == {
        "kind": "DeleteOptions",
        "apiVersion": "apps/v1",
        "gracePeriodSeconds": 0,
        "propagationPolicy": "Orphan",
    }


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("POST", "/api/v1/namespaces", "core.v1.Namespace"),
        ("PUT", "/api/v1/namespaces/x/finalize", "core.v1.Namespace"),
        ("POST", rows.PODS + "/x/binding", "core.v1.Binding"),
        ("PUT", rows.DEPLOYMENTS + "/x", "apps.v1.Deployment"),
        ("PUT", rows.DEPLOYMENTS + "/x/scale", "autoscaling.v1.Scale"),
        ("POST", rows.TOKEN, "authentication.v1.TokenRequest"),
        ("DELETE", rows.PODS + "/x", DELETE_OPTIONS),
        ("DELETE", rows.PODS, DELETE_OPTIONS),
        ("PATCH", rows.PODS + "/x", ""),
        ("GET", rows.PODS + "/x", ""),
        ("POST", "/apis/policy/v1/namespaces/x/poddisruptionbudgets", ""),
        ("POST", rows.PODS + "/x/log", ""),
        ("POST", "/api/v1", ""),
        ("POST", "/", ""),
    ],
)
def test_what_is_wanted(method: str, path: str, wanted: str) -> None:
    assert definition_at(method, path) == wanted


def test_every_field_has_a_number() -> None:
    def names(table: Table) -> list[str]:
        inner = [name for each in table.embedded.values() for name in names(each)]
        return [field.name for field in table.fields.values()] + inner

    for definition, written in facts()["definitions"].items():
        told = {
            name
            for name, field in written["fields"].items()
            if isinstance(field, str) or field.get("embedded") != "TypeMeta"
        }
        found = names(table_of(definition))
        assert (len(found), set(found)) == (len(told), told), definition


def test_no_definition_contains_itself() -> None:
    written = facts()["definitions"]

    def check(definition: str, around: tuple[str, ...]) -> None:
        assert definition not in around
        for field in written[definition]["fields"].values():
            inner = (field if isinstance(field, str) else field["type"]).lstrip("[]{}")
            if inner in written:
                check(inner, (*around, definition))

    for definition in written:
        check(definition, ())


def test_through_the_front() -> None:
    asyncio.run(_talk())


async def _talk() -> None:
    (port,) = free_ports(1)
    users = {"t": User("admin", ("system:masters",))}
    server = ApiServer(Accounts(users), lambda *names: DATA)
    front = Front(server, "127.0.0.1", port, None)  # type: ignore[arg-type]
    await front.open()
    headers = {"Authorization": "Bearer t", "Content-Type": MEDIA_TYPE}
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
            await _ask(client)
    finally:
        await front.close()


async def _ask(client: httpx.AsyncClient) -> None:
    team = (DATA / "create-namespace-team.bin").read_bytes()
    made = await client.post("/api/v1/namespaces", content=team)
    assert (made.status_code, made.json()["metadata"]["name"]) == (201, "team")
    refused = await client.post("/api/v1/namespaces", content=b"zzz")
    assert (refused.status_code, refused.json()["reason"]) == (400, "BadRequest")
    assert "(must be of type Namespace)" in refused.json()["message"]
    # There is nothing to read it as: not a word about the body.
    unserved = await client.post("/apis/policy/v1/namespaces/x/poddisruptionbudgets", content=team)
    assert unserved.status_code == 404
    patched = await client.patch("/api/v1/namespaces/team", content=team)
    assert patched.status_code == 415
    options = rows.unknown("v1", "DeleteOptions", rows.piece(2, rows.piece(1, "other-uid")))
    path = "/api/v1/namespaces/team"
    kept = await client.request("DELETE", path, content=options)
    assert (kept.status_code, kept.json()["reason"]) == (409, "Conflict")
    gone = await client.request("DELETE", path, content=(DATA / "drain.bin").read_bytes())
    assert gone.status_code == 200


PROTO = """package k8s.io.api.core.v1;
message Thing {
  // A comment; optional string none = 9;
  optional .k8s.io.apimachinery.pkg.apis.meta.v1.Time at = 3;
  optional Source source = 2;
  map<string, Words> words = 4;
  repeated Other aPIOthers = 5;
}
message Source {
  optional int32 number = 1;
}
message Words {
  repeated string items = 1;
}
"""
THING: Json = {
    "kind": {"type": "string", "embedded": "TypeMeta"},
    "at": "time",
    "number": {"type": "int32", "embedded": "Source"},
    "words": "{}[]string",
    "apiOthers": "[]core.v1.Other",
}


def numbers_of(fields: Json) -> Json:
    written = lab_protobuf.generate(lambda package: PROTO, {"core.v1.Thing": {"fields": fields}})
    found: Json = json.loads(written)["core.v1.Thing"]
    return found


def test_the_numbers_are_read_off_proto_files() -> None:
    assert numbers_of(THING) == {"3": "at", "2": {"1": "number"}, "4": "words", "5": "apiOthers"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "micro-time"},
        {"words": "{}string"},
        {"apiOthers": "core.v1.Other"},
        {"number": "int64"},
        {"more": "string"},
    ],
    ids=str,
)
def test_what_the_schema_has_otherwise_is_an_error(wrong: Json) -> None:
    with pytest.raises(NotUnderstood):
        numbers_of(THING | wrong)


def test_what_json_has_not_is_an_error() -> None:
    with pytest.raises(NotUnderstood):
        numbers_of({name: field for name, field in THING.items() if name != "at"})
