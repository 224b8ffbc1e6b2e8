"""Where a request fails first, and what that means; scenarios produce most of it, too."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Failure, Timings, Unreachable
from kubectl_ingress.core.fingerprints import PLAIN_TO_TLS
from kubectl_ingress.core.vantage import Place, Via
from kubectl_ingress.core.verdict import Verdict
from kubectl_ingress.doctor.blame import Blamed, Hop, blame
from kubectl_ingress.doctor.requests import Planned, planned
from tests.manifests import ingress

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
