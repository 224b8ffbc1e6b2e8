"""The reader of protobuf beside a real API server, and beside the Go code that it is built from."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hack import lab_protobuf
from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import protobuf_message
from kubectl_ingress.lab.apiserver.decoding import complete
from kubectl_ingress.lab.apiserver.protobuf import MEDIA_TYPE, decode, definition_at
from kubectl_ingress.lab.apiserver.resources import RESOURCES
from kubectl_ingress.lab.apiserver.schema import facts, type_named
from tests.lab import rows_protobuf as rows
from tests.lab.tables_compared import LISTED, called
from tests.live.protobuf_objects import OBJECTS
from tests.live.tables_bed import Reader, fill, running_bed
from tests.live.tables_objects import NAMESPACE
from tests.realcluster.fixture import REASON, inside

in_bed = pytest.mark.skipif(not inside(), reason=REASON)
SOURCE = Path(__file__).with_name("protobuf_filled.go")
TRIES = 20


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with running_bed() as bed:
        reader = fill(bed)
        for path, body in OBJECTS:
            reader.send("POST", path, body)
        yield reader


@pytest.fixture(scope="module")
def modules() -> dict[str, Path]:
    if shutil.which("go") is None:
        pytest.skip("there is no Go")
    found = lab_protobuf.module_folders()
    if len(found) < len(lab_protobuf.MODULES):
        pytest.skip("the Go modules of the test bed have not been downloaded")
    return found


def read(body: bytes, definition: str) -> Json:
    """The object with all that Go writes in any case."""
    found = decode(body, definition)
    complete(type_named(definition), found)
    return found


def in_both(reader: Reader, method: str, path: str, body: Json | None = None) -> tuple[bytes, Json]:
    """One answer in protobuf and in JSON, which has stayed the same meanwhile."""

    def ask(accept: str) -> Any:
        return reader.client.request(method, path, json=body, headers={"Accept": accept})

    for _ in range(TRIES):
        before, answer, after = map(ask, ("application/json", MEDIA_TYPE, "application/json"))
        if before.json() == after.json():
            assert answer.headers["Content-Type"] == MEDIA_TYPE
            return answer.content, after.json()
    raise AssertionError(f"{path} never stood still")


@in_bed
@pytest.mark.parametrize("resource", LISTED, ids=called)
def test_every_object_of_a_kind(reader, resource):
    # The bed's own as well: nobody else writes managedFields, or a node's status.
    items = reader.send("GET", resource.path())["items"]
    assert items
    definition = facts()["bodies"][f"{resource.api_version}/{resource.plural}"]
    for meta in (item["metadata"] for item in items):
        path = resource.path(meta.get("namespace", ""), meta["name"])
        body, theirs = in_both(reader, "GET", path)
        assert read(body, definition) == theirs


@in_bed
def test_what_may_be_done(reader):
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    asked = {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "default"}}
    body, theirs = in_both(reader, "POST", path, {"spec": asked})
    assert read(body, definition_at("POST", path)) == theirs


@in_bed
def test_the_rules(reader):
    path, told = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", []
    for accept in (MEDIA_TYPE, "application/json"):
        asked = {"spec": {"namespace": "default"}}
        told.append(reader.client.post(path, json=asked, headers={"Accept": accept}))
    ours, theirs = read(told[0].content, definition_at("POST", path)), told[1].json()
    # The server has them in another order each time.
    for status in (ours["status"], theirs["status"]):
        for rules in ("resourceRules", "nonResourceRules"):
            status[rules].sort(key=json.dumps)
    assert ours == theirs


@in_bed
def test_other_answers(reader):
    path = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/plain/scale"
    body, theirs = in_both(reader, "GET", path)
    assert read(body, definition_at("PUT", path)) == theirs
    body, theirs = in_both(reader, "GET", path.replace("plain", "no-such"))
    assert read(body, "meta.v1.Status") == theirs
    assert theirs["code"] == 404


@in_bed
@pytest.mark.parametrize("row", rows.REFUSED, ids=str)
def test_refused(reader, row):
    answer = send(reader, row.method, row.path, row.body)
    assert (answer.status_code, answer.json()["message"]) == (400, row.sentence)


@in_bed
@pytest.mark.parametrize("row", rows.TAKEN, ids=str)
def test_taken(reader, row):
    answer = send(reader, "POST", row.path, row.body)
    assert answer.status_code == 201, answer.text
    found = row.at_place(answer.json())
    # What the server adds is not the body's.
    expected = row.value
    if isinstance(expected, dict):
        found = {key: found[key] for key in expected}
    assert found == expected


def send(reader: Reader, method: str, path: str, body: bytes) -> Any:
    headers = {"Content-Type": MEDIA_TYPE, "Accept": "application/json"}
    asked = {"dryRun": "All"}
    return reader.client.request(method, path, content=body, headers=headers, params=asked)


def test_the_numbers_are_those_of_the_modules(modules):
    written = Path(protobuf_message.__file__).with_name("field_numbers.json").read_text()
    generated = lab_protobuf.generate(lab_protobuf.reader(modules), facts()["definitions"])
    assert written == generated, "python hack/lab_protobuf.py > .../field_numbers.json"


def test_every_field_there_is(modules):
    definitions = facts()["definitions"]
    kinds = {name: each["kind"] for name, each in definitions.items() if "kind" in each}
    kinds["meta.v1.DeleteOptions"] = ["", "v1", "DeleteOptions"]
    by_kind = {kind: name for name, (_, _, kind) in kinds.items()}
    assert {resource.kind for resource in RESOURCES} <= by_kind.keys()
    command = ["go", "run", str(SOURCE), *("/".join(kind) for kind in kinds.values())]
    told = subprocess.run(command, cwd=lab_protobuf.BED, check=True, capture_output=True).stdout
    named = {("/".join(parts[:2]).strip("/"), parts[2]): name for name, parts in kinds.items()}
    seen: dict[str, set[str]] = defaultdict(set)
    for line in told.splitlines():
        filled = json.loads(line)
        theirs = filled["object"]
        definition = named[theirs["apiVersion"], theirs["kind"]]
        assert read(base64.b64decode(filled["body"]), definition) == theirs
        note_fields(definition, theirs, seen)
    assert seen == {name: set(each["fields"]) for name, each in definitions.items()}


def note_fields(expression: str, found: Any, seen: dict[str, set[str]]) -> None:
    """Which fields of which definitions an object has."""
    if expression[:2] in ("[]", "{}"):
        for each in found.values() if isinstance(found, dict) else found or ():
            note_fields(expression[2:], each, seen)
    elif "." in expression and found is not None:
        seen[expression] |= found.keys()
        for name, value in found.items():
            note_fields(type_at(expression, name), value, seen)


@cache
def type_at(definition: str, name: str) -> str:
    field = facts()["definitions"][definition]["fields"][name]
    return field if isinstance(field, str) else field["type"]
