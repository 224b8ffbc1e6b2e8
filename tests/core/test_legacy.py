"""Beta objects are read as Kubernetes converts them; what is of no version is left out."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.core.objects import Origin, PortRef, Snapshot
from kubectl_ingress.core.parse import parse_snapshot

FILE = Origin("a.yaml", 3)


def parsed(*objects: Any) -> Snapshot:
    return parse_snapshot([(one, FILE) for one in objects], offline=True)


def beta(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "extensions/v1beta1",
        "kind": "Ingress",
        "metadata": {"name": "web"},
        "spec": spec,
    }


@pytest.mark.parametrize(
    ("written", "port"),
    [(80, PortRef(80)), ("http", PortRef(None, "http")), ("8080", PortRef(8080))],
)
def test_backends(written: object, port: PortRef) -> None:
    backend = {"serviceName": "web", "servicePort": written}
    found = parsed(
        beta(backend=backend, rules=[{"host": "a", "http": {"paths": [{"backend": backend}]}}])
    )
    [ingress] = found.ingresses
    [path] = ingress.rules[0].paths
    assert ingress.default_backend is not None
    assert path.backend is not None
    assert (ingress.default_backend.port, path.backend.port) == (port, port)
    assert path.path_type == "ImplementationSpecific"
    [finding] = found.findings
    assert (finding.code, finding.level, finding.origin) == ("KI902", "error", FILE)
    assert finding.fix == "kubectl ingress convert -f a.yaml"


@pytest.mark.parametrize(
    "spec",
    [
        {"backend": 5}, {"rules": 5}, {"rules": [5, {"http": 5}, {"http": {"paths": [5, None]}}]},
        {"backend": {"serviceName": 5, "servicePort": []}}, {"backend": {"serviceName": "a"}},
        {"rules": [{"http": {"paths": [{"backend": {"serviceName": None}}]}}]},
    ],
)  # fmt: skip
def test_wrong_shapes_are_told_and_nothing_more(spec: dict[str, Any]) -> None:
    found = parsed(beta(**spec))
    assert len(found.ingresses) == 1
    assert {one.code for one in found.findings} <= {"KI901", "KI902"}
    assert all(one.origin == FILE for one in found.findings)


def test_a_kind_of_that_name_in_another_group_is_not_ours() -> None:
    found = parsed(
        {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "a"}},
        {"apiVersion": "config.openshift.io/v1", "kind": "Ingress", "metadata": {"name": "a"}},
    )
    assert (found.services, found.ingresses, found.findings) == ((), (), ())


def test_a_version_that_never_was_is_left_out_and_none_is_read_as_now() -> None:
    meta = {"name": "a"}
    found = parsed({"apiVersion": "networking.k8s.io/v7", "kind": "Ingress", "metadata": meta})
    assert found.ingresses == ()
    assert "no apiVersion networking.k8s.io/v7 of Ingress" in found.findings[0].message
    found = parsed({"kind": "Ingress", "metadata": meta})
    assert len(found.ingresses) == 1
    assert "no apiVersion" in found.findings[0].message


def test_beta_fields_under_v1_are_told() -> None:
    backend = {"serviceName": "a", "servicePort": 80}
    spec = {"rules": [{"http": {"paths": [{"path": "/", "backend": backend}]}}]}
    found = parsed({**beta(), "apiVersion": "networking.k8s.io/v1", "spec": spec})
    [finding] = found.findings
    assert "serviceName is not a field of networking.k8s.io/v1" in finding.message
    assert finding.field == ("spec", "rules", 0, "http", "paths", 0, "backend", "serviceName")
    assert finding.fix == "kubectl ingress convert -f a.yaml"
    twice = {"rules": [*spec["rules"], *spec["rules"]], "backend": backend}
    found = parsed({**beta(), "apiVersion": "networking.k8s.io/v1", "spec": twice})
    [finding] = found.findings
    assert finding.field == ("spec", "backend")


def test_of_two_objects_of_one_name_the_last_stays_and_both_places_are_told() -> None:
    first, second = beta(rules=[{"host": "a"}]), beta(rules=[{"host": "b"}])
    found = parse_snapshot([(first, Origin("a.yaml", 1)), (second, Origin("b.yaml", 9))])
    [ingress] = found.ingresses
    assert ingress.rules[0].host == "b"
    [finding] = [one for one in found.findings if one.code == "KI903"]
    assert "a.yaml:1" in finding.message
    assert finding.origin == Origin("b.yaml", 9)
    # A Deployment and a DaemonSet may have one name.
    pair = [
        {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a"}}
        for kind in ("Deployment", "DaemonSet")
    ]
    assert (len(parsed(*pair).workloads), parsed(*pair).findings) == (2, ())


def test_kinds_of_others_have_the_versions_that_they_have() -> None:
    found = parsed(
        {"apiVersion": "k8s.nginx.org/v1", "kind": "VirtualServer", "metadata": {"name": "a"}},
        {
            "apiVersion": "gateway.networking.k8s.io/v1beta1",
            "kind": "HTTPRoute",
            "metadata": {"name": "a"},
        },
    )
    assert (len(found.customs), len(found.http_routes), found.findings) == (1, 1, ())
