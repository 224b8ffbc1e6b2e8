"""Where Kong sends requests, and what it answers without a pod."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.core.request import Request
from tests.controllers.kong_worlds import (
    EXPRESSIONS,
    FLAVORS,
    HOST,
    codes,
    decide,
    one,
    served,
    table_of,
    upstream,
)
from tests.manifests import path, service, slice_of

each_flavor = pytest.mark.parametrize("flavor", FLAVORS)


# Backends.


@each_flavor
def test_the_oldest_default_backend_takes_every_host(flavor: str) -> None:
    def falls_back(name: str, to: str, age: int) -> Any:
        backend = {"service": {"name": to, "port": {"number": 80}}}
        return one(name, path("/own"), age=age, defaultBackend=backend)

    objects = (falls_back("a", "other", 2), falls_back("b", "third", 1))
    assert served(*objects, host="any.test", target="/x", flavor=flavor) == "third"
    assert served(*objects, target="/own", flavor=flavor) == "web"
    (lost,) = table_of(*objects, flavor=flavor).lost
    assert (lost.route.ingress, lost.backend, lost.finding.code) == (
        "default/a",
        "other:80",
        "KI504",
    )


def test_annotations_are_for_the_default_backend_too() -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    says = {"methods": "POST", "protocols": "https", "strip-path": "true"}
    made = one("a", says=says, defaultBackend=backend)
    made["spec"]["rules"] = []
    assert served(made, method="POST") == "426"
    assert served(made, scheme="https") == "404"
    assert upstream(made, scheme="https", target="/x/y", flavor=EXPRESSIONS) == "/x/y"


@each_flavor
@pytest.mark.parametrize(
    ("name", "port", "code"),
    [("gone", 80, "KI103"), ("web", 81, "KI104"), ("web", 8080, "KI104"), ("idle", 80, "KI105")],
)
def test_a_broken_backend_is_503(flavor: str, name: str, port: int, code: str) -> None:
    idle = [service("idle"), slice_of("idle", ready=False)]
    decision = decide(*idle, one("web", path("/", name, port)), flavor=flavor)
    assert decision.outcome.status == 503
    assert codes(decision) == [code]


@each_flavor
def test_ports_by_name_are_those_of_the_service_or_of_the_pods(flavor: str) -> None:
    ports = [{"name": "http", "port": 80, "targetPort": "web"}]
    api = [service("api", *ports), slice_of("api")]
    for name, who in (("http", "api"), ("web", "api"), ("other", "503")):
        assert served(*api, one("web", path("/", "api", name)), flavor=flavor) == who


def test_an_external_name_has_any_number_and_no_names() -> None:
    outside = service("outside")
    outside["spec"] = {
        "type": "ExternalName",
        "externalName": "out.test",
        "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
    }
    (found,) = decide(outside, one("web", path("/", "outside", 80))).outcome.backends
    assert [(e.address, e.port) for e in found.endpoints] == [("out.test", 80)]
    assert served(outside, one("web", path("/", "outside", 99))) == "outside"
    assert served(outside, one("web", path("/", "outside", "http"))) == "503"


def test_a_service_may_be_asked_by_its_own_address() -> None:
    api = service("api")
    api["metadata"]["annotations"] = {"ingress.kubernetes.io/service-upstream": "true"}
    decision = decide(api, slice_of("api"), one("web", path("/", "api")))
    (found,) = decision.outcome.backends
    assert [e.address for e in found.endpoints] == ["api.default.svc"]
    assert codes(decision) == ["KI401"]
    assert served(api, slice_of("api", ready=False), one("web", path("/", "api"))) == "502"


def test_a_backend_that_is_no_service_is_left_out() -> None:
    made = one("web", path("/x"), path("/"))
    made["spec"]["rules"][0]["http"]["paths"][0]["backend"] = {
        "resource": {"kind": "X", "name": "x"}
    }
    table = table_of(made)
    assert [(lost.route.path, lost.finding.code) for lost in table.lost] == [("/x", "KI113")]
    assert table.decide(Request(HOST, "/x")).outcome.backends[0].service == "web"


def test_a_path_type_that_does_not_exist_is_left_out() -> None:
    (lost,) = table_of(one("web", path("/", kind="Regex"))).lost
    assert lost.finding.code == "KI506"


# Certificates.


def test_the_oldest_secret_of_a_host_or_its_wildcard() -> None:
    def tls(name: str, host: str, secret: str, age: int) -> Any:
        return one(name, host=host, age=age, tls=[{"hosts": [host], "secretName": secret}])

    table = table_of(
        tls("new", "a.test", "new", 2),
        tls("old", "a.test", "old", 1),
        tls("wild", "*.b.test", "wild", 3),
        one("under", host="x.b.test"),
        one("none", host="none.test"),
    )
    found = {server.host: (server.tls, server.certificate) for server in table.servers}
    assert found["a.test"] == (True, "default/old")
    assert found["x.b.test"] == (True, "default/wild")
    assert found["none.test"] == (False, "")
