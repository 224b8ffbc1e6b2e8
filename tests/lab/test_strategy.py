"""What the server sets, keeps and drops around writes; most of it recorded from the real one."""

from __future__ import annotations

import re

import pytest

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.status import Refused
from kubectl_ingress.lab.apiserver.strategy import prepare_create
from kubectl_ingress.lab.apiserver.strategy_names import generated_name
from kubectl_ingress.lab.apiserver.strategy_services import FromStored, Unavailable, held
from tests.lab.writes import (
    Cluster,
    created,
    in_lab,
    in_real,
    recorded,
    resource_of,
    stored,
    updated,
)

ACCEPTED = [
    pytest.param(case, id=f"{name}: {case['case']}")
    for name in ("creates", "updates")
    for case in recorded(name)
    if "output" in case
]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_write_leaves_what_it_leaves_in_the_real_server(case: Json) -> None:
    assert in_lab(case) == in_real(case)


def pod(**spec: object) -> Json:
    containers = [{"name": "c", "image": "nginx:1"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": containers, **spec},
    }


def ingress(**annotations: str) -> Json:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "i", "annotations": annotations},
        "spec": {"rules": [{"host": "a.example"}]},
    }


def ingress_class(name: str, time: str, default: str = "true") -> Json:
    annotations = {"ingressclass.kubernetes.io/is-default-class": default}
    return {"metadata": {"name": name, "creationTimestamp": time, "annotations": annotations}}


def service(**spec: object) -> Json:
    ports = [{"port": 80}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"ports": ports, **spec},
    }


def test_a_new_object_gets_an_identity_whatever_it_brings() -> None:
    given = pod()
    given["metadata"] |= {"uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z"}
    first, second = created(given)["metadata"], created(given)["metadata"]
    assert UUID.fullmatch(first["uid"])
    assert first["uid"] != second["uid"]
    assert first["creationTimestamp"] > "2026"


def test_a_generated_name_has_five_letters_and_room_for_them() -> None:
    assert re.fullmatch("web-[bcdfghjklmnpqrstvwxz2456789]{5}", generated_name("web-"))
    assert len(generated_name("x" * 100)) == 63
    assert generated_name("web-") != generated_name("web-")


def test_a_job_and_its_template_share_no_labels() -> None:
    given = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j"},
        "spec": {"template": {"spec": pod()["spec"] | {"restartPolicy": "Never"}}},
    }
    job = created(given)
    assert job["metadata"]["labels"] == job["spec"]["template"]["metadata"]["labels"]
    assert job["metadata"]["labels"] is not job["spec"]["template"]["metadata"]["labels"]
    del job["metadata"]["labels"]
    again = updated(job, job)
    assert again["metadata"]["labels"] == job["spec"]["template"]["metadata"]["labels"]
    assert again["metadata"]["labels"] is not again["spec"]["template"]["metadata"]["labels"]


def test_a_pod_follows_its_account() -> None:
    class Accounts(Cluster):
        def get(self, storage: tuple[str, str], namespace: str, name: str) -> Json | None:
            secrets = [{"name": "registry"}]
            return {"automountServiceAccountToken": False, "imagePullSecrets": secrets}

    made = created(pod(serviceAccountName="quiet"), Accounts())
    assert "volumes" not in made["spec"]
    assert "volumeMounts" not in made["spec"]["containers"][0]
    assert made["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    insisting = created(pod(automountServiceAccountToken=True), Accounts())
    assert insisting["spec"]["volumes"][0]["name"].startswith("kube-api-access-")


def test_without_a_store_a_pod_gets_its_token_unasked() -> None:
    obj = pod()
    obj["metadata"]["namespace"] = "default"
    obj["spec"]["containers"][0]["resources"] = {}
    prepare_create(resource_of(obj), obj, FromStored(list))
    assert obj["spec"]["serviceAccountName"] == "default"
    assert obj["spec"]["volumes"][0]["name"].startswith("kube-api-access-")


def test_an_ingress_without_a_class_gets_the_newest_default() -> None:
    cluster = Cluster(
        ingress_class("old", "2026-01-01T00:00:00Z"),
        ingress_class("new", "2026-01-02T00:00:00Z"),
        ingress_class("other", "2026-01-03T00:00:00Z", "false"),
    )
    assert created(ingress(), cluster)["spec"]["ingressClassName"] == "new"
    assert "ingressClassName" not in created(ingress())["spec"]
    annotated = created(ingress(**{"kubernetes.io/ingress.class": "x"}), cluster)
    assert "ingressClassName" not in annotated["spec"]


def test_of_default_classes_of_one_age_the_first_by_name_is_taken() -> None:
    both = [ingress_class(name, "2026-01-01T00:00:00Z") for name in ("b", "a")]
    assert created(ingress(), Cluster(*both))["spec"]["ingressClassName"] == "a"


def test_services_take_what_is_free() -> None:
    made = created(service(type="LoadBalancer", externalTrafficPolicy="Local"))
    addresses, ports = held(made)
    assert len(addresses) == 1
    assert len(ports) == 2
    allocate = FromStored(lambda: [made])
    for wanted, sentence in (
        (addresses.pop(), "provided IP is already allocated"),
        ("10.0.0.1", "the provided network does not match the current range"),
    ):
        with pytest.raises(Unavailable, match=f"^{sentence}$"):
            allocate.cluster_ip(wanted)
    with pytest.raises(Unavailable, match=r"^provided port is already allocated$"):
        allocate.node_port(ports.pop())
    with pytest.raises(Unavailable, match=r"valid ports is 30000-32767$"):
        allocate.node_port(80)


def test_one_request_is_given_nothing_twice() -> None:
    allocate = FromStored(list)
    assert len({allocate.node_port(None) for _ in range(2768)}) == 2768
    with pytest.raises(Unavailable, match=r"^range is full$"):
        allocate.node_port(None)
    small = FromStored(list, "10.96.0.0/23")
    assert len({small.cluster_ip(None) for _ in range(510)}) == 510
    with pytest.raises(Unavailable, match=r"^range is full$"):
        small.cluster_ip(None)


def test_an_update_leaves_the_stored_object_alone() -> None:
    for case in recorded("updates"):
        if "output" not in case:
            continue
        old = stored(case)
        before = str(old)
        in_lab(case)
        assert str(old) == before, case["case"]


def test_an_object_that_is_being_deleted_goes_on_being_deleted() -> None:
    old = created(service())
    old["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["a.b/c"]}
    new = updated(old, {**old, "metadata": {"name": "s", "namespace": "default"}})
    assert new["metadata"]["deletionTimestamp"] == "2026-01-01T00:00:00Z"
    with pytest.raises(Refused, match="no new finalizers can be added"):
        updated(old, {**old, "metadata": {**old["metadata"], "finalizers": ["a.b/c", "d.e/f"]}})
