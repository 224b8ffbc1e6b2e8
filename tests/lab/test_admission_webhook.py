"""The played webhook: the model's refusals, with what the cluster says at the time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest

from kubectl_ingress.lab.api import Api, ApiError
from kubectl_ingress.lab.apiserver.accounts import Accounts
from kubectl_ingress.lab.apiserver.local import LocalApi
from kubectl_ingress.lab.apiserver.server import ApiServer
from kubectl_ingress.lab.kubelet.webhook import Webhook
from kubectl_ingress.lab.serving import Request, Response
from tests.manifests import ingress, ingress_class, nginx, path

Json = dict[str, Any]
NAMESPACE = "ingress-nginx"
WORDS = ["/nginx-ingress-controller", "--configmap=$(POD_NAMESPACE)/its-own"]
COLLECTIONS = {
    "ConfigMap": f"/api/v1/namespaces/{NAMESPACE}/configmaps",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
    "IngressClass": "/apis/networking.k8s.io/v1/ingressclasses",
    "Namespace": "/api/v1/namespaces",
}
STRICT = "path /app(/|$)(.*) cannot be used with pathType Prefix"
TAKEN = 'host "a.example" and path "/" is already defined in ingress default/old'
OFF = "annotation cannot be used. Snippet directives are disabled by the Ingress administrator"


def config_map(**data: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "its-own", "namespace": NAMESPACE},
        "data": {name.replace("_", "-"): value for name, value in data.items()},
    }


def pattern(**more: Any) -> Json:
    return ingress("new", "a.example", path("/app(/|$)(.*)"), **more)


async def cluster(objects: Iterable[Json]) -> Api:
    api = LocalApi(ApiServer(Accounts({}), lambda *_: None))
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in (NAMESPACE, "default")
    ]
    for each in (*namespaces, ingress_class(), *objects):
        await api.create(COLLECTIONS[each["kind"]], each)
    return api


def posted(webhook: Webhook, obj: Json | None, **more: Any) -> Response:
    """What it answers to a review, over HTTP."""
    request = {"uid": "u-1", "namespace": "default", "object": obj, **more}
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    body = json.dumps(review).encode()
    return asyncio.run(webhook.answer(Request("POST", "/", (), body, "127.0.0.1")))


def reviewed(
    obj: Json | None, *objects: Json, flags: Iterable[str] = (), **more: Any
) -> tuple[str, list[str]]:
    """With which sentence it refuses, "" if it does not, and what it warns of."""
    api = asyncio.run(cluster(objects))
    answer = posted(Webhook(api, [*WORDS, *flags], NAMESPACE, []), obj, **more)
    found = json.loads(answer.body)
    assert (found["apiVersion"], found["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    response = found["response"]
    assert response["uid"] == "u-1"
    status = response.get("status")
    assert response["allowed"] is (status is None)
    if status is not None:
        told = status.pop("message")
        # From these kubectl makes "Error from server (BadRequest)".
        assert status == {"status": "Failure", "reason": "BadRequest", "code": 400}
        return told, response.get("warnings", [])
    return "", response.get("warnings", [])


def test_one_that_does_not_judge_lets_everything_pass() -> None:
    webhook = Webhook(asyncio.run(cluster([])), WORDS, NAMESPACE, [])
    refused = json.loads(posted(webhook, pattern()).body)["response"]
    webhook.judges = False
    allowed = json.loads(posted(webhook, pattern()).body)["response"]
    assert (refused["allowed"], allowed) == (False, {"uid": "u-1", "allowed": True})


def test_a_good_one_passes_and_is_remembered() -> None:
    seen: list[Json] = []
    webhook = Webhook(asyncio.run(cluster([])), WORDS, NAMESPACE, seen)
    assert json.loads(posted(webhook, ingress()).body)["response"]["allowed"] is True
    assert [request["object"]["metadata"]["name"] for request in seen] == ["web"]


def test_annotations() -> None:
    snippet = "nginx.ingress.kubernetes.io/configuration-snippet"
    assert reviewed(ingress(annotations={snippet: "x"})) == (f"{snippet} {OFF}", [])
    wrong = ingress(annotations=nginx(load_balance="magic"))
    refused = "annotation nginx.ingress.kubernetes.io/load-balance contains invalid value"
    assert reviewed(wrong) == (refused, [])


def test_the_config_map_of_the_flag_decides() -> None:
    snippet = ingress(annotations=nginx(configuration_snippet="x"))
    allowed = config_map(allow_snippet_annotations="true")
    risky = "annotation group ConfigurationSnippet contains risky annotation"
    assert reviewed(snippet, allowed)[0].startswith(risky)
    allowed["data"]["annotations-risk-level"] = "Critical"
    assert reviewed(snippet, allowed) == ("", [])
    allowed["metadata"]["name"] = "another"
    assert reviewed(snippet, allowed)[0].endswith(OFF)


def test_patterns_are_warned_of_where_they_are_not_refused() -> None:
    assert reviewed(pattern()) == (f"ingress contains invalid paths: {STRICT}", [STRICT])
    free = config_map(strict_validate_path_type="false")
    assert reviewed(pattern(), free) == ("", [STRICT])
    assert reviewed(pattern(ingressClassName="other")) == ("", [STRICT])


def test_another_ingress_has_the_path() -> None:
    old = ingress("old")
    assert reviewed(ingress("new"), old) == (TAKEN, [])
    assert reviewed(ingress("new"), old, dryRun=True) == (TAKEN, [])
    assert reviewed(ingress("new", "b.example"), old) == ("", [])


def test_the_version_before_is_replaced() -> None:
    assert reviewed(ingress("old"), ingress("old")) == ("", [])
    moved = ingress("two", "a.example")
    assert reviewed(moved, ingress("old"), ingress("two", "b.example")) == (TAKEN, [])


def test_flags() -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    catch_all = ingress(defaultBackend=backend)
    refused, _ = reviewed(catch_all, flags=["--disable-catch-all"])
    assert refused.startswith("this deployment is trying to create a catch-all ingress")
    assert reviewed(catch_all) == ("", [])
    elsewhere = ["--watch-namespace=elsewhere"]
    assert reviewed(pattern(), flags=elsewhere) == ("", [STRICT])
    inspected = ingress("new", "a.example", path("/_by_lua"))
    assert "invalid value found: /_by_lua" in reviewed(inspected)[0]
    assert reviewed(inspected, flags=["--deep-inspect=false"]) == ("", [])


def test_what_goes_is_let_go() -> None:
    going = pattern()
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert reviewed(going) == ("", [])
    assert reviewed(None, pattern(), oldObject=pattern()) == ("", [])


class Broken(LocalApi):
    async def get(self, path: str) -> Json:
        raise ApiError(503, "not now")


@pytest.mark.parametrize("obj", [ingress(), pattern()])
def test_a_cluster_that_cannot_be_read(obj: Json) -> None:
    api = Broken(ApiServer(Accounts({}), lambda *_: None))
    answer = posted(Webhook(api, WORDS, NAMESPACE, []), obj)
    assert (answer.status, answer.body) == (500, "503: not now")
