"""The lab's schema, its decoder and its OpenAPI documents, against the real API server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kubectl_ingress.lab.api import STRATEGIC, Json
from kubectl_ingress.lab.apiserver import openapi
from kubectl_ingress.lab.apiserver.decoding import complete, decode
from kubectl_ingress.lab.apiserver.resources import RESOURCES
from kubectl_ingress.lab.apiserver.schema import facts_text, type_of
from tests.lab.rows_decoding import (
    KEPT,
    PATCHED,
    SENT,
    Kept,
    Patched,
    Sent,
    container,
    resource_of,
    template,
    whole,
)
from tests.lab.rows_scalars import BYTES, NO_BYTES, NO_QUANTITIES, NO_TIMES, QUANTITIES, TIMES
from tests.lab.test_decoding import ABSENT, sentences, value_at
from tests.realcluster.fixture import REASON, inside, real_bed, with_logs

if TYPE_CHECKING:
    from tests.realcluster.testbed import Bed

pytestmark = pytest.mark.skipif(not inside(), reason=REASON)
pytest_runtest_makereport = with_logs

READ = [resource for resource in RESOURCES if "list" in resource.verbs]
GROUPS = sorted({(resource.group, resource.version) for resource in RESOURCES})
ROOT = Path(__file__).parents[2]
KINDS = "x-kubernetes-group-version-kind"
LEFT_OUT = ("description", "x-kubernetes-unions")


@pytest.fixture(scope="module")
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    yield from real_bed(request)


@pytest.fixture(scope="module")
def client(bed: Bed) -> Iterator[httpx.Client]:
    """The real API server, with an object for the patches."""
    with bed.cluster.client() as client:
        for kind, body in (("ConfigMap", {"data": {"a": "b"}}), ("Deployment", template())):
            path = resource_of(kind).path("default")
            answer = client.post(path, json=whole(kind, body | {"metadata": {"name": "patched"}}))
            assert answer.status_code == 201, answer.text
        yield client


def send(client: httpx.Client, kind: str, body: Json) -> httpx.Response:
    path = resource_of(kind).path("default")
    return client.post(path, json=whole(kind, body), params={"dryRun": "All"})


def warnings(answer: httpx.Response) -> list[str]:
    """The unknown fields that the server warns of."""
    texts = [json.loads(line.split(" ", 2)[2]) for line in answer.headers.get_list("warning")]
    return [text for text in texts if text.startswith("unknown field")]


@pytest.mark.skipif(shutil.which("go") is None, reason="THE SCHEMA WAS NOT COMPARED: no Go")
def test_schema_is_what_the_server_has(bed: Bed, tmp_path: Path) -> None:
    fresh = tmp_path / "schema.json"
    environment = os.environ | {
        "KUBECTL": str(bed.bin_dir / "kubectl"),
        "KUBECONFIG": str(bed.cluster.kubeconfig()),
    }
    command = [sys.executable, "hack/lab_schema.py"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    fresh.write_bytes(done.stdout)
    assert done.stdout == facts_text(), f"commit {fresh} instead"


@pytest.mark.parametrize(("group", "version"), GROUPS)
def test_documents_have_the_real_schemas(client: httpx.Client, group: str, version: str) -> None:
    path = f"apis/{group}/{version}" if group else f"api/{version}"
    real = client.get(f"/openapi/v3/{path}").json()
    ours = openapi.document(group, version)
    schemas = real["components"]["schemas"]
    for name, schema in ours["components"]["schemas"].items():
        # Where nothing can be deleted or patched, the real server does not mention options.
        if name in schemas:
            assert plain(schema) == plain(schemas[name]), name
            # DeleteOptions and the like are of every group.
            assert schema.get(KINDS, schemas[name].get(KINDS)) == schemas[name].get(KINDS), name
    for path, methods in ours["paths"].items():
        assert methods.keys() <= real["paths"][path].keys(), path


def plain(schema: Json) -> Json:
    """A schema without prose, without its kinds, and without the enumerations of items."""
    found: Json = {key: value for key, value in schema.items() if key not in (*LEFT_OUT, KINDS)}
    found["required"] = sorted(found.get("required", ()))
    fields = {}
    for name, field in found.get("properties", {}).items():
        fields[name] = {key: value for key, value in field.items() if key not in LEFT_OUT}
        for part in ("items", "additionalProperties"):
            if part in field:
                inner = field[part]
                fields[name][part] = {key: inner[key] for key in inner if key != "enum"}
    return found | {"properties": fields}


@pytest.mark.parametrize("row", SENT, ids=str)
def test_sent(client: httpx.Client, row: Sent) -> None:
    answer = send(client, row.kind, row.body)
    if row.fault:
        start = f'{row.kind} in version "v1" cannot be handled as a {row.kind}: '
        assert answer.json()["message"] == start + row.fault
        assert answer.status_code == 400
    else:
        assert warnings(answer) == sentences(row.unknown)
        assert answer.status_code == 201


@pytest.mark.parametrize("row", KEPT, ids=lambda row: row.kind)
def test_kept(client: httpx.Client, row: Kept) -> None:
    answer = send(client, row.kind, row.body)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert {path: value_at(found, path) for path in row.has} == row.has
    assert [path for path in row.lacks if value_at(found, path) is not ABSENT] == []


@pytest.mark.parametrize("row", PATCHED, ids=str)
def test_patched(client: httpx.Client, row: Patched) -> None:
    answer = client.patch(
        resource_of(row.kind).path("default", "patched"),
        content=json.dumps(row.body),
        headers={"Content-Type": STRATEGIC},
        params={"dryRun": "All"},
    )
    if row.fault:
        assert answer.status_code == 422
        assert answer.json()["message"].startswith(' "" is invalid: patch: Invalid value: "map[')
        assert answer.json()["message"].endswith(f'": {row.fault}')
    else:
        assert answer.status_code == 200, answer.text
        assert warnings(answer) == sentences(row.unknown)


@pytest.mark.parametrize("resource", READ, ids=lambda each: f"{each.group}/{each.plural}")
def test_what_is_stored_is_read_as_it_is(client: httpx.Client, resource: Any) -> None:
    """Nothing that the real server has written is unknown to us, or written otherwise."""
    type = type_of(resource)
    for item in client.get(resource.path()).json()["items"]:
        decoded = decode(type, item)
        complete(type, decoded.obj)
        assert decoded.unknown == []
        assert decoded.obj == item


def test_quantities(client: httpx.Client) -> None:
    # Not as limits: those are rounded to thousandths besides.
    def volumes(*texts: str) -> Json:
        named = [{"name": f"v{n}", "emptyDir": {"sizeLimit": text}} for n, text in enumerate(texts)]
        body = container()
        return {"spec": body["spec"] | {"volumes": named}}

    found = send(client, "Pod", volumes(*QUANTITIES)).json()["spec"]["volumes"]
    read = [volume["emptyDir"]["sizeLimit"] for volume in found[: len(QUANTITIES)]]
    assert dict(zip(QUANTITIES, read, strict=True)) == QUANTITIES
    for text, fault in NO_QUANTITIES.items():
        answer = send(client, "Pod", volumes(text))
        assert answer.json()["message"].endswith(f": {fault}"), text


def test_times(client: httpx.Client) -> None:
    def taints(*texts: str) -> Json:
        named = enumerate(texts)
        keys = {"effect": "NoSchedule"}
        return {
            "spec": {"taints": [{"key": f"t{n}", "timeAdded": text} | keys for n, text in named]}
        }

    found = send(client, "Node", taints(*TIMES)).json()["spec"]["taints"]
    assert [taint["timeAdded"] for taint in found[: len(TIMES)]] == list(TIMES.values())
    for text, fault in NO_TIMES.items():
        answer = send(client, "Node", taints(text))
        assert answer.json()["message"].endswith(f": {fault}"), text


def test_bytes(client: httpx.Client) -> None:
    body = {"binaryData": {f"b{n:02}": text for n, text in enumerate(BYTES)}}
    assert list(send(client, "ConfigMap", body).json()["binaryData"].values()) == list(
        BYTES.values()
    )
    for text, place in NO_BYTES.items():
        message = send(client, "ConfigMap", {"binaryData": {"b": text}}).json()["message"]
        assert message.endswith(f": illegal base64 data at input byte {place}"), text
