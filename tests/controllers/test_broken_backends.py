"""Backends that nobody is behind: what is said of them, and the command that mends it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.controllers._backends import Broken, resolve
from kubectl_ingress.core.objects import Finding, PortRef, ServiceBackend, Snapshot
from tests.manifests import ingress, path, service, slice_of, snapshot

NAMED = {"name": "http", "port": 80, "targetPort": "htttp"}


def made(*ports: dict[str, Any]) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"image": "web", "ports": list(ports)}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 1, "template": template},
    }


def broken(found: Snapshot, port: PortRef = PortRef(80)) -> Finding:
    result = resolve(found, "default", ServiceBackend("web", port))
    assert isinstance(result, Broken)
    return result.finding


def without_ports(*pods: str, **how: Any) -> dict[str, Any]:
    return {**slice_of("web", *pods, **how), "ports": []}


@pytest.mark.parametrize(
    ("ports", "meant"),
    [
        (({"name": "http", "containerPort": 8080},), "http"),
        (({"name": "http", "containerPort": 8080}, {"containerPort": 9}), "http"),
        (({"name": "web", "containerPort": 8080},), 8080),
        (({"name": "web", "containerPort": 8080}, {"containerPort": 9}), None),
    ],
)
def test_a_target_port_of_a_name_that_no_pod_has(
    ports: tuple[dict[str, Any], ...], meant: str | int | None
) -> None:
    found = broken(snapshot(service("web", NAMED), without_ports(), made(*ports)))
    assert (found.code, found.level) == ("KI115", "error")
    assert "leads to port htttp of the pods, and Deployment web says 8080" in found.message
    assert "selects no pod" not in found.message
    if meant is None:
        assert found.fix == "the port that the containers listen on"
    else:
        assert f'"/spec/ports/0/targetPort", "value": {json.dumps(meant)}' in found.fix


def test_a_target_port_of_a_name_where_nobody_says_what_there_is() -> None:
    found = broken(snapshot(service("web", NAMED), without_ports()))
    assert found.code == "KI115"
    assert "and none of them has one of that name" in found.message
    assert found.fix == "kubectl edit service web"


def test_no_pod_at_all_is_no_matter_of_ports() -> None:
    empty = {**without_ports(), "endpoints": []}
    assert broken(snapshot(service("web", NAMED), empty)).code == "KI105"


def test_pods_that_are_not_ready_are_left_to_who_reads_their_events() -> None:
    objects = service(), slice_of(ready=False)
    fix = "kubectl ingress doctor\nkubectl get pods -l app=web"
    assert broken(snapshot(*objects)).fix == fix
    there = replace(snapshot(*objects), namespace="other")
    assert broken(there).fix.startswith("kubectl ingress doctor -n default\n")
    files = replace(snapshot(*objects), offline=True)
    assert broken(files).fix == "kubectl get pods -l app=web"


def test_where_nothing_makes_the_pods_it_is_said() -> None:
    """As after a Deployment was deleted: to look for its pods shows nothing."""
    empty = {**without_ports(), "endpoints": []}
    deleted = snapshot(service(), empty)
    said = "Service default/web selects no pod (selector app=web)"
    found = broken(deleted)
    assert found.message == f"{said}, and no Deployment or DaemonSet makes one"
    assert found.fix == "kubectl get deployments,daemonsets -o wide"
    look = "kubectl get pods -l app=web"
    # There is one, whose pods are not there yet.
    found = broken(snapshot(service(), empty, made()))
    assert (found.message, found.fix) == (said, look)
    # Nobody has looked for one.
    for unread in (
        replace(deleted, read=deleted.read - {"DaemonSet"}),
        replace(deleted, offline=True),
    ):
        found = broken(unread)
        assert (found.message, found.fix) == (said, look)


ONE = {"name": "web-port", "port": 80, "targetPort": 8080}
TWO = {"name": "admin", "port": 8000, "targetPort": 8000}
PLACE = "/spec/rules/0/http/paths/{}/backend/service/port"


@pytest.mark.parametrize(
    ("ports", "written", "meant"),
    [
        ((ONE,), "htp", {"name": "web-port"}),
        ((ONE,), 81, {"number": 80}),
        ((ONE, TWO), "web-prot", {"name": "web-port"}),
        ((ONE, TWO), 81, None),
        ((ONE, TWO), "other", None),
    ],
)
def test_a_port_that_one_ingress_alone_means(
    ports: tuple[dict[str, Any], ...], written: str | int, meant: dict[str, Any] | None
) -> None:
    one = ingress("web", "a.example", path("/", "web", written), path("/b"), path("/c", "web", 80))
    wanted = PortRef(written) if isinstance(written, int) else PortRef(name=written)
    found = broken(snapshot(service("web", *ports), slice_of(), one), wanted)
    assert found.code == "KI104"
    if meant is None:
        assert found.fix == "kubectl edit ingress web"
        return
    start = "kubectl patch ingress web --type=json -p '"
    assert found.fix.startswith(start)
    patch = json.loads(found.fix.removeprefix(start).removesuffix("'"))
    assert patch == [{"op": "replace", "path": PLACE.format(0), "value": meant}]


def test_a_port_that_several_mean_is_more_likely_one_that_the_service_has_lost() -> None:
    both = [ingress(name, "a.example", path(f"/{name}", "web", 81)) for name in ("a", "b")]
    found = broken(snapshot(service("web", ONE), slice_of(), *both), PortRef(81))
    assert found.fix == "kubectl edit service web"


def test_every_place_of_an_ingress_is_mended() -> None:
    spare = {"service": {"name": "web", "port": {"number": 81}}}
    one = ingress("web", "a.example", path("/", "web", 81), defaultBackend=spare)
    fix = broken(snapshot(service("web", ONE), slice_of(), one), PortRef(81)).fix
    assert '"/spec/defaultBackend/service/port"' in fix
    assert f'"{PLACE.format(0)}"' in fix
