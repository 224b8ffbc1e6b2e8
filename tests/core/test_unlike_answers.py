"""What of two answers is compared, and what is not."""

from __future__ import annotations

import json

from kubectl_ingress.core.answer import Answer, Failure, Timings, Unreachable
from kubectl_ingress.core.unlike_answers import differences, facets, unsteady
from kubectl_ingress.core.who_answered import Pods
from tests.manifests import slice_of, snapshot

PODS = Pods(snapshot(slice_of("web", "web-1", "web-2"), slice_of("api", "api-1")))


def answer(status: int = 200, body: str = "", *headers: tuple[str, str]) -> Answer:
    return Answer(status, headers, body.encode(), Timings(0.1), "203.0.113.1")


def unlike(old: Answer | Unreachable, new: Answer | Unreachable) -> dict[str, object]:
    found = differences(facets(old, PODS), facets(new, PODS), ())
    return {one.field: (one.expected, one.actual) for one in found}


def test_pods_of_one_service_are_one() -> None:
    assert unlike(answer(body="I am web-1"), answer(body="I am web-2")) == {}
    found = unlike(answer(body="I am web-1"), answer(body="I am api-1"))
    assert found == {"backend": ("default/web", "default/api")}


def test_echoes_are_compared_by_what_they_tell() -> None:
    one = json.dumps({"path": "/x", "pod": "web-1", "headers": {"X-Request-Id": "1"}})
    two = json.dumps({"path": "/y", "pod": "web-2", "headers": {"X-Request-Id": "2"}})
    assert unlike(answer(body=one), answer(body=one.replace('"1"', '"3"'))) == {}
    assert unlike(answer(body=one), answer(body=two)) == {"upstreamPath": ("/x", "/y")}
    assert set(unlike(answer(body=one), answer(body="web-1"))) == {"upstreamPath"}


def test_headers_that_matter() -> None:
    old = answer(
        200, "", ("Date", "1"), ("Cache-Control", "no-store"), ("Set-Cookie", "a=1; Path=/")
    )
    new = answer(200, "", ("date", "2"), ("cache-control", "private"), ("Set-Cookie", "a=2"))
    assert unlike(old, new) == {"headers.Cache-Control": ("no-store", "private")}
    gone = answer(200, "", ("Cache-Control", "no-store"))
    assert unlike(old, gone) == {"headers.Set-Cookie": ("a", None)}


def test_status_location_and_body() -> None:
    found = unlike(answer(301, "x", ("Location", "/a")), answer(308, "y", ("Location", "/b")))
    assert found["status"] == ("301", "308")
    assert found["location"] == ("/a", "/b")
    assert set(found) == {"status", "location"}
    assert set(unlike(answer(404, "x"), answer(404, "y"))) == {"body"}


def test_a_controller_s_own_page_is_no_difference() -> None:
    nginx = answer(404, "<center>nginx</center>", ("Content-Type", "text/html"))
    kong = answer(
        404,
        '{"message":"no Route matched with those values"}',
        ("Server", "kong/3.9"),
        ("Content-Type", "application/json"),
    )
    assert unlike(nginx, kong) == {}
    assert set(unlike(nginx, answer(404, "no such page"))) == {"body"}
    # An application's own page is one, whoever it resembles.
    assert set(unlike(answer(404, "web-1: <center>nginx</center>"), kong)) >= {"body", "backend"}


def test_no_answer_is_all_that_differs() -> None:
    nothing = Unreachable(Failure.TIMEOUT, "", "answer", Timings(1.0))
    assert unlike(answer(), nothing) == {"answer": ("came", "no answer in time")}


def test_what_varies_by_itself() -> None:
    one, two = facets(answer(body="1"), PODS), facets(answer(404, "2"), PODS)
    assert unsteady(one, two) == ("status", "body")
    assert differences(one, two, ("status", "body")) == ()
