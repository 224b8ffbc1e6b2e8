"""Where a request fails first, and what that means; scenarios produce most of it, too."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Failure, Timings, Unreachable
from kubectl_ingress.core.fingerprints import PLAIN_TO_TLS
from kubectl_ingress.core.pods import ContainerPort
from kubectl_ingress.core.vantage import Place, Via
from kubectl_ingress.core.verdict import Verdict
from kubectl_ingress.doctor.blame import Blamed, Hop, blame
from kubectl_ingress.doctor.requests import Planned, planned
from kubectl_ingress.livechoice import Live
from tests.manifests import ingress, nginx

from .cases import case_of

CASE = case_of(ingress("web", "a.example"))
[ONE] = planned(CASE)[0]
PORTS = {Via.POD: "default/web-1", Via.CONTROLLER: "ingress-nginx/c-1", Via.LB: ""}


def hop(via: Via, result: Answer | Failure, code: str = "", away: bool = False) -> Hop:
    place = Place(via, "10.0.0.1", 8080, str(via), PORTS[via])
    if isinstance(result, Failure):
        came: Answer | Unreachable = Unreachable(result, "detail", "connect", Timings(0.1))
    else:
        came = result
    verdict = Verdict("error" if code else "ok", "said by the verdict", code, "fix")
    return Hop(place, ONE.request, came, verdict, away)


def answer(status: int, body: str = "", **headers: str) -> Answer:
    return Answer(status, tuple(headers.items()), body.encode(), Timings(0.01), "10.0.0.1")


def told(one: Planned, *hops: Hop) -> Blamed:
    first = next(each for each in hops if each.failed)
    return blame(one, hops, first, CASE)


FINE = hop(Via.POD, answer(200))


def test_nobody_listens() -> None:
    found = told(ONE, hop(Via.POD, Failure.REFUSED, "KI109"), hop(Via.LB, answer(502), "KI109"))
    assert found["code"] == "KI109"
    assert "fails first at the pod: nothing listens on port 8080" in found["message"]
    assert "to which Service default/web leads" in found["message"]


def test_the_application_itself() -> None:
    found = told(ONE, hop(Via.POD, answer(500), "KI106"), hop(Via.LB, answer(500), "KI106"))
    assert found["code"] == "KI106"
    assert "the application itself answers 500 to /" in found["message"]
    assert found["fix"] == "kubectl logs -n default web-1"


def test_a_pod_that_speaks_tls() -> None:
    found = told(ONE, hop(Via.POD, answer(400, PLAIN_TO_TLS), "KI114"))
    assert found["code"] == "KI114"
    assert "speaks TLS, and the controller asks it in plain HTTP" in found["message"]
    assert "nginx.ingress.kubernetes.io/backend-protocol=HTTPS" in found["fix"]


@pytest.mark.parametrize(("protocol", "asked"), [("HTTPS", "TLS"), ("GRPC", "gRPC")])
def test_a_pod_that_speaks_plain_http(protocol: str, asked: str) -> None:
    meta = replace(
        ONE.ingress.meta,
        annotations={"nginx.ingress.kubernetes.io/backend-protocol": protocol},
    )
    one = replace(ONE, ingress=replace(ONE.ingress, meta=meta))
    found = told(one, FINE, hop(Via.CONTROLLER, answer(502), "KI114"))
    assert found["code"] == "KI114"
    assert f"speaks plain HTTP, and the controller asks it in {asked}" in found["message"]
    assert found["fix"].endswith("nginx.ingress.kubernetes.io/backend-protocol-")


def of(controller: str, one: Planned = ONE) -> Planned:
    """The same of another controller."""
    return replace(one, live=Live(replace(one.live.table, controller=controller), None))


AS_JUDGED = "fails first at the controller: said by the verdict"


@pytest.mark.parametrize("controller", ["traefik", "f5-nginx", "kong", "gke"])
def test_who_reads_no_annotation_of_ingress_nginx_is_told_of_none(controller: str) -> None:
    """Whatever the pods speak, and however big their answers are."""
    told_of_tls = told(of(controller), hop(Via.POD, answer(400, PLAIN_TO_TLS), "KI114"))
    assert told_of_tls["fix"] == "fix"
    tls = replace(FINE, request=replace(ONE.request, scheme="https"))
    asked_plainly = hop(Via.CONTROLLER, answer(400, PLAIN_TO_TLS), "KI114")
    assert AS_JUDGED in told(of(controller), tls, asked_plainly)["message"]
    big = replace(FINE, result=answer(200, X="b" * 9000))
    assert (
        AS_JUDGED in told(of(controller), big, hop(Via.CONTROLLER, answer(502), "KI109"))["message"]
    )
    # It is left over from the controller that was there before.
    meta = replace(ONE.ingress.meta, annotations=nginx(backend_protocol="HTTPS"))
    left = replace(ONE, ingress=replace(ONE.ingress, meta=meta))
    failed = hop(Via.CONTROLLER, answer(502), "KI109")
    assert AS_JUDGED in told(of(controller, left), FINE, failed)["message"]


@pytest.mark.parametrize(
    ("controller", "annotation"),
    [
        ("traefik-nginx", "nginx.ingress.kubernetes.io/backend-protocol=HTTPS"),
        ("alb", "alb.ingress.kubernetes.io/backend-protocol=HTTPS"),
    ],
)
def test_who_reads_an_annotation_is_told_of_it(controller: str, annotation: str) -> None:
    found = told(of(controller), hop(Via.POD, answer(400, PLAIN_TO_TLS), "KI114"))
    assert found["fix"].endswith(f"--overwrite {annotation}")


@pytest.mark.parametrize("name", ["http", "web", ""])
def test_a_port_of_the_service_that_leads_to_tls(name: str) -> None:
    """The one for plain HTTP is called as the controller's pods call it."""
    running = ONE.live.running
    assert running is not None
    assert running.service is not None
    ports = (ContainerPort("https", 8443), ContainerPort(name, 8080))
    spec = replace(running.workload.spec, ports=ports)
    [first, *rest] = running.service.ports
    live = replace(
        ONE.live,
        running=replace(
            running,
            workload=replace(running.workload, spec=spec),
            service=replace(running.service, ports=(replace(first, target="https"), *rest)),
        ),
    )
    refused = hop(Via.CONTROLLER, answer(400, PLAIN_TO_TLS), "KI114")
    found = told(replace(ONE, live=live), FINE, refused)
    if not name:
        assert AS_JUDGED in found["message"]
        return
    assert found["code"] == "KI620"
    assert "leads to the controller's TLS port (https)" in found["message"]
    assert f'"value": "{name}"' in found["fix"]


def test_the_controller_waits_for_a_pod_that_answers_from_here() -> None:
    found = told(ONE, FINE, hop(Via.CONTROLLER, answer(504), "KI109"))
    assert found["code"] == "KI109"
    assert "a NetworkPolicy may shut the controller out" in found["message"]


def test_what_stands_before_the_controller() -> None:
    fine = hop(Via.CONTROLLER, answer(200))
    found = told(ONE, FINE, fine, hop(Via.LB, Failure.TIMEOUT, "KI604"))
    assert found["code"] == "KI604"
    assert "the controller answers 200 when it is asked directly" in found["message"]
    assert "security group" in found["fix"]


@pytest.mark.parametrize("via", [Via.POD, Via.CONTROLLER])
def test_where_nothing_behind_is_reached_nobody_says_first(via: Via) -> None:
    away = hop(via, Failure.TIMEOUT, away=True)
    found = told(ONE, away, hop(Via.LB, answer(502), "KI109"))
    assert "fails at the lb: said by the verdict" in found["message"]
    assert (found["code"], found["fix"]) == ("KI109", "fix")


def test_a_head_that_is_too_big() -> None:
    big = replace(FINE, result=answer(200, X="b" * 9000))
    found = told(ONE, big, hop(Via.CONTROLLER, answer(502), "KI109"))
    assert "bytes of headers" in found["message"]
    assert "proxy-buffer-size=16k" in found["fix"]
