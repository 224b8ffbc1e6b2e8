"""From a backend to pods: ports, missing ones, names outside the cluster, and who stands in."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.core.request import Request
from tests.controllers.ingress_nginx.asking import (
    aged,
    codes,
    compiled,
    config_map,
    decide,
    objects_for,
    pods,
    said,
    service_of,
    table,
)
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of, snapshot

HOST = "http://a.example/"


@pytest.mark.parametrize(
    ("port", "answer", "pod_port"),
    [
        (80, "web:80 /", 8080),
        ("http", "web:80 /", 8080),
        ("pods", "web:80 /", 8080),
        (81, "web:81 /", 9090),
        (9090, "web:81 /", 9090),
        ("metrics", "web:81 /", 9090),
        (8080, "503", None),
        ("other", "503", None),
    ],
)
def test_ports(port: Any, answer: str, pod_port: int | None) -> None:
    ports = (
        {"name": "http", "port": 80, "targetPort": "pods"},
        {"name": "metrics", "port": 81, "targetPort": 9090},
    )
    piece = slice_of()
    piece["ports"] = [{"name": "http", "port": 8080}, {"name": "metrics", "port": 9090}]
    made = ingress("w", "a.example", path("/", "web", port))
    routes = compiled(ingress_class(), service("web", *ports), piece, made)
    assert said(routes, HOST) == answer
    if pod_port:
        [found] = decide(routes, HOST).outcome.backends
        assert {endpoint.port for endpoint in found.endpoints} == {pod_port}


def test_the_first_port_that_fits_is_taken() -> None:
    ports = ({"name": "a", "port": 80, "targetPort": 81}, {"name": "b", "port": 81})
    routes = compiled(
        ingress_class(),
        service("web", *ports),
        slice_of("web", port="a"),
        ingress("w", "a.example", path("/", "web", 81)),
    )
    assert said(routes, HOST) == "web:80 /"


@pytest.mark.parametrize(
    ("objects", "code"),
    [
        ((service_of("other"),), "KI103"),
        ((service_of("web"), pods("web", ready=False)), "KI105"),
        ((service_of("web"), pods("other")), ""),
        ((service("web", {"port": 81}), pods("web")), "KI104"),
    ],
)
def test_what_is_missing_is_503(objects: tuple[Any, ...], code: str) -> None:
    routes = compiled(ingress_class(), *objects, ingress())
    assert said(routes, HOST) == ("503" if code else "web:80 /")
    assert codes(decide(routes, HOST)) == ([code] if code else [])


def test_files_without_services_are_taken_to_have_them() -> None:
    assert said(compiled(ingress()), HOST) == "web:80 /"
    assert said(compiled(ingress(annotations=nginx(default_backend="spare"))), HOST) == "web:80 /"
    # With a class they were taken from a cluster.
    assert said(compiled(ingress_class(), ingress()), HOST) == "503"


def external(name: str = "web", host: str = "up.example.com", *ports: Any, **spec: Any) -> Any:
    made = service(name)
    made["spec"] = {"type": "ExternalName", "externalName": host, **spec}
    if ports:
        made["spec"]["ports"] = list(ports)
    return made


@pytest.mark.parametrize(
    ("ports", "wanted", "target"),
    [
        ((), 8088, 8088),
        (({"name": "http", "port": 8088},), "http", 8088),
        (({"name": "http", "port": 80, "targetPort": 8088},), 80, 8088),
        (({"name": "http", "port": 80, "targetPort": 8088},), "http", 8088),
        (({"name": "http", "port": 80, "targetPort": "named"},), "http", 80),
        (({"name": "http", "port": 80},), 81, 81),
    ],
)
def test_external_names(ports: tuple[Any, ...], wanted: Any, target: int) -> None:
    made = ingress("w", "a.example", path("/", "web", wanted))
    decision = decide(
        compiled(ingress_class(), external("web", "up.example.com", *ports), made), HOST
    )
    [found] = decision.outcome.backends
    assert [(e.address, e.port) for e in found.endpoints] == [("up.example.com", target)]
    assert codes(decision) == ["KI110"]


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "::1",
        "192.0.2.7",
        "no_name.example",
        "",
        "nx.invalid",
        "Upper.example",
    ],
)
def test_external_names_that_lead_nowhere(host: str) -> None:
    routes = compiled(ingress_class(), external("web", host), ingress())
    assert said(routes, HOST) == "503"
    assert codes(decide(routes, HOST)) == ["KI105"]


def test_external_names_may_be_switched_off() -> None:
    flags = ("--disable-svc-external-name=true",)
    assert said(compiled(ingress_class(), external(), ingress(), flags=flags), HOST) == "503"


def test_an_external_name_without_that_port() -> None:
    made = ingress("w", "a.example", path("/", "web", "nameless"))
    assert said(compiled(ingress_class(), external(), made), HOST) == "502"


def addressed(ip: str, *ready: bool) -> list[Any]:
    made = service_of("web")
    made["spec"]["clusterIP"] = ip
    return [ingress_class(), made, pods("web", ready=all(ready))]


WHOLE = ingress(annotations=nginx(service_upstream="true"))


def test_the_address_of_the_service_itself() -> None:
    decision = decide(compiled(*addressed("10.96.0.7"), WHOLE), HOST)
    [found] = decision.outcome.backends
    assert [(e.address, e.port) for e in found.endpoints] == [("10.96.0.7", 80)]
    globally = config_map(service_upstream="true")
    decision = decide(compiled(*addressed("10.96.0.7"), ingress(), globally), HOST)
    assert [e.address for e in decision.outcome.backends[0].endpoints] == ["10.96.0.7"]


def test_a_headless_service_has_none_so_its_pods_are_asked() -> None:
    decision = decide(compiled(*addressed("None"), WHOLE), HOST)
    assert [e.pod for e in decision.outcome.backends[0].endpoints] == ["web-1", "web-2"]


def test_nobody_takes_the_connection_there_without_a_ready_pod() -> None:
    assert said(compiled(*addressed("10.96.0.7", False), WHOLE), HOST) == "502"


def test_in_a_file_a_service_has_no_address_yet() -> None:
    decision = decide(table(WHOLE), HOST)
    assert str(decision.outcome.backends[0]) == "default/web:80"
    assert not decision.outcome.backends[0].endpoints


def test_the_first_ingress_that_names_an_upstream_decides_about_it() -> None:
    objects = addressed("10.96.0.7")
    plain = aged(ingress("plain", "b.example"), 1)
    whole = aged(ingress("whole", "a.example", annotations=nginx(service_upstream="true")), 2)
    routes = compiled(*objects, plain, whole)
    assert [e.pod for e in decide(routes, HOST).outcome.backends[0].endpoints] == ["web-1", "web-2"]
    routes = compiled(*objects, aged(plain, 2), aged(whole, 1))
    address = decide(routes, "http://b.example/").outcome.backends[0].endpoints[0].address
    assert address == "10.96.0.7"


def spared(*more: Any, **annotations: str) -> Any:
    made = ingress("w", "a.example", path("/x"), annotations=nginx(**annotations))
    spare = (service_of("spare"), pods("spare"))
    return compiled(ingress_class(), *spare, *more, made)


@pytest.mark.parametrize(
    "objects", [(), (service_of("web"), pods("web", ready=False)), (service("web", {"port": 81}),)]
)
def test_a_default_backend_stands_in(objects: tuple[Any, ...]) -> None:
    routes = spared(*objects, default_backend="spare")
    assert said(routes, f"{HOST}x/y?z") == "spare:80 /x/y?z"
    assert said(routes, f"{HOST}other") == "404"


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_one_that_is_not_there_itself_does_not(name: str) -> None:
    empty = (service_of("empty"), pods("empty", ready=False))
    assert said(spared(*empty, default_backend=name), f"{HOST}x") == "503"


def test_nobody_stands_in_for_one_that_works() -> None:
    routes = spared(service_of("web"), pods("web"), default_backend="spare")
    assert said(routes, f"{HOST}x") == "web:80 /x"


def test_one_for_the_whole_controller() -> None:
    flags = ("--default-backend-service=default/rest",)
    rest = (service_of("rest"), pods("rest"))
    routes = compiled(*objects_for(ingress("w", "a.example", path("/x"))), *rest, flags=flags)
    assert said(routes, "http://nobody.example/y") == "rest:80 /y"
    assert said(routes, f"{HOST}other") == "rest:80 /other"
    gone = compiled(*objects_for(ingress()), flags=("--default-backend-service=default/gone",))
    assert said(gone, "http://nobody.example/") == "404"


MISSING = {"custom_http_errors": "404,503"}


def test_errors_of_nginx_are_answered_by_another_backend() -> None:
    routes = spared(service_of("web"), **MISSING, default_backend="spare")
    # Without endpoints it is the default backend that gets the request itself.
    routes = spared(service_of("web"), pods("web", ready=False), **MISSING, default_backend="spare")
    assert said(routes, f"{HOST}x/y") == "spare:80 /x/y"
    denied = spared(
        service_of("web"),
        pods("web"),
        custom_http_errors="403",
        default_backend="spare",
        whitelist_source_range="10.0.0.0/8",
    )
    assert said(denied, f"{HOST}x/y") == "spare:80 /"
    big = spared(service_of("web"), pods("web"), custom_http_errors="413", default_backend="spare")
    assert said(big, f"{HOST}x", body_size=1 << 30) == "spare:80 /"


def test_without_such_a_backend_that_is_the_built_in_404() -> None:
    routes = spared(service_of("web"), pods("web", ready=False), **MISSING)
    assert said(routes, f"{HOST}x") == "404"
    globally = compiled(
        ingress_class(),
        service_of("web"),
        pods("web", ready=False),
        ingress(),
        config_map(custom_http_errors="503"),
    )
    assert said(globally, HOST) == "404"


def test_an_own_list_stands_in_for_that_of_the_config_map() -> None:
    objects = (ingress_class(), service_of("web"), pods("web", ready=False))
    own = ingress(annotations=nginx(custom_http_errors="404"))
    assert said(compiled(*objects, own, config_map(custom_http_errors="503")), HOST) == "503"


def test_what_a_pod_answers_nobody_knows_but_who_answers_then() -> None:
    routes = spared(service_of("web"), pods("web"), **MISSING, default_backend="spare")
    decision = decide(routes, f"{HOST}x/y")
    assert str(decision.outcome.backends[0]) == "default/web:80"
    step = next(step for step in decision.steps if step.stage == "errors")
    assert step.text == (
        "if the backend answers 404, 503, the answer comes from default/spare:80, asked for /"
    )
    assert said(routes, f"{HOST}nope") == "404"


def test_redirects_are_no_errors() -> None:
    routes = spared(
        service_of("web"), **MISSING, default_backend="spare", permanent_redirect="https://d"
    )
    assert said(routes, f"{HOST}x") == "301 https://d"


def labelled(kind: str, name: str, namespace: str = "default", **labels: str) -> Any:
    template = {"metadata": {"labels": labels}, "spec": {}}
    meta = {"name": name, "namespace": namespace}
    spec = {"replicas": 1, "template": template}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": spec}


@pytest.mark.parametrize(
    ("workloads", "named"),
    [
        ([labelled("Deployment", "d", app="wbe")], "Deployment d have app=wbe"),
        ([labelled("DaemonSet", "d", app="wbe", tier="front")], "DaemonSet d have app=wbe"),
        # Neither is nearer than the other.
        ([labelled("Deployment", "d", app="wbe"), labelled("Deployment", "e", app="ewb")], ""),
        ([labelled("Deployment", "d", app="shop")], ""),
        ([labelled("Deployment", "d", tier="web")], ""),
        ([labelled("Deployment", "d", "other", app="wbe")], ""),
        # It has pods of its own, which are not there yet.
        ([labelled("Deployment", "d", app="wbe"), labelled("Deployment", "e", app="web")], ""),
    ],
)
def test_a_selector_that_is_a_slip_is_told_with_the_pods_that_are_meant(
    workloads: list[Any], named: str
) -> None:
    world = snapshot(ingress_class(), service(), ingress(), *workloads)
    [found] = ingress_nginx.compile(world).decide(Request("a.example")).findings
    assert found.code == "KI105"
    told = f"Service default/web selects no pod (selector app=web): those of {named}"
    assert (found.message == told) is bool(named), found.message
    if named:
        # There is nothing that this could take away.
        patch = '{"spec": {"selector": {"app": "wbe"}}}'
        assert found.fix == f"kubectl patch service web -n default -p '{patch}'"
