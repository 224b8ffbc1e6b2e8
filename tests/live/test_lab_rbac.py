"""What tests/lab takes for the API server's answers, asked of a real one.

Rights, reviews, impersonation, tokens, selectors and webhooks. UPDATE_GOLDEN=1 writes
tests/lab/data anew.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.lab.access import check, rights, selections, tokens, webhooks
from tests.lab.access.rights import Ask
from tests.lab.access.webhook_server import WebhookServer
from tests.realcluster.fixture import inside, running

if TYPE_CHECKING:
    from tests.realcluster.cluster import RealCluster

Json = dict[str, Any]
pytestmark = pytest.mark.skipif(
    not inside(), reason="THE LAB WAS NOT COMPARED WITH A REAL API SERVER: run `make test-live`"
)
ADDRESS = "10.244.0.77"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
_METHODS = {
    "get": "GET", "list": "GET", "watch": "GET", "create": "POST", "update": "PUT",
    "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE",
}  # fmt: skip


class Server:
    """The real API server, as whoever one likes."""

    def __init__(self, cluster: RealCluster) -> None:
        self.tokens, self.ca = cluster.tokens, str(cluster.ca_file)
        self._client = cluster.client()

    def ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        token: str = "",
        content_type: str = "application/json",
        query: str = "",
    ) -> httpx.Response:
        """One request, as admin unless another token is given."""
        own = [("Authorization", f"Bearer {token or self.tokens['admin']}")]
        return self._client.request(
            method,
            f"{path}?{query}" if query else path,
            content=None if body is None else json.dumps(body),
            headers=[
                (name.encode(), value.encode())
                for name, value in (*own, ("Content-Type", content_type), *headers)
            ],
        )

    def raw(self, path: str, authorization: str) -> Json:
        """The body of an answer to any Authorization header, also to one that httpx refuses."""
        url = self._client.base_url
        told = ssl.create_default_context(cafile=self.ca)
        connection = http.client.HTTPSConnection(url.host, url.port, context=told)
        headers = {"Authorization": authorization} if authorization else {}
        connection.request("GET", path, headers=headers)
        return json.loads(connection.getresponse().read())

    def make(self, path: str, body: Json) -> Json:
        """Create an object that nothing refuses."""
        done = self.ask("POST", path, body)
        assert done.status_code == 201, done.text
        return done.json()

    def namespace(self, name: str) -> None:
        """A namespace, and its default account, without which Pods are refused."""
        meta = {"name": name}
        self.make("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        while self.ask("GET", account).status_code != 200:
            time.sleep(0.05)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    from tests.realcluster.cluster import RealCluster

    with running(RealCluster) as cluster:
        found = Server(cluster)
        for namespace in ("a", "b", "sel"):
            found.namespace(namespace)
        yield found


@pytest.fixture(scope="module")
def roles(server: Server) -> None:
    for body in rights.OBJECTS:
        space = body["metadata"].get("namespace")
        where = f"/namespaces/{space}/" if space else "/"
        server.make(f"{RBAC}{where}{body['kind'].lower()}s", body)
    # The last of them counts as soon as the server's own caches have it.
    last = Ask("apps", "list", "", "configmaps", "x")
    while _asked(server, last) == "forbidden" or _asked(server, rights.ASKS[-1]) == "allowed":
        time.sleep(0.1)
    time.sleep(1)


def _as(user: str, groups: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    worn = ("system:unauthenticated",) if user == "system:anonymous" else groups
    return (("Impersonate-User", user), *(("Impersonate-Group", each) for each in worn))


def _asked(server: Server, ask: Ask) -> Any:
    path = ask.path
    if not path:
        path = f"/apis/{ask.group}/v1" if ask.group else "/api/v1"
        space = ask.namespace if ask.resource != "namespaces" else ""
        parts = (f"namespaces/{space}" if space else "", ask.resource, ask.name, ask.subresource)
        path = "/".join(filter(None, (path, *parts)))
    method = _METHODS.get(ask.verb, ask.verb.upper())
    query = "watch=1&timeoutSeconds=1" if ask.verb == "watch" else ""
    body = {} if method in ("POST", "PUT", "PATCH") else None
    done = server.ask(method, path, body, headers=_as(ask.user, ask.groups), query=query)
    return "allowed" if done.status_code != 403 else done.json()


def test_rights(server: Server, roles: None) -> None:
    check("rights", {ask.id: _asked(server, ask) for ask in rights.ASKS})


def _disguised(server: Server, worn: rights.Disguise) -> Any:
    token = server.tokens[worn.user]
    if worn.lists:
        path = "/api/v1/namespaces/a/configmaps"
        done = server.ask("GET", path, headers=worn.headers, token=token)
        return "allowed" if done.status_code == 200 else done.json()
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    done = server.ask("POST", path, body, headers=worn.headers, token=token)
    return done.json()["status"]["userInfo"] if done.status_code == 201 else done.json()


def test_impersonation(server: Server, roles: None) -> None:
    _disguised(server, rights.FIRST)
    answers = {worn.id: _disguised(server, worn) for worn in rights.DISGUISES}
    check("impersonation", answers)


def _reviewed(server: Server, review: rights.Review) -> Json:
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": review.kind, "spec": review.spec}
    path = f"/apis/authorization.k8s.io/v1/{review.kind.lower()}s"
    done = server.ask("POST", path, body, headers=_as(review.user, review.groups)).json()
    for managed in done["metadata"].get("managedFields", []):
        managed["time"] = "TIME"
    rules = done["status"].get("resourceRules") if isinstance(done["status"], dict) else None
    for found in (rules, rules and done["status"]["nonResourceRules"]):
        if found:
            found.sort(key=json.dumps)
    return {"code": done.get("code", 201), "body": done}


def test_reviews(server: Server, roles: None) -> None:
    check("reviews", {review.id: _reviewed(server, review) for review in rights.REVIEWS})


def test_tokens(server: Server) -> None:
    account = server.make(
        "/api/v1/namespaces/a/serviceaccounts",
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}},
    )
    answers: Json = {}
    for name, (who, body) in tokens.REQUESTS.items():
        path = f"/api/v1/namespaces/a/serviceaccounts/{who}/token"
        done = server.ask("POST", path, body)
        token = done.json().get("status", {})
        token = token.get("token") if isinstance(token, dict) else None
        answers[name] = tokens.neutral(done.json(), account["metadata"]["uid"])
        if token:
            answers[f"{name}: who"] = _whoami(server, token, account)
    for name, header in tokens.HEADERS.items():
        path = "/api/v1/namespaces"
        answers[f"header {name}"] = server.raw(path, header)
    check("tokens", answers)


def _whoami(server: Server, token: str, account: Json) -> Json:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    done = server.ask("POST", path, body, token=token).json()
    return tokens.neutral(done, account["metadata"]["uid"])


@pytest.fixture(scope="module")
def objects(server: Server) -> None:
    for path, body in selections.OBJECTS:
        server.make(path, body)
    path = "/api/v1/namespaces/sel/pods/two/status"
    merge = "application/merge-patch+json"
    server.ask("PATCH", path, selections.RUNNING, content_type=merge).raise_for_status()


def _selected(server: Server, path: str, **query: str) -> Any:
    done = server.ask("GET", path, query=str(httpx.QueryParams(query)))
    if done.status_code != 200:
        return done.json()
    names = (item["metadata"]["name"] for item in done.json()["items"])
    # Events of the controllers have another name every time.
    return sorted(name for name in names if not name.startswith("j."))


def test_selectors(server: Server, objects: None) -> None:
    path = "/api/v1/namespaces/sel/configmaps"
    labels = {text: _selected(server, path, labelSelector=text) for text in selections.LABELS}
    answers = {"labels": labels, "fields": {}}
    for path, selectors in selections.FIELDS.items():
        found = {text: _selected(server, path, fieldSelector=text) for text in selectors}
        answers["fields"][path] = found
    check("selectors", answers)


def test_selected_objects(server: Server, objects: None) -> None:
    """Not compared: what the objects looked like when they were selected."""
    if os.environ.get("UPDATE_GOLDEN"):
        stored = {}
        for path in selections.FIELDS:
            items = server.ask("GET", path).json()["items"]
            for item in items:
                item["metadata"].pop("managedFields", None)
            own = [item for item in items if "bootstrapping" not in str(item)]
            stored[path] = own if "clusterroles" not in path else []
        check("stored", stored)


@pytest.fixture(scope="module")
def hooks(server: Server) -> Iterator[WebhookServer]:
    from kubectl_ingress.lab.background import Background

    background = Background()
    background.start()
    played = WebhookServer(ADDRESS)
    background.call(played.open())
    try:
        for path, body in webhooks.backends(played):
            server.make(path, body)
        yield played
    finally:
        background.call(played.close())
        background.cancel()
        background.stop()


WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
CONFIGMAPS = "/api/v1/namespaces/default/configmaps"


def _called(server: Server, case: str) -> httpx.Response:
    meta = {"generateName": "x-", "labels": {"case": case}}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}
    return server.ask("POST", CONFIGMAPS, body)


def test_calls(server: Server, hooks: WebhookServer) -> None:
    names = [call.id for call in webhooks.CALLS]
    assert len(set(names)) == len(names)
    for call in webhooks.CALLS:
        server.make(WEBHOOKS, call.configuration(hooks))
    last = webhooks.Call("/deny", service="hook", ca="ca", policy="Fail", timeout=9)
    while _called(server, last.id).status_code == 201:
        time.sleep(0.1)
    time.sleep(2)
    answers: Json = {}
    for call in webhooks.CALLS:
        done = _called(server, call.id)
        warnings = done.headers.get_list("Warning")
        answer = "created" if done.status_code == 201 else done.json()
        text = webhooks.neutral(json.dumps([answer, warnings], ensure_ascii=False), hooks)
        answers[call.id] = json.loads(text)
    server.ask("DELETE", WEBHOOKS).raise_for_status()
    check("calls", answers)


def test_matching(server: Server, hooks: WebhookServer) -> None:
    for rule in webhooks.RULES:
        server.make(WEBHOOKS, webhooks.matching(rule, hooks))
    time.sleep(2)
    answers: Json = {}
    try:
        for act in webhooks.ACTS:
            hooks.requests.clear()
            answers[act.id] = _acted(server, hooks, act)
    finally:
        server.ask("DELETE", WEBHOOKS).raise_for_status()
    check("matching", answers)


def _acted(server: Server, hooks: WebhookServer, act: webhooks.Act) -> Json:
    done = server.ask(
        act.method, act.path, act.body, query=act.query, content_type=act.content_type
    )
    assert done.is_success, (act.id, done.text)
    mine = [
        (target, request)
        for target, request in list(hooks.requests)
        if request["userInfo"]["username"] == "admin"
    ]
    # Some are asked again after a conflict.
    called = sorted({target.split("/")[2].partition("?")[0] for target, _ in mine})
    everything = [request for target, request in mine if target.startswith("/note/everything?")]
    kinds = {json.dumps(request["kind"], sort_keys=True) for _, request in mine}
    return {
        "called": called,
        "kinds": sorted(kinds),
        "request": webhooks.faceless(everything[0]) if everything else None,
    }


def test_head(server: Server, hooks: WebhookServer) -> None:
    """What is sent before the review."""
    server.make(WEBHOOKS, webhooks.Call().configuration(hooks))
    while not hooks.heads:
        _called(server, webhooks.Call().id)
        time.sleep(0.1)
    server.ask("DELETE", WEBHOOKS).raise_for_status()
    _, *fields = hooks.heads[-1].decode().split("\r\n")
    given = dict(field.split(": ", 1) for field in fields if field)
    del given["Content-Length"]
    check("head", given)
