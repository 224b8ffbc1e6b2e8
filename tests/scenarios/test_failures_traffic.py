"""Failures that only traffic shows: what `test` says of each, and at which hop `doctor` sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from kubectl_ingress.lab.kubelet.images import IMAGES, WebServer
from kubectl_ingress.lab.serving import Request, Response

from .doctored import asked, deploy, examined, found, gone, mend

if TYPE_CHECKING:
    from kubectl_ingress.lab.kubelet.node import Node
    from kubectl_ingress.lab.kubelet.workload import Container, Workload

    from .world import World

NAMESPACE = "traffic"
NAME = "ingress-nginx-controller"
URL = "http://a.example/echo"


def _answer(request: Request) -> Response:
    if request.path == "/round":
        host = request.headers.get("host", "")
        return Response(307, "", headers=(("Location", f"http://{host}/round"),))
    if request.path == "/big":
        return Response(200, "big", headers=(("X-Big", "b" * 6000),))
    if request.path == "/alb":
        return Response(503, "Backend service does not exist")
    return Response(200, "plain")


def odd(container: Container, _node: Node) -> Workload:
    """An application that redirects to itself, has a huge head, and speaks as an ALB does."""
    return WebServer(container, 8080, _answer)


@pytest.fixture(scope="module", autouse=True)
def installed(bed: World) -> Iterator[None]:
    bed.node.images[:0] = [("example/odd", odd), ("example/late", odd)]
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    bed.kubectl("create", "namespace", NAMESPACE)
    bed.kubectl("config", "set-context", "--current", f"--namespace={NAMESPACE}")
    deploy(bed, "echo", namespace=NAMESPACE)
    bed.kubectl("create", "deployment", "odd", "--image=registry.example/example/odd:1")
    bed.kubectl("expose", "deployment", "odd", "--port=80", "--target-port=8080")
    bed.wait_for(lambda: bed.endpoints("odd", NAMESPACE), 30, "an odd pod")
    yield
    bed.node.images[:] = list(IMAGES)


@pytest.fixture(autouse=True)
def _restored(bed: World) -> Iterator[None]:
    yield
    bed.kubectl("delete", "ingress", "--all")


def ingress(bed: World, path: str = "/echo*", backend: str = "echo:80", **annotations: str) -> None:
    given = [
        f"--annotation=nginx.ingress.kubernetes.io/{name.replace('_', '-')}={value}"
        for name, value in annotations.items()
    ]
    rule = f"--rule=a.example{path}={backend}"
    bed.kubectl("create", "ingress", "web", "--class=nginx", rule, *given)


def hops(checks: list[dict[str, Any]]) -> dict[str, str]:
    """Hop -> state, of the last look."""
    return {
        one["label"].strip(): one["state"]
        for one in checks
        if one["check"] == "hops" and one["label"].startswith("  ")
    }


def test_row_12_why_no_pod_is_ready(bed: World) -> None:
    bed.node.unpullable.add("example/late")
    bed.kubectl("create", "deployment", "late", "--image=registry.example/example/late:1")
    bed.kubectl("expose", "deployment", "late", "--port=80", "--target-port=8080")
    ingress(bed, backend="late:80")
    try:
        found(bed, "KI105")

        def told() -> bool:
            _, checks = examined(bed)
            [one] = [one for one in checks if one["check"] == "application"]
            assert "cannot be pulled" in one["message"]
            assert [each["check"] for each in checks if each["code"] == "KI105"] == ["application"]
            return True

        bed.wait_for(told, 20, "the reason is told")
    finally:
        bed.node.unpullable.clear()
    gone(bed, "KI105")
    bed.kubectl("delete", "deployment,service", "late")


def test_row_13_nobody_listens_on_the_target_port(bed: World) -> None:
    bed.kubectl("expose", "deployment", "echo", "--name=wrong", "--port=80", "--target-port=9")
    bed.wait_for(lambda: bed.endpoints("wrong", NAMESPACE), 20, "endpoints")
    ingress(bed, backend="wrong:80")
    asked(bed, URL, code="KI109")
    one = found(bed, "KI109")
    assert "fails first at the application's pod" in one["message"]
    assert "port 9, to which Service traffic/wrong leads" in one["message"]
    assert hops(examined(bed)[1])["pod"] == "error"
    mend(bed, one["fix"])
    asked(bed, URL, code="")
    gone(bed, "KI109")


def test_row_16_the_controller_asks_a_plain_backend_in_tls(bed: World) -> None:
    """The played controller speaks no TLS to backends and sends 503 where a real one sends 502."""
    ingress(bed, backend_protocol="HTTPS")
    one = found(bed, "KI114")
    assert "speaks plain HTTP, and the controller asks it in TLS" in one["message"]
    mend(bed, one["fix"])
    asked(bed, URL, code="")
    gone(bed, "KI114")


def test_row_17_the_load_balancers_port_leads_to_the_wrong_one(bed: World) -> None:
    """Its port 80 leads to the TLS port: so it is with 443 where TLS ends before it."""
    ingress(bed)
    asked(bed, URL, code="")

    def lead(port: str) -> None:
        patch = [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": port}]
        words = ("--type=json", "-p", json.dumps(patch))
        bed.kubectl("patch", "service", NAME, "-n", "ingress-nginx", *words)

    lead("https")
    try:
        asked(bed, URL, code="KI114")
        found(bed, "KI620")
        [one] = [c for c in examined(bed)[1] if (c["check"], c["code"]) == ("hops", "KI620")]
        assert "leads to the controller's TLS port (https)" in one["message"]
        mend(bed, one["fix"])
        asked(bed, URL, code="")
        gone(bed, "KI620")
    finally:
        lead("http")


def test_row_20_the_application_redirects_to_itself(bed: World) -> None:
    ingress(bed, "/round*", "odd:80")
    result = asked(bed, "http://a.example/round", code="KI611")
    assert result["answer"]["status"] == 307
    assert found(bed, "KI611")["area"] == "Requests"
    bed.kubectl("delete", "ingress", "web")
    # Once it redirects no more.
    ingress(bed, "/plain*", "odd:80")
    asked(bed, "http://a.example/plain", code="")
    gone(bed, "KI611")


def test_another_load_balancer_answered(bed: World) -> None:
    ingress(bed, "/alb*", "odd:80")
    result = asked(bed, "http://a.example/alb", code="KI612")
    assert "AWS ALB answered 503 itself, not ingress-nginx" in result["verdict"]["sentence"]
    mended = asked(bed, "http://a.example/alb", "--expect-status", "503", code="")
    assert mended["answer"]["status"] == 503


def test_row_34_the_head_of_the_answer_is_too_big(bed: World) -> None:
    ingress(bed, "/big*", "odd:80")
    result = asked(bed, "http://a.example/big", code="KI109")
    assert result["answer"]["status"] == 502
    one = found(bed, "KI109")
    assert "bytes of headers" in one["message"]
    assert "proxy-buffer-size=8k" in one["fix"]
    states = hops(examined(bed)[1])
    assert (states["pod"], states["lb"]) == ("fine", "error")


def test_row_49_a_limit_answers(bed: World) -> None:
    ingress(bed, limit_rps="1", limit_burst_multiplier="1")
    asked(bed, URL, code="")
    result = asked(bed, URL, "--count", "20", code="KI405")
    assert result["statuses"]["503"] > 0
    bed.kubectl("annotate", "ingress", "web", "nginx.ingress.kubernetes.io/limit-rps-")
    asked(bed, URL, "--count", "20", code="")


def test_the_guard_that_answers_is_the_one_that_is_named(bed: World) -> None:
    """In nginx's order: source ranges come before the service that is asked."""
    away, prefix = "203.0.113.9", "nginx.ingress.kubernetes.io"
    service = "http://auth.invalid/"
    ingress(bed, whitelist_source_range=away, auth_url=service, limit_rps="5")
    for status, name in ((403, "whitelist-source-range"), (500, "auth-url")):
        result = bed.wait_for(partial(_with_status, bed, status), 15, f"{status} is blamed")
        assert f"{name} of Ingress {NAMESPACE}/web" in result["sentence"]
        mend(bed, result["fix"])
        bed.kubectl("annotate", "ingress", "web", f"{prefix}/{name}-")
    asked(bed, URL, code="")


def test_passwords_that_come_later_are_taken_up(bed: World) -> None:
    """At once, and not when the controller looks again at everything."""
    ingress(bed, auth_type="basic", auth_secret="late")
    bed.wait_for(lambda: _status(bed) == 503 or None, 15, "without them it answers 503")
    bed.kubectl("create", "secret", "generic", "late", "--from-literal=auth=u:{PLAIN}p")
    try:
        bed.wait_for(lambda: _status(bed) == 401 or None, 5, "they are asked for")
    finally:
        bed.kubectl("delete", "secret", "late")


def _status(bed: World) -> int:
    done = bed.ingress("test", URL, "-o", "json")
    status: int = json.loads(done.stdout)["answer"]["status"]
    return status


def _with_status(bed: World, status: int) -> dict[str, Any]:
    result = asked(bed, URL, code="KI401")
    assert result["answer"]["status"] == status
    verdict: dict[str, Any] = result["verdict"]
    return verdict


@contextmanager
def knob(bed: World, name: str) -> Iterator[None]:
    setattr(bed.cloud, name, True)
    try:
        yield
    finally:
        setattr(bed.cloud, name, False)


@pytest.mark.parametrize(("name", "code"), [("blackhole", "KI604"), ("refuse", "KI603")])
def test_row_50_something_before_the_controller_drops_it(bed: World, name: str, code: str) -> None:
    ingress(bed)
    asked(bed, URL, code="")
    with knob(bed, name):
        asked(bed, URL, "--max-time", "1", code=code)
        one = found(bed, code, "--max-time", "1")
        assert "fails first at the load balancer" in one["message"]
        assert "the controller's pod" in one["message"]
        assert "security group" in one["fix"]
        states = hops(examined(bed, "--max-time", "1")[1])
        assert (states["pod"], states["controller"], states["lb"]) == ("fine", "fine", "error")
    gone(bed, code)


def test_row_45_the_load_balancers_name_is_not_out_yet(bed: World) -> None:
    ingress(bed)
    saved = dict(bed.dns.records)
    bed.dns.records.clear()
    try:
        asked(bed, URL, code="KI602")
        one = found(bed, "KI602")
        assert one["area"] == "Names"
        assert "kubectl ingress doctor --wait" in one["fix"]
    finally:
        bed.dns.records.update(saved)
    done = bed.ingress("doctor", "web", "--wait", "30s")
    assert done.returncode == 0, done.stdout
