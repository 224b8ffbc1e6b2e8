"""(Decision, Answer) -> Verdict. Each reason is also produced for real in tests/realcluster."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.core.answer import Answer, Certificate, Failure, Plan, Timings, Unreachable
from kubectl_ingress.core.fingerprints import PLAIN_TO_TLS
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.question import Controller, Expectation, Question, is_status, status_fits
from kubectl_ingress.core.request import Decision, Request
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.target import parse_target
from kubectl_ingress.core.values import Value
from kubectl_ingress.core.verdict import Verdict, judge
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of, snapshot

CONTROLLER = Controller("ingress-nginx 1.15.1", "<center>nginx</center>", "in/svc", 1, 1)
PAGE = "<html><hr><center>nginx</center></html>"
OBJECTS = (ingress_class(), service(), slice_of())
DOUBT = Finding("KI401", "warning", "may answer any request")


def decide(host: str = "a.example", **annotations: str) -> Decision:
    objects = (*OBJECTS, ingress(annotations=nginx(**annotations)))
    return ingress_nginx.compile(snapshot(*objects)).decide(Request(host))


def verdict(
    decision: Decision,
    answer: Answer | Unreachable,
    expectation: Expectation = Expectation(),
    controller: Controller = CONTROLLER,
    certificate: Finding | None = None,
    protocol: Value | None = None,
    waited: bool = False,
) -> Verdict:
    plan = Plan(decision.request, "lb.example", 80)
    pods = frozenset({"web-1", "web-2", "other-1"})
    question = Question(
        plan,
        expectation,
        "again",
        pods,
        certificate=certificate,
        protocol=protocol,
        waited=waited,
    )
    return judge(decision, answer, controller, question)


def answer(status: int = 200, body: str = "web-1", location: str = "") -> Answer:
    headers = (("Location", location),) if location else ()
    return Answer(status, headers, body.encode(), Timings(0.01), "10.0.0.1")


def unreachable(why: Failure, phase: str = "connect") -> Unreachable:
    return Unreachable(why, "detail", phase, Timings(0.01))


@pytest.mark.parametrize(
    ("decision", "given", "level", "code"),
    [
        (decide(), answer(), "ok", ""),
        (decide(), answer(302, "", "/login"), "ok", ""),
        (decide(), answer(404, "no such page"), "error", "KI106"),
        (decide(), answer(500, "boom"), "error", "KI106"),
        (decide(), answer(404, PAGE), "error", "KI107"),
        (decide(), answer(503, PAGE), "error", "KI107"),
        (decide(), answer(502, PAGE), "error", "KI109"),
        (decide(), answer(504, PAGE), "error", "KI109"),
        (decide(), answer(200, "other-1"), "warning", "KI111"),
        (decide(), answer(200, "no pod in here"), "ok", ""),
        (decide("b"), answer(404, PAGE), "error", "KI101"),
        (decide("b"), answer(404, "somebody else's page"), "error", "KI101"),
        (decide("b"), answer(200), "error", "KI107"),
        (decide(force_ssl_redirect="true"), answer(308, PAGE, "https://a.example"), "ok", ""),
        (decide(force_ssl_redirect="true"), answer(308, PAGE, "https://b/"), "error", "KI107"),
        (decide(force_ssl_redirect="true"), answer(), "error", "KI107"),
        (decide(auth_url="http://x/"), answer(), "ok", ""),
        (decide().with_findings((DOUBT,)), answer(), "warning", "KI401"),
        (decide(), unreachable(Failure.NAME, "dns"), "error", "KI602"),
        (decide(), unreachable(Failure.REFUSED), "error", "KI603"),
        (decide(), unreachable(Failure.UNREACHABLE), "error", "KI603"),
        (decide(), unreachable(Failure.TIMEOUT), "error", "KI604"),
        (decide(), unreachable(Failure.BROKEN, "answer"), "error", "KI605"),
        (decide(), unreachable(Failure.TLS, "tls"), "error", "KI301"),
    ],
)
def test_codes(decision: Decision, given: Answer | Unreachable, level: str, code: str) -> None:
    found = verdict(decision, given)
    assert (found.level, found.code) == (level, code), found
    assert found.sentence
    # A problem always ends with what to do.
    assert found.fix or found.level == "ok" or code == "KI401"


def test_a_page_that_is_not_the_controller_s_is_said_to_be_so() -> None:
    assert "page is not one of" in verdict(decide("b"), answer(404, "x")).sentence
    assert "page is not one of" not in verdict(decide("b"), answer(404, PAGE)).sentence


@pytest.mark.parametrize(
    ("objects", "host", "code"),
    [
        ([ingress()], "b.example", "KI101"),
        # Its path is a longer one than that of the rule without a host.
        ([ingress(host="")], "b.example", "KI101"),
        ([ingress(host=""), ingress("other", "c.example")], "b.example", "KI101"),
    ],
)
def test_what_no_route_takes_fails_although_the_controller_answers_200(
    objects: list[dict[str, Any]], host: str, code: str
) -> None:
    table = ingress_nginx.compile(snapshot(*OBJECTS, *objects))
    decision = table.decide(Request(host, "/healthz"))
    assert (decision.route, decision.outcome.status) == (None, 200)
    found = verdict(decision, answer(200, ""))
    assert (found.level, found.code) == ("error", code)
    assert "has the host b.example, so the controller answers 200 itself; " in found.sentence
    assert found.fix == f"again --expect-status 200\n{decision.findings[0].fix}"
    # Who means that page says so.
    assert verdict(decision, answer(200, ""), Expectation(("200",))).passed


def test_who_asks_for_the_controller_s_own_page_is_not_told_to_rename_a_host() -> None:
    objects = [*OBJECTS, ingress(host="shop.example", paths=[path("/", "web")])]
    table = replace(ingress_nginx.compile(snapshot(*objects)), addresses=("lb.example",))
    for asked, renamed in (("/healthz", False), ("/other", True)):
        decision = table.decide(Request("lb.example", asked))
        assert ("patch-host" in decision.findings[0].fix) == renamed, asked


def test_what_a_route_answers_itself_passes() -> None:
    objects = (*OBJECTS, ingress(annotations=nginx(enable_cors="true")))
    asked = Request("a.example", "/", method="OPTIONS", headers=(("Origin", "http://x.example"),))
    decision = ingress_nginx.compile(snapshot(*objects)).decide(asked)
    assert decision.outcome.status == 204
    found = verdict(decision, answer(204, ""))
    assert (found.level, found.sentence) == (
        "ok",
        "answered by ingress-nginx 1.15.1 itself, as predicted",
    )


def test_an_error_of_the_application_is_explained() -> None:
    found = verdict(decide(), answer(404, "no such page"))
    assert found.fix.splitlines() == [
        "kubectl logs -n default web-1",
        "kubectl ingress explain KI106",
    ]


def test_a_controller_without_ready_pods_explains_a_refusal() -> None:
    down = replace(CONTROLLER, ready=0)
    assert verdict(decide(), unreachable(Failure.REFUSED), controller=down).code == "KI204"


def test_tls_failure_says_what_was_presented() -> None:
    certificate = Certificate("Fake", "Fake", ("ingress.local",), "2027-01-02T00:00:00Z")
    failed = replace(unreachable(Failure.TLS, "tls"), certificate=certificate)
    sentence = verdict(decide(), failed).sentence
    assert "it is 'Fake' by 'Fake', for ingress.local, until 2027-01-02" in sentence


def test_the_controller_s_fake_certificate_is_called_that() -> None:
    certificate = Certificate("Fake", "Fake", (), "2027-01-02T00:00:00Z")
    failed = replace(unreachable(Failure.TLS, "tls"), certificate=certificate)
    known = replace(CONTROLLER, fake_certificate="Fake")
    found = verdict(decide(), failed, controller=known)
    assert "has no certificate for a.example and presents its own fake one" in found.sentence
    # What is wrong there is known by whoever has looked.
    assert found.fix == "kubectl ingress trace http://a.example/\nagain -k"
    why = Finding("KI302", "warning", "Secret a/b does not exist", fix="kubectl create secret")
    found = verdict(decide(), failed, controller=known, certificate=why)
    assert found.sentence.endswith("(detail); Secret a/b does not exist")
    assert found.fix == "kubectl create secret\nagain -k"
    found = verdict(decide(), failed, certificate=why)
    assert found.sentence.endswith("until 2027-01-02; Secret a/b does not exist")
    assert found.fix == "kubectl create secret\nagain -k"


def test_a_host_that_no_ingress_has_is_told_before_its_certificate() -> None:
    certificate = Certificate("Fake", "Fake", (), "2027-01-02T00:00:00Z")
    failed = replace(unreachable(Failure.TLS, "tls"), certificate=certificate)
    known = replace(CONTROLLER, fake_certificate="Fake")
    decision = decide("b.example")
    why = Finding("KI302", "warning", "no TLS section", fix="kubectl create secret")
    found = verdict(decision, failed, controller=known, certificate=why)
    assert (found.code, found.fix) == ("KI101", decision.findings[0].fix)
    assert found.sentence.startswith("no Ingress of class nginx has the host b.example, so the")
    assert found.sentence.endswith("its own fake one, which no client accepts (detail)")


def of_path(rule: str, url: str) -> Decision:
    table = ingress_nginx.compile(snapshot(*OBJECTS, ingress("web", "a.example", path(rule))))
    return table.decide(parse_target(url, ""))


def test_a_redirect_to_the_slash_is_no_loop() -> None:
    decision = of_path("/x/", "http://a.example/x")
    found = verdict(decision, answer(301, PAGE, "http://a.example/x/"))
    assert (found.level, found.code) == ("ok", "")
    assert found.sentence.endswith("as predicted; not followed (-L)")


def test_a_loop_of_ingress_nginx_may_cut_the_slash() -> None:
    decision = of_path("/", "https://a.example/x/")
    for location in ("https://a.example/x/", "https://a.example/x"):
        assert verdict(decision, answer(308, PAGE, location)).code == "KI621"
    # Of an application it is a page of its own.
    assert verdict(decision, answer(308, "moved", "https://a.example/x")).level == "ok"
    assert verdict(decision, answer(308, "moved", "https://a.example/x/")).code == "KI611"


def test_a_certificate_without_a_subject_is_nobody_s_fake_one() -> None:
    certificate = Certificate("", "Some CA", ("a.example",), "2020-01-02T00:00:00Z")
    failed = replace(unreachable(Failure.TLS, "tls"), certificate=certificate)
    assert "is not accepted: detail; it is ''" in verdict(decide(), failed).sentence


def test_what_is_looked_at_is_what_it_comes_in_by() -> None:
    refused = unreachable(Failure.REFUSED)
    for controller, look in (
        (CONTROLLER, "kubectl describe service -n "),
        (
            replace(CONTROLLER, kind="ingress", entry="shop/web"),
            "kubectl describe ingress -n shop web",
        ),
        (replace(CONTROLLER, entry=""), "kubectl ingress doctor"),
    ):
        assert verdict(decide(), refused, controller=controller).fix.startswith(look)


@pytest.mark.parametrize(
    ("expectation", "given", "passed"),
    [
        (Expectation(("404",)), answer(404, PAGE), True),
        (Expectation(("4xx",)), answer(404, PAGE), True),
        (Expectation(("200", "201")), answer(201), True),
        (Expectation(("200",)), answer(404, PAGE), False),
        (Expectation(body="hello"), answer(200, "hello you"), True),
        (Expectation(body="hello"), answer(500, "hello you"), True),
        (Expectation(body="hello"), answer(200, "bye"), False),
        (Expectation(("200",), "hello"), answer(200, "bye"), False),
    ],
)
def test_expectations_take_the_place_of_the_usual_rule(
    expectation: Expectation, given: Answer, passed: bool
) -> None:
    found = verdict(decide("b"), given, expectation)
    assert found.passed is passed
    assert found.code == ("" if passed else "KI108")


def test_an_unmet_expectation_still_tells_the_reason() -> None:
    found = verdict(decide("b"), answer(404, PAGE), Expectation(("200",)))
    assert found.sentence.startswith("the status is 404, expected 200; no Ingress of class nginx")
    assert found.fix.startswith("kubectl ingress test http://a.example/")


def test_statuses() -> None:
    assert status_fits(204, "2XX")
    assert not status_fits(304, "2xx")
    assert all(map(is_status, ("200", "5xx", "1XX")))
    assert not any(map(is_status, ("20", "2000", "600", "2x", "ok", "")))


NAMED = replace(CONTROLLER, name="ingress-nginx")
TLS_PAGE = f"<center>{PLAIN_TO_TLS}</center><hr><center>nginx</center>"


def sent_by(server: str, status: int, body: str) -> Answer:
    return replace(answer(status, body), headers=(("Server", server),))


ALB = Controller("AWS Load Balancer Controller", "", "shop/web", 1, 1, name="alb")


def test_of_a_controller_without_pages_its_headers_tell() -> None:
    own = verdict(decide(), sent_by("awselb/2.0", 503, "503"), controller=ALB)
    assert "AWS Load Balancer Controller sent 503 itself" in own.sentence
    theirs = verdict(decide(), sent_by("gunicorn", 404, "no such page"), controller=ALB)
    assert (theirs.code, "itself answered 404" in theirs.sentence) == ("KI106", True)
    assert (
        "page is not one of" not in verdict(decide("b"), answer(404, "x"), controller=ALB).sentence
    )


@pytest.mark.parametrize(
    ("decision", "given", "code"),
    [
        # Row 15, and row 17 where it comes on every host.
        (decide(), answer(400, TLS_PAGE), "KI114"),
        # Rows 19 and 20: who redirects decides what mends it.
        (decide(), answer(308, PAGE, "http://a.example/"), "KI621"),
        (decide(), answer(307, "moved", "http://a.example/"), "KI611"),
        # Row 39, and its like of others.
        (decide(), sent_by("awselb/2.0", 503, "Backend service does not exist"), "KI612"),
        (decide(), sent_by("kong/3.9", 404, "no Route matched with those values"), "KI612"),
        (decide("b"), sent_by("envoy", 404, ""), "KI612"),
        # The application may be an nginx.
        (decide(), sent_by("nginx/1.29", 404, "<center>nginx/1.29</center>"), "KI106"),
        # Row 49.
        (decide(limit_rps="1"), answer(503, PAGE), "KI405"),
        (decide(limit_rps="1"), answer(429, PAGE), "KI405"),
    ],
)
def test_who_answered_decides(decision: Decision, given: Answer, code: str) -> None:
    found = verdict(decision, given, controller=NAMED)
    assert (found.level, found.code) == ("error", code), found
    assert found.sentence


GUARDED = decide(whitelist_source_range="10.0.0.0/8", auth_url="http://x/", limit_rps="5")


@pytest.mark.parametrize(
    ("decision", "status", "code", "blamed"),
    [
        (GUARDED, 403, "KI401", ("whitelist-source-range", "auth-url")),
        (GUARDED, 401, "KI401", ("auth-url",)),
        (GUARDED, 500, "KI401", ("auth-url",)),
        (GUARDED, 503, "KI405", ("limit-rps",)),
        (GUARDED, 404, "KI107", ()),
        (decide(whitelist_source_range="10.0.0.0/8"), 403, "KI401", ("whitelist-source-range",)),
        (decide(whitelist_source_range="10.0.0.0/8"), 503, "KI107", ()),
        (decide(whitelist_source_range="10.0.0.0/8"), 500, "KI107", ()),
    ],
)
def test_a_guard_is_blamed_for_the_statuses_that_it_gives(
    decision: Decision, status: int, code: str, blamed: tuple[str, ...]
) -> None:
    found = verdict(decision, answer(status, PAGE))
    assert (found.level, found.code) == ("error", code)
    guards = ("whitelist-source-range", "auth-url", "limit-rps")
    assert tuple(name for name in guards if name in found.sentence) == blamed
    if code == "KI401":
        assert found.fix == "kubectl logs -n in service/svc --tail=20"


def test_a_guard_before_a_path_that_is_not_there_is_blamed_too() -> None:
    objects = (*OBJECTS, ingress("web", "a.example", path("/x")))
    objects[-1]["metadata"]["annotations"] = nginx(auth_url="http://x/")
    decision = ingress_nginx.compile(snapshot(*objects)).decide(Request("a.example", "/y"))
    assert decision.outcome.status == 404
    assert verdict(decision, answer(404, PAGE)).code == "KI102"
    found = verdict(decision, answer(500, PAGE))
    assert (found.code, "auth-url" in found.sentence) == ("KI401", True)


def asked_for_a_password(scheme: str) -> Answer:
    header = ("WWW-Authenticate", f'{scheme} realm="x"')
    return Answer(401, (header,), PAGE.encode(), Timings(0.01), "10.0.0.1")


def guarded() -> RouteTable:
    """Whose Secret nobody has looked for, as in a test."""
    objects = (*OBJECTS, ingress(annotations=nginx(auth_type="basic", auth_secret="s")))
    seen = snapshot(*objects)
    return ingress_nginx.compile(replace(seen, read=seen.read - {"Secret"}))


def test_where_a_password_is_asked_for_the_fix_sends_one() -> None:
    asked = guarded().decide(Request("a.example"))
    found = verdict(asked, asked_for_a_password("Basic"))
    assert (found.code, found.fix) == ("KI401", "again -u USER:PASSWORD")
    assert found.sentence == (
        "ingress-nginx 1.15.1 sends 401 itself, by nginx.ingress.kubernetes.io/auth-type of"
        " Ingress default/web: a name and a password are asked for: 401"
    )
    assert (
        verdict(asked, asked_for_a_password("Digest")).fix == "kubectl edit ingress web -n default"
    )
    by_service = decide(auth_url="http://x/")
    assert verdict(by_service, asked_for_a_password("Basic")).fix == "again -u USER:PASSWORD"
    assert "kubectl logs" in verdict(by_service, asked_for_a_password("Bearer")).fix


def test_a_password_that_was_sent_is_not_asked_for_again() -> None:
    decision = guarded().decide(Request("a.example", headers=(("Authorization", "Basic dTpw"),)))
    assert verdict(decision, answer()).level == "ok"
    found = verdict(decision, asked_for_a_password("Basic"))
    assert (found.code, found.fix) == ("KI401", "kubectl logs -n in service/svc --tail=20")
    assert "decides whether this password is one" in found.sentence
    lacking = verdict(decision, answer(503, PAGE))
    assert (lacking.code, lacking.fix) == ("KI401", "kubectl get secrets -n default")
    assert lacking.sentence.endswith(
        "names Secret default/s; if that does not exist, every path of the Ingress answers 503"
    )


@pytest.mark.parametrize(
    ("annotations", "named", "fix"),
    [
        (
            {"proxy_body_size": "1k"},
            "nginx.ingress.kubernetes.io/proxy-body-size of Ingress default/web: the body has more"
            " than 1024 bytes (413)",
            "kubectl edit ingress web -n default",
        ),
        (
            {},
            "sends 413 itself, by proxy-body-size: the body has more than 1048576 bytes (413)",
            "",
        ),
    ],
)
def test_the_limit_of_a_body_is_named(annotations: dict[str, str], named: str, fix: str) -> None:
    table = ingress_nginx.compile(snapshot(*OBJECTS, ingress(annotations=nginx(**annotations))))
    decision = table.decide(Request("a.example", method="POST", body_size=2_000_000))
    found = verdict(decision, answer(413, PAGE))
    assert (found.level, found.code, found.fix) == ("error", "KI401", fix)
    assert found.sentence.endswith(named)


def test_a_protocol_that_pods_hardly_speak_is_blamed() -> None:
    of = Value("gRPC", "Ingress default/web", ("metadata", "annotations", "x/backend-protocol"))
    for status, code in ((502, "KI114"), (503, "KI114"), (504, "KI109"), (404, "KI107")):
        found = verdict(decide(), answer(status, PAGE), protocol=of)
        assert found.code == code, status
    found = verdict(decide(), answer(503, PAGE), protocol=of)
    assert "asks the pods in gRPC, by x/backend-protocol of Ingress default/web" in found.sentence
    assert found.fix.splitlines()[0] == "kubectl ingress doctor -n default"


def test_who_waited_is_not_told_to_wait_again() -> None:
    to_https = decide(force_ssl_redirect="true")
    for decision, given in (
        (decide(), answer(503, PAGE)),
        (to_https, answer()),
        (decide("b"), answer()),
    ):
        first, then = verdict(decision, given), verdict(decision, given, waited=True)
        assert (first.code, then.code) == ("KI107", "KI107")
        assert first.fix == "again --wait 30s"
        assert then.fix.startswith("kubectl ingress doctor")
        assert "may not have loaded it yet" not in then.sentence


def test_row_36_says_how_long_the_controller_waited() -> None:
    late = replace(answer(504, PAGE), timings=Timings(60.2))
    sentence = verdict(decide(), late).sentence
    assert "did not answer within 60 s" in sentence
    assert "read timeout is too short" in sentence
