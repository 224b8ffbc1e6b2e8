"""What is read of a cluster for routing, and which of its controllers is meant."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.errors import ApiForbidden, UsageError
from kubectl_ingress.livechoice import live_tables, the_one
from kubectl_ingress.livetable import read_for_routing
from tests.fakes import FakeCluster
from tests.manifests import controller, ingress, ingress_class, path

FORBIDDEN = ApiForbidden("you may not do that", "ask for the right")


def secret(
    name: str, kind: str = "kubernetes.io/tls", namespace: str = "default"
) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": kind,
        "data": {"tls.key": "a2V5", "tls.crt": "Y3J0"},
    }


def with_tls(name: str, host: str) -> dict[str, Any]:
    return ingress(name, host, tls=[{"hosts": [host], "secretName": f"{name}-tls"}])


def read(cluster: FakeCluster, **how: Any) -> Any:
    return read_for_routing(cluster, **how)  # type: ignore[arg-type]


def asked_for(cluster: FakeCluster, plural: str) -> list[str]:
    return [one.path for one in cluster.requests if f"/{plural}" in one.path]


def test_only_secrets_that_something_names() -> None:
    annotations = {"nginx.ingress.kubernetes.io/auth-secret": "other/basic"}
    cluster = FakeCluster(
        [
            with_tls("a", "a.example"),
            ingress("b", "b.example", annotations=annotations),
            secret("a-tls"), secret("unnamed"), secret("basic", "Opaque", "other"),
        ]
    )  # fmt: skip
    found = read(cluster)
    assert [one.meta.key for one in found.secrets] == ["default/a-tls", "other/basic"]
    assert "Secret" in found.read
    assert sorted(asked_for(cluster, "secrets")) == [
        "/api/v1/namespaces/default/secrets/a-tls", "/api/v1/namespaces/other/secrets/basic"
    ]  # fmt: skip
    # Of one request's host alone.
    assert [one.meta.name for one in read(cluster, host="a.example").secrets] == ["a-tls"]


def test_many_secrets_are_one_list() -> None:
    names = [f"i{number}" for number in range(60)]
    objects = [with_tls(name, f"{name}.example") for name in names]
    cluster = FakeCluster([*objects, *(secret(f"{name}-tls") for name in names), secret("x")])
    found = read(cluster)
    assert len(found.secrets) == 60
    assert asked_for(cluster, "secrets") == ["/api/v1/secrets"]


def test_secrets_that_may_not_be_read_are_told_and_not_fatal() -> None:
    cluster = FakeCluster([with_tls("a", "a.example"), secret("a-tls")])
    cluster.fail("GET", "/secrets", FORBIDDEN)
    found = read(cluster)
    assert [(one.code, one.fix) for one in found.findings] == [("KI905", "ask for the right")]
    assert "Secret" not in found.read


def test_ingresses_have_to_be_readable() -> None:
    cluster = FakeCluster([ingress()])
    cluster.fail("GET", "/ingresses", FORBIDDEN)
    with pytest.raises(ApiForbidden):
        read(cluster)


@pytest.mark.parametrize("name", ["..", "a/b/c", "A b", "", "x\x1b"])
def test_names_that_cannot_be_asked_for_are_not(name: str) -> None:
    cluster = FakeCluster([ingress(tls=[{"secretName": name}])])
    assert read(cluster).secrets == ()
    assert asked_for(cluster, "secrets") == []


def test_the_config_map_that_the_controller_was_told() -> None:
    deployment, service = controller()
    arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    arguments.append("--configmap=$(POD_NAMESPACE)/ingress-nginx-controller")
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "ingress-nginx-controller", "namespace": "ingress-nginx"},
        "data": {"ssl-redirect": "false"},
    }
    found = read(FakeCluster([deployment, service, config]))
    assert [one.data for one in found.config_maps] == [{"ssl-redirect": "false"}]


# ---------------------------------------------------------------- which controller


def both() -> FakeCluster:
    outer, inner = ingress("a", "a.example"), ingress("b", "b.example", ingressClassName="inner")
    classes = (ingress_class(), ingress_class("inner", "c/inner"))
    inside = controller(name="inner")
    arguments = inside[0]["spec"]["template"]["spec"]["containers"][0]["args"]
    arguments.append("--controller-class=c/inner")
    return FakeCluster([outer, inner, *classes, *controller(), *inside])


def test_by_class_by_name_and_by_host() -> None:
    found = read(both())
    assert len(live_tables(found)) == 2
    with pytest.raises(UsageError, match="several controllers could be meant"):
        the_one(live_tables(found))
    for how in ({"ingress_class": "inner"}, {"host": "b.example"}):
        one = the_one(live_tables(found, **how))  # type: ignore[arg-type]
        assert one is not None
        assert one.table.ingress_class == "inner"
    assert len(live_tables(found, controller="ingress-nginx")) == 2
    with pytest.raises(UsageError, match="serves the class 'nope'"):
        live_tables(found, ingress_class="nope")


def test_nobody() -> None:
    assert live_tables(read(FakeCluster([ingress()]))) == ()
    # Who is asked for by name is told what it would do.
    [one] = live_tables(read(FakeCluster([ingress()])), controller="generic")
    assert (one.running, one.table.controller) == (None, "generic")


def test_a_controller_beside_the_cluster() -> None:
    annotated = ingress("a", "a.example", path("/"), ingressClassName=None)
    annotated["metadata"]["annotations"] = {"kubernetes.io/ingress.class": "gce"}
    [one] = live_tables(read(FakeCluster([annotated])))
    assert (one.running, one.table.controller) == (None, "gke")


def test_one_beside_the_cluster_whose_routes_are_not_modelled() -> None:
    kind = ingress_class("kind", "kind.sigs.k8s.io/ingress-controller")
    objects = [kind, ingress(ingressClassName="kind"), ingress("other")]
    [one] = live_tables(read(FakeCluster(objects)))
    assert (one.running, one.table.controller) == (None, "cloud-provider-kind")
    assert [each.meta.name for each in one.table.loaded] == ["web"]
    assert [each.code for each in one.table.findings] == ["KI207"]
    assert one.judged().title == "cloud-provider-kind"


def test_what_judging_must_know_of_one_that_does_not_run_here() -> None:
    found = read(FakeCluster([ingress()]))
    [one] = live_tables(found, controller="ingress-nginx")
    told = one.judged("default/web")
    fake = "Kubernetes Ingress Controller Fake Certificate"
    assert (told.name, told.fake_certificate) == ("ingress-nginx", fake)
    assert (told.title, told.page) == ("ingress-nginx", "<center>nginx</center>")
    assert (told.entry, told.ready, told.desired) == ("default/web", 1, 1)


@pytest.mark.parametrize("name", ["generic", "gateway-api"])
def test_a_specification_may_be_anybody_s(name: str) -> None:
    [one] = live_tables(read(FakeCluster([ingress()])), controller=name)
    assert one.judged().name == ""


def test_of_one_that_runs_its_pods_are_known() -> None:
    [one] = live_tables(read(FakeCluster([ingress(), ingress_class(), *controller(ready=0)])))
    told = one.judged("default/web")
    assert (told.title, told.ready) == ("ingress-nginx 1.15.1", 0)
    assert told.entry == "ingress-nginx/ingress-nginx-controller"
