"""RouteTest documents: what they may hold, and how an outcome is judged."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.core.request import Backend, Decision, Outcome, OutcomeKind, Request
from kubectl_ingress.core.route_judging import Judged, Status, judge_route
from kubectl_ingress.core.route_test import (
    BackendName,
    Expected,
    RouteTest,
    RouteTests,
    parse_route_tests,
)
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.json_path import read_json_path
from tests.manifests import service, snapshot

HEAD = {"apiVersion": "kubectl-ingress/v1", "kind": "RouteTest"}


def where(path: tuple[str | int, ...]) -> str:
    return "/".join(map(str, path)) or "top"


def one_test(request: object = None, expect: object = None, **more: object) -> dict[str, object]:
    request = {"url": "http://a.example/"} if request is None else request
    return {"request": request, "expect": {"status": 200} if expect is None else expect, **more}


def parsed(*tests: object, **fields: object) -> RouteTests:
    return parse_route_tests({**HEAD, "tests": list(tests), **fields}, where, read_json_path)


def request_of(**fields: object) -> Request:
    return parsed(one_test({"url": "http://a.example/", **fields})).tests[0].request


def expected_of(**fields: object) -> Expected:
    return parsed(one_test(expect=fields)).tests[0].expected


def test_the_design_s_own_document() -> None:
    found = parsed(
        {
            "name": "echo is routed",
            "request": {
                "url": "http://jko.example.com/echo-hostname",
                "method": "GET",
                "headers": {},
                "cookies": {},
                "clientIP": None,
            },
            "expect": {
                "status": 200,
                "backend": "default/hostname-service:80",
                "upstreamPath": "/",
                "location": None,
                "weight": None,
                "refused": False,
            },
        },
        controller="ingress-nginx",
        settings={"flags": ["--a=b"], "router_flavor": "traditional"},
    )
    assert (found.controller, found.flags, found.router_flavor) == (
        "ingress-nginx",
        ("--a=b",),
        "traditional",
    )
    [one] = found.tests
    assert one.name == "echo is routed"
    assert one.request == Request("jko.example.com", "/echo-hostname")
    assert one.expected == Expected(
        statuses=(200,),
        backend=BackendName("default", "hostname-service", "80"),
        upstream_path="/",
        refused=False,
    )
    assert one.where == "tests/0"


def test_what_is_not_said_has_a_default() -> None:
    found = parsed(one_test({"url": "https://a.example/x"}))
    assert (found.controller, found.flags, found.router_flavor) == ("", (), "")
    [one] = found.tests
    assert one.name == "GET https://a.example/x"
    assert one.request == Request("a.example", "/x", "https")


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("http://a.example", "a.example", None, "/"),
        ("http://a.example?q", "a.example", None, "/?q"),
        ("http://a.example:80/", "a.example", None, "/"),
        ("https://a.example:80/", "a.example", 80, "/"),
        ("http://A.Example./x", "A.Example.", None, "/x"),
        ("http://[2001:db8::1]:81/x", "2001:db8::1", 81, "/x"),
        ("http://a.example:/x", "a.example", None, "/x"),
        ("http://a.example//x/../%2f/./y?a=/..#z", "a.example", None, "//x/../%2f/./y?a=/.."),
        ("http://a.example/ä", "a.example", None, "/%C3%A4"),
        ("http://a.example/%zz", "a.example", None, "/%zz"),
    ],
)
def test_a_url_is_sent_as_it_is_written(url: str, host: str, port: int | None, target: str) -> None:
    made = request_of(url=url)
    assert (made.host, made.port, made.target) == (host, port, target)


def test_headers_cookies_and_client() -> None:
    made = request_of(
        method="PUT",
        headers={"X-A": ["1", "2"], "X-B": "", "host": "B.example"},
        cookies={"a": "1", "b": "2"},
        clientIP="2001:db8::1",
    )
    assert made.method == "PUT"
    assert made.headers == (("X-A", "1"), ("X-A", "2"), ("X-B", ""), ("Cookie", "a=1; b=2"))
    assert (made.host, made.port, made.client) == ("B.example", None, "2001:db8::1")
    assert (made.cookie("b"), made.header_values("x-a")) == ("2", ("1", "2"))


def test_forms_of_what_is_expected() -> None:
    assert expected_of(status="2XX").statuses == ("2xx",)
    assert expected_of(status=["301", 308]).statuses == (301, 308)
    assert expected_of(backend="a/b").backend == BackendName("a", "b")
    assert expected_of(backend="a/b:http").backend == BackendName("a", "b", "http")
    share = BackendName("a", "b", "80")
    assert expected_of(backend="a/b:80", weight=30).weights == ((share, 30.0),)
    assert expected_of(weight={"a/b:80": 0.5}).weights == ((share, 0.5),)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"apiVersion": "v1"}, "top: apiVersion is 'v1'"),
        ({"tests": None}, "top: there are no tests"),
        ({"tests": []}, "top: there are no tests"),
        ({"tests": {}}, "tests: tests is not a list"),
        ({"test": [one_test()]}, "test: the document has no field 'test'"),
        ({"controller": 1}, "controller: controller is not text"),
        ({"settings": []}, "settings: settings is not a mapping"),
        ({"settings": {"flags": "--a"}}, "settings/flags: settings.flags is not a list"),
        ({"settings": {"flags": [1]}}, "settings/flags/0: settings.flags[0] is not text"),
        ({"settings": {"router_flavor": "x"}}, "router_flavor 'x' is not known"),
        ({"tests": [1]}, "tests/0: tests[0] is not a mapping"),
        ({"tests": [{}]}, "tests/0: tests[0] has no request"),
        ({"tests": [one_test(name=1)]}, "tests/0/name: tests[0].name is not text"),
        ({"tests": [one_test(name=" ")]}, "tests/0/name: tests[0] has an empty name"),
        (
            {"tests": [one_test(), one_test()]},
            "tests/1: the name 'GET http://a.example/' is that of",
        ),
        ({"tests": [{"request": {"url": "http://a/"}}]}, "tests[0] expects nothing"),
    ],
)
def test_a_document_of_another_form_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_route_tests({**HEAD, "tests": [one_test()], **fields}, where, read_json_path)
    assert message in raised.value.sentence
    assert raised.value.next_step


@pytest.mark.parametrize(
    ("request_fields", "place"),
    [
        ({"url": 1}, "url"),
        ({"url": "/x"}, "url"),
        ({"url": "ftp://a.example/"}, "url"),
        ({"url": "http:///x"}, "url"),
        ({"url": "http://a b/"}, "url"),
        ({"url": "http://a/x y"}, "url"),
        ({"url": "http://u@a.example/"}, "url"),
        ({"url": "http://a:99999/"}, "url"),
        ({"url": "http://a:0/"}, "url"),
        ({"url": "http://::1/"}, "url"),
        ({"url": "http://[::1/"}, "url"),
        ({"url": None}, ""),
        ({"url": "http://a/", "method": "GE T"}, "method"),
        ({"url": "http://a/", "headers": []}, "headers"),
        ({"url": "http://a/", "headers": {"a b": "c"}}, "headers/a b"),
        ({"url": "http://a/", "headers": {"a": 1}}, "headers/a"),
        ({"url": "http://a/", "headers": {"a": ["x", 1]}}, "headers/a/1"),
        ({"url": "http://a/", "headers": {"a": "x\r\ny: z"}}, "headers/a"),
        ({"url": "http://a/", "headers": {"Host": "a:x"}}, "headers"),
        ({"url": "http://a/", "headers": {"Host": "[a]"}}, "headers"),
        ({"url": "http://a/", "headers": {"Host": "a:8080"}}, "headers"),
        ({"url": "http://a/", "cookies": {"a": True}}, "cookies/a"),
        ({"url": "http://a/", "clientIP": "a"}, "clientIP"),
        ({"url": "http://a/", "clientIp": "10.0.0.1"}, "clientIp"),
    ],
)
def test_a_request_that_cannot_be_sent_is_refused(
    request_fields: dict[str, object], place: str
) -> None:
    with pytest.raises(InputError) as raised:
        parsed(one_test(request_fields))
    path = "tests/0/request" + (f"/{place}" if place else "")
    assert raised.value.sentence.startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("expect", "place"),
    [
        ({}, ""),
        ({"status": None}, ""),
        ({"status": 99}, "status"),
        ({"status": True}, "status"),
        ({"status": "20x"}, "status"),
        ({"status": []}, "status"),
        ({"status": [200, "x"]}, "status/1"),
        ({"backend": "web:80"}, "backend"),
        ({"backend": "a/b:"}, "backend"),
        ({"backend": ["a/b"]}, "backend"),
        ({"upstreamPath": 1}, "upstreamPath"),
        ({"location": {}}, "location"),
        ({"weight": 30}, "weight"),
        ({"backend": "a/b", "weight": "30"}, "weight"),
        ({"backend": "a/b", "weight": 101}, "weight"),
        ({"backend": "a/b", "weight": float("nan")}, "weight"),
        ({"weight": {"b": 1}}, "weight/b"),
        ({"weight": {"a/b": True}}, "weight/a/b"),
        ({"refused": 1}, "refused"),
        ({"undefined": "yes"}, "undefined"),
        ({"upstream": "/"}, "upstream"),
    ],
)
def test_an_expectation_that_is_none_is_refused(expect: dict[str, object], place: str) -> None:
    with pytest.raises(InputError) as raised:
        parsed(one_test(expect=expect))
    path = "tests/0/expect" + (f"/{place}" if place else "")
    assert raised.value.sentence.startswith(f"{path}: ")


def test_an_unknown_field_is_told_with_the_nearest_known_one() -> None:
    with pytest.raises(InputError) as raised:
        parsed(one_test(expect={"upstreampath": "/"}))
    assert raised.value.next_step == "did you mean upstreamPath?"
    with pytest.raises(InputError) as raised:
        parsed(one_test(expect={"zzz": 1}))
    assert raised.value.next_step.startswith("known are: status, backend")


WEB = Backend("default", "web", "80")
CANARY = Backend("default", "canary", "80")
WORLD = snapshot(service("web"), service("canary"))


def judged(outcome: Outcome, **expect: Any) -> Judged:
    asked = RouteTest("it", Request("a.example"), expected_of(**expect))
    return judge_route(asked, Decision(asked.request, outcome, None), WORLD)


def ends(outcome: Outcome, **expect: Any) -> list[tuple[str, object, object]] | str:
    found = judged(outcome, **expect)
    if found.status is Status.PASSED:
        assert (found.differences, found.reason) == ((), "")
        return "passed"
    assert found.reason
    return [(one.field, one.expected, one.actual) for one in found.differences]


FORWARD = Outcome(OutcomeKind.FORWARD, upstream_path="/x?q", backends=(WEB,))
REPLY = Outcome(OutcomeKind.REPLY, 404)
REDIRECT = Outcome(OutcomeKind.REDIRECT, 308, "https://a.example/")
REFUSED = Outcome(OutcomeKind.REFUSED)


@pytest.mark.parametrize(
    ("outcome", "expect"),
    [
        (FORWARD, {"status": 200}),
        (FORWARD, {"status": "2xx", "backend": "default/web:80", "upstreamPath": "/x?q"}),
        (FORWARD, {"backend": "default/web:http", "refused": False}),
        (FORWARD, {"backend": "default/web"}),
        (FORWARD, {"upstreamPath": "/x?q"}),
        (REPLY, {"status": 404}),
        (REPLY, {"status": [200, "4xx"], "refused": False}),
        (REDIRECT, {"status": "3xx", "location": "https://a.example/"}),
        (REDIRECT, {"location": "https://a.example/", "backend": None}),
        (REFUSED, {"refused": True}),
    ],
)
def test_what_is_as_expected(outcome: Outcome, expect: dict[str, Any]) -> None:
    assert ends(outcome, **expect) == "passed"


@pytest.mark.parametrize(
    ("outcome", "expect", "differences"),
    [
        (FORWARD, {"status": 404}, [("status", 404, 200)]),
        (FORWARD, {"backend": "default/web:81"}, [("backend", "default/web:81", "default/web:80")]),
        (FORWARD, {"backend": "other/web:80"}, [("backend", "other/web:80", "default/web:80")]),
        (FORWARD, {"location": "/"}, [("location", "/", None)]),
        (FORWARD, {"upstreamPath": "/x"}, [("upstreamPath", "/x", "/x?q")]),
        (FORWARD, {"refused": True}, [("refused", True, False)]),
        (
            REPLY,
            {"status": [200, "3xx"], "backend": "default/web:80"},
            [("status", [200, "3xx"], 404), ("backend", "default/web:80", None)],
        ),
        (
            REDIRECT,
            {"location": "http://a.example/"},
            [("location", "http://a.example/", REDIRECT.location)],
        ),
        (REFUSED, {"status": 200}, [("status", 200, None)]),
        (REFUSED, {"refused": False}, [("refused", False, True)]),
        (REPLY, {"undefined": True}, [("undefined", True, False)]),
    ],
)
def test_what_is_not(outcome: Outcome, expect: dict[str, Any], differences: object) -> None:
    assert ends(outcome, **expect) == differences


def split(main: int, canary: int) -> Outcome:
    shares = (
        Backend("default", "web", "80", main),
        Backend("default", "canary", "80", canary),
    )
    return Outcome(OutcomeKind.FORWARD, upstream_path="/", backends=shares)


def test_weights() -> None:
    assert ends(split(70, 30), weight={"default/canary:80": 30}) == "passed"
    assert ends(split(70, 30), backend="default/canary:http", weight=30) == "passed"
    assert ends(split(2, 1), weight={"default/canary": 33, "default/web": 67}) == "passed"
    assert ends(FORWARD, backend="default/web:80", weight=100) == "passed"
    assert ends(FORWARD, weight={"default/canary:80": 0}) == "passed"
    assert ends(split(70, 30), backend="default/canary:80", weight=20) == [("weight", 20.0, 30.0)]
    named = {"default/canary:80": 20.0, "default/web:80": 80.0}
    actual = {"default/canary:80": 30.0, "default/web:80": 70.0}
    assert ends(split(70, 30), weight=named) == [("weight", named, actual)]
    assert ends(REPLY, weight={"default/web:80": 100})[0][0] == "weight"


def test_a_backend_that_gets_a_part_only_is_not_where_it_goes() -> None:
    told = "default/web:80 (70 %), default/canary:80 (30 %)"
    assert ends(split(70, 30), backend="default/web:80") == [("backend", "default/web:80", told)]
    other = ends(split(70, 30), backend="default/web:80", weight={"default/canary:80": 30})
    assert other == "passed"


def test_a_share_that_is_answered_with_a_status() -> None:
    broken = Backend("default", "gone", "80", 1, status=500)
    half = Outcome(OutcomeKind.FORWARD, upstream_path="/", backends=(WEB, broken))
    assert ends(half, status=[200, 500]) == "passed"
    assert ends(half, status=200) == [("status", 200, [200, 500])]
    assert ends(half, weight={"default/web:80": 50, "default/gone:80": 0}) == "passed"


def test_chance() -> None:
    either = Outcome(OutcomeKind.UNDEFINED, candidates=(FORWARD, REPLY))
    failed = judged(either, status=200)
    assert failed.reason == "undefined: forward to default/web:80, or 404 by the controller itself"
    assert ends(either, status=200) == [("undefined", False, True)]
    assert ends(either, undefined=True) == "passed"
    assert ends(either, undefined=True, backend="default/web:80", status=200) == "passed"
    assert ends(either, undefined=True, status=404) == "passed"
    assert ends(either, undefined=True, status=503) == [("status", 503, 200)]
