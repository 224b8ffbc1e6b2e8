"""The OpenAPI documents have what kubectl looks for in them; tests/live compares the schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import openapi
from kubectl_ingress.lab.apiserver.resources import RESOURCES, Resource
from kubectl_ingress.lab.apiserver.status import Refused

GROUPS = sorted({(resource.group, resource.version) for resource in RESOURCES})
PATCHABLE = [resource for resource in RESOURCES if "patch" in resource.verbs]
KIND = "x-kubernetes-group-version-kind"


def kind_of(resource: Resource) -> Json:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def references(value: Any) -> Iterator[str]:
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            yield from references(part)
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        yield value["$ref"]


def test_index() -> None:
    paths = openapi.index()["paths"]
    expected = {
        f"apis/{group}/{version}" if group else f"api/{version}" for group, version in GROUPS
    }
    assert paths.keys() == expected
    for path, entry in paths.items():
        url = urlsplit(entry["serverRelativeURL"])
        assert url.path == f"/openapi/v3/{path}"
        assert len(parse_qs(url.query)["hash"][0]) == 128
    assert openapi.index() == openapi.index()


@pytest.mark.parametrize(("group", "version"), GROUPS)
def test_references_lead_somewhere(group: str, version: str) -> None:
    document = openapi.document(group, version)
    schemas = document["components"]["schemas"]
    used = {name.removeprefix("#/components/schemas/") for name in references(document)}
    assert used <= schemas.keys()
    assert document["openapi"] == "3.0.0"
    assert json.loads(json.dumps(document)) == document


def test_unknown_version() -> None:
    with pytest.raises(Refused) as refused:
        openapi.document("apps", "v2")
    assert refused.value.code == 404


@pytest.mark.parametrize("resource", PATCHABLE, ids=lambda each: f"{each.group}/{each.plural}")
def test_patch(resource: Resource) -> None:
    document = openapi.document(resource.group, resource.version)
    patch = document["paths"][resource.path("{namespace}", "{name}")]["patch"]
    assert patch[KIND] == kind_of(resource)
    asked = {each["name"] for each in patch["parameters"] if each["in"] == "query"}
    assert {"dryRun", "fieldManager", "fieldValidation", "force"} == asked
    assert patch["requestBody"]["content"].keys() == {
        "application/apply-patch+yaml",
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
    }
    # kubectl explain goes from the path's kind to the one schema with the same.
    schemas = document["components"]["schemas"].values()
    assert [kind_of(resource) in schema.get(KIND, []) for schema in schemas].count(True) == 1


def test_subresources_have_their_own_kind() -> None:
    paths = openapi.document("apps", "v1")["paths"]
    scale = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]
    assert {scale[method][KIND]["kind"] for method in ("get", "put", "patch")} == {"Scale"}
    pods = openapi.document("", "v1")["paths"]
    token = pods["/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"]
    kind = {"group": "authentication.k8s.io", "version": "v1", "kind": "TokenRequest"}
    assert token["post"][KIND] == kind
    assert pods["/api/v1/namespaces/{namespace}/pods/{name}/log"].keys() == {"get", "parameters"}
    assert pods["/api/v1/namespaces/{name}/finalize"].keys() == {"put", "parameters"}


def test_reviews_can_only_be_created() -> None:
    paths = openapi.document("authorization.k8s.io", "v1")["paths"]
    assert paths.keys() == {
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    }
    for path in paths.values():
        assert path.keys() == {"post"}


def test_schemas_say_how_to_merge() -> None:
    schemas = openapi.document("", "v1")["components"]["schemas"]
    assert schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/io.k8s.api.core.v1.Container"},
        "x-kubernetes-list-map-keys": ["name"],
        "x-kubernetes-list-type": "map",
        "x-kubernetes-patch-merge-key": "name",
        "x-kubernetes-patch-strategy": "merge",
    }
    assert schemas["io.k8s.api.core.v1.ServiceSpec"]["properties"]["selector"] == {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "x-kubernetes-map-type": "atomic",
    }
