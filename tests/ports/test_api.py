"""What commands do with a cluster, against the fake that they are tested with.

So this tests both: that api asks rightly, and that FakeCluster answers as an
API server does.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.errors import (
    ApiConflict,
    ApiFailed,
    ApiForbidden,
    ApiNotFound,
    InputError,
)
from kubectl_ingress.ports import api
from kubectl_ingress.ports.answers import Expired, FieldsOwned, KindNotServed, refusal
from kubectl_ingress.ports.asked import Session, target_of
from tests.fakes import FakeCluster

INGRESS, SERVICE = KINDS["Ingress"], KINDS["Service"]


def ingress(name: str = "web", namespace: str = "default", host: str = "a.test") -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": host}]},
    }


def test_get_and_find() -> None:
    cluster = FakeCluster([ingress()])
    found = api.get(cluster, INGRESS, "web", "default")
    assert (found["kind"], found["metadata"]["name"]) == ("Ingress", "web")
    assert found["metadata"]["uid"]
    assert found["metadata"]["creationTimestamp"]
    assert api.find(cluster, INGRESS, "web", "shop") is None
    with pytest.raises(ApiNotFound, match="there is no ingress nope in namespace default"):
        api.get(cluster, INGRESS, "nope", "default")


def test_what_is_given_back_is_not_what_is_stored() -> None:
    cluster = FakeCluster([ingress()])
    api.get(cluster, INGRESS, "web", "default")["spec"]["rules"].clear()
    assert api.get(cluster, INGRESS, "web", "default")["spec"]["rules"]


def test_a_list_is_read_in_pages_and_its_items_say_what_they_are() -> None:
    names = [f"n{i:04}" for i in range(1201)]
    cluster = FakeCluster([ingress(name, "shop" if name < "n0600" else "other") for name in names])
    found = api.list_all(cluster, INGRESS)
    assert sorted(item["metadata"]["name"] for item in found) == names
    assert {(item["apiVersion"], item["kind"]) for item in found} == {
        ("networking.k8s.io/v1", "Ingress")
    }
    assert [request.query.get("limit") for request in cluster.requests] == ["500"] * 3
    assert len(api.list_all(cluster, INGRESS, "shop")) == 600


def test_selectors() -> None:
    cluster = FakeCluster([ingress("a"), ingress("b"), ingress("c")])

    def names(**selectors: str) -> list[str]:
        return [i["metadata"]["name"] for i in api.list_all(cluster, INGRESS, **selectors)]

    assert names(labels="app=a") == ["a"]
    assert names(labels="app!=a") == ["b", "c"]
    assert names(labels="app,app==b") == ["b"]
    assert names(labels="!app") == []
    assert names(fields="metadata.name=c") == ["c"]
    assert names(fields="metadata.name!=c,metadata.namespace=default") == ["a", "b"]


def test_a_list_that_expired_is_read_anew_once() -> None:
    cluster = FakeCluster([ingress(f"n{i}") for i in range(501)])
    expired = Expired("too old")

    def expire(request: object) -> None:
        if len(cluster.requests) == 2:
            cluster.fail("GET", "ingresses", expired, times=1)

    cluster.on_request = expire
    assert len(api.list_all(cluster, INGRESS)) == 501
    assert len(cluster.requests) == 4
    cluster.fail("GET", "ingresses", expired)
    with pytest.raises(Expired):
        api.list_all(cluster, INGRESS)


def test_a_kind_that_is_not_served() -> None:
    cluster = FakeCluster()
    tree = Kind("Tree", "example.com/v1", "trees")
    with pytest.raises(KindNotServed, match=r"does not know trees\.example"):
        api.list_all(cluster, tree)
    assert api.find(cluster, tree, "x", "default") is None


class Answering(FakeCluster):
    """Answers with anything at all."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        super().__init__()
        self.answers = list(answers)

    def request(self, *args: Any, **more: Any) -> dict[str, Any]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize("items", ["x", {}, [1], [None], 3])
def test_a_list_of_something_else(items: object) -> None:
    with pytest.raises(ApiFailed, match="something else than a list of ingresses"):
        api.list_all(Answering({"items": items}), INGRESS)


def test_lists_with_odd_ends() -> None:
    assert api.list_all(Answering({}), INGRESS) == []
    assert api.list_all(Answering({"items": None, "metadata": []}), INGRESS) == []
    for following in (3, ["x"]):
        with pytest.raises(ApiFailed, match="a list of ingresses that has no end"):
            api.list_all(Answering({"metadata": {"continue": following}}), INGRESS)
    with pytest.raises(ApiFailed, match="that has no end"):
        api.list_all(Answering({"metadata": {"continue": "same"}}), INGRESS)


def test_a_snapshot_of_the_kinds_asked_for() -> None:
    cls = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "nginx"},
        "spec": {"controller": "k8s.io/ingress-nginx"},
    }
    cluster = FakeCluster([ingress(), ingress("x", "shop"), cls], namespace="shop")
    snapshot = api.read_snapshot(cluster, ["Ingress", "IngressClass"], "shop")
    assert [i.meta.key for i in snapshot.ingresses] == ["shop/x"]
    assert [c.meta.name for c in snapshot.classes] == ["nginx"]
    assert snapshot.ingresses[0].meta.origin.source == "cluster"
    assert snapshot.namespace == "shop"
    assert snapshot.read == frozenset({"Ingress", "IngressClass"})
    assert len(api.read_snapshot(cluster, ["Ingress"]).ingresses) == 2
    cluster.fail("GET", "ingressclasses", ApiForbidden("no"))
    with pytest.raises(ApiForbidden):
        api.read_snapshot(cluster, ["Ingress", "IngressClass"])


def test_who_may_not_read_is_told_all_that_is_needed_at_once() -> None:
    cluster = FakeCluster()
    session = Session("https://api.test")
    for plural, group in (("services", ""), ("deployments", "apps"), ("daemonsets", "apps")):
        who = f'x is forbidden: User "dev" cannot list resource "{plural}"'
        message = f'{who} in API group "{group}" at the cluster scope'
        status = {"kind": "Status", "reason": "Forbidden", "message": message}
        path = f"/apis/{group}/v1/{plural}" if group else f"/api/v1/{plural}"
        body = json.dumps(status).encode()
        cluster.fail("GET", f"{path}$", refusal(403, body, target_of("GET", path), session))
    with pytest.raises(ApiForbidden) as caught:
        api.read_snapshot(cluster, ("Ingress", "Service", "Deployment", "DaemonSet"))
    assert caught.value.sentence == (
        "you may not list services in all namespaces (user dev); "
        "needed: list services, list deployments.apps, list daemonsets.apps"
    )
    assert caught.value.next_step == "check: kubectl auth can-i list services -A"


def test_a_snapshot_of_broken_objects_has_findings() -> None:
    broken = {"metadata": {"name": "x", "namespace": "default"}, "spec": {"rules": "none"}}
    snapshot = api.read_snapshot(Answering({"items": [broken, {}]}), ["Ingress"])
    assert len(snapshot.ingresses) == 1
    assert [finding.code for finding in snapshot.findings] == ["KI901", "KI901"]


def test_apply_creates_and_changes() -> None:
    cluster = FakeCluster(namespace="default")
    created = api.apply(cluster, ingress())
    again = api.apply(cluster, ingress(host="b.test"))
    assert again["metadata"]["uid"] == created["metadata"]["uid"]
    assert again["metadata"]["resourceVersion"] != created["metadata"]["resourceVersion"]
    assert again["spec"]["rules"] == [{"host": "b.test"}]
    asked = cluster.requests[0]
    assert (asked.method, asked.content_type) == ("PATCH", "application/apply-patch+yaml")
    assert asked.path == "/apis/networking.k8s.io/v1/namespaces/default/ingresses/web"
    assert asked.query == {"fieldManager": "kubectl-ingress", "force": "false"}


def test_apply_takes_back_what_it_no_longer_says() -> None:
    cluster = FakeCluster()
    first = ingress()
    first["metadata"]["annotations"] = {"a": "1", "b": "2"}
    api.apply(cluster, first)
    cluster.request(
        "PATCH",
        INGRESS.path("default", "web"),
        query={"fieldManager": "other"},
        body={"metadata": {"annotations": {"c": "3"}}},
        content_type="application/merge-patch+json",
    )
    second = ingress()
    second["metadata"]["annotations"] = {"a": "1"}
    assert api.apply(cluster, second)["metadata"]["annotations"] == {"a": "1", "c": "3"}


def test_apply_meets_other_owners() -> None:
    cluster = FakeCluster([ingress()])
    same = api.apply(cluster, ingress())
    with pytest.raises(FieldsOwned) as caught:
        api.apply(cluster, ingress(host="b.test"))
    assert caught.value.owners == ((".spec.rules", "kubectl-create"),)
    assert cluster.objects["Ingress", "default", "web"]["spec"] == same["spec"]
    forced = api.apply(cluster, ingress(host="b.test"), force=True)
    assert forced["spec"]["rules"] == [{"host": "b.test"}]
    # Taken over for good.
    api.apply(cluster, ingress(host="c.test"))


def test_apply_dry_run_changes_nothing() -> None:
    cluster = FakeCluster()
    assert api.apply(cluster, ingress(), dry_run=True)["spec"] == ingress()["spec"]
    assert cluster.objects == {}
    assert cluster.requests[0].query["dryRun"] == "All"


def test_apply_without_a_namespace_goes_to_the_clusters() -> None:
    cluster = FakeCluster([ingress("x", "shop")], namespace="shop")
    obj = ingress()
    del obj["metadata"]["namespace"]
    assert api.apply(cluster, obj)["metadata"]["namespace"] == "shop"
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "new"}}
    assert "namespace" not in api.apply(cluster, space)["metadata"]
    api.apply(cluster, ingress("y", "new"))
    with pytest.raises(ApiNotFound, match="there is no namespace nowhere"):
        api.apply(cluster, ingress("y", "nowhere"))


@pytest.mark.parametrize(
    "obj",
    [
        {},
        {"kind": "Ingress"},
        {**ingress(), "apiVersion": "extensions/v1beta1"},
        {**ingress(), "kind": ["Ingress"]},
        {**ingress(), "kind": "HTTPRoute"},
        {**ingress(), "metadata": None},
        {**ingress(), "metadata": {"namespace": "x"}},
        {**ingress(), "metadata": {"name": 3}},
        {**ingress(), "metadata": {"name": ""}},
        {**ingress(), "metadata": {"name": ".."}},
        {**ingress(), "metadata": {"name": "x", "namespace": 3}},
        {**ingress(), "metadata": {"name": "x", "namespace": ".."}},
    ],
)
def test_what_cannot_be_written_is_not_sent(obj: dict[str, Any]) -> None:
    cluster = FakeCluster()
    for write in (api.apply, api.replace):
        with pytest.raises(InputError):
            write(cluster, obj)
    assert cluster.requests == []


def test_replace_notices_a_change_in_between() -> None:
    cluster = FakeCluster([ingress()])
    mine = api.get(cluster, INGRESS, "web", "default")
    api.patch(cluster, INGRESS, "web", "default", {"metadata": {"labels": {"x": "y", "app": None}}})
    mine["spec"]["rules"] = []
    with pytest.raises(ApiConflict, match="was changed by another in the meantime"):
        api.replace(cluster, mine)
    mine = api.get(cluster, INGRESS, "web", "default")
    assert mine["metadata"]["labels"] == {"x": "y"}
    mine["spec"]["rules"] = []
    assert api.replace(cluster, mine)["spec"]["rules"] == []
    del mine["metadata"]["resourceVersion"]
    with pytest.raises(InputError, match="has no resourceVersion"):
        api.replace(cluster, mine)


def test_patch_with_a_resource_version() -> None:
    cluster = FakeCluster([ingress()])
    body = {"metadata": {"resourceVersion": "1", "labels": {"x": "y"}}}
    with pytest.raises(ApiConflict):
        api.patch(cluster, INGRESS, "web", "default", body)
    with pytest.raises(ApiNotFound):
        api.patch(cluster, INGRESS, "nope", "default", {})


def test_the_status_is_written_apart() -> None:
    cluster = FakeCluster([{**ingress(), "status": {"old": 1}}])
    api.apply(cluster, {**ingress(), "status": {"new": 1}})
    assert api.get(cluster, INGRESS, "web", "default")["status"] == {"old": 1}
    cluster.request(
        "PATCH",
        INGRESS.path("default", "web", "status"),
        body={"status": {"old": None, "new": 1}},
        content_type="application/merge-patch+json",
    )
    assert api.get(cluster, INGRESS, "web", "default")["status"] == {"new": 1}


def test_delete() -> None:
    cluster = FakeCluster([ingress()])
    api.delete(cluster, INGRESS, "web", "default")
    assert cluster.objects == {}
    assert cluster.requests[-1].body["propagationPolicy"] == "Background"
    with pytest.raises(ApiNotFound):
        api.delete(cluster, INGRESS, "web", "default")


def test_create_what_exists() -> None:
    cluster = FakeCluster([ingress()])
    with pytest.raises(ApiConflict, match="ingress web in namespace default exists already"):
        cluster.request("POST", INGRESS.path("default"), body=ingress())
    made = cluster.request("POST", INGRESS.path("default"), body=ingress("new"))
    assert made["metadata"]["uid"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b", "a%2Fb"),
        ("../secrets", "..%2Fsecrets"),
        ("a?x=y#z", "a%3Fx%3Dy%23z"),
        ("system:a", "system:a"),
        ("ü", "%C3%BC"),
        ("\udc80", "%3F"),
    ],
)
def test_a_name_is_one_segment_of_the_path(name: str, path: str) -> None:
    cluster = FakeCluster()
    assert api.find(cluster, SERVICE, name, "default") is None
    assert cluster.requests[0].path == f"/api/v1/namespaces/default/services/{path}"


@pytest.mark.parametrize(("name", "namespace"), [("", "x"), ("x", ""), (".", "x"), ("x", "..")])
def test_a_path_never_becomes_that_of_something_else(name: str, namespace: str) -> None:
    cluster = FakeCluster()
    with pytest.raises(InputError):
        api.get(cluster, SERVICE, name, namespace)
    with pytest.raises(InputError):
        api.list_all(cluster, SERVICE, "..")
    assert cluster.requests == []


def test_the_fake_fails_as_it_is_told() -> None:
    cluster = FakeCluster([ingress()])
    cluster.fail("GET", "/ingresses/web$", ApiForbidden("no"), times=1)
    api.list_all(cluster, INGRESS)
    with pytest.raises(ApiForbidden):
        api.get(cluster, INGRESS, "web", "default")
    api.get(cluster, INGRESS, "web", "default")


def test_the_fake_watches() -> None:
    cluster = FakeCluster([ingress("a"), ingress("b", "shop")])
    cluster.events.append({"type": "DELETED", "object": ingress("a")})
    seen = [
        (event["type"], event["object"]["metadata"]["name"])
        for event in cluster.watch(INGRESS.path("default"), timeout=1)
    ]
    assert seen == [("ADDED", "a"), ("DELETED", "a")]
