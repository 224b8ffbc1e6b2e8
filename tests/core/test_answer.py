import pytest

from kubectl_ingress.core.answer import (
    Answer,
    Failure,
    Plan,
    Timings,
    Unreachable,
    pod_in,
    spread,
)
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.result import RouteResult, curl_command, evenness, percentile
from kubectl_ingress.core.verdict import Verdict


def answer(body: str) -> Answer:
    return Answer(200, (), body.encode(), Timings(0.01), "10.0.0.1")


@pytest.mark.parametrize(
    ("body", "pod"),
    [
        ("web-1", "web-1"),
        ("Container Hostname : web-1 \n", "web-1"),
        ("served by web-1.", "web-1"),
        ('{"pod":"web-10"}', "web-10"),
        ("web-100", ""),
        ("xweb-1", ""),
        ("web-1.svc", ""),
        ("", ""),
    ],
)
def test_a_pod_is_known_by_its_whole_name(body: str, pod: str) -> None:
    assert pod_in(answer(body), ["web-1", "web-10"]) == pod


def test_a_long_name_is_cut_at_63_characters_by_the_pod_itself() -> None:
    pod = "a" * 60 + "-deployment-5c5d-x2x"
    assert pod_in(answer(pod[:63].rstrip("-")), [pod]) == pod


def test_spread_keeps_pods_that_never_answered() -> None:
    found = spread([answer("b"), answer("b"), answer("a"), answer("?")], ["a", "b", "c"])
    assert list(found.items()) == [("b", 2), ("a", 1), ("c", 0)]


def test_evenness_is_pearson_s() -> None:
    # By the chi-square distribution's own tables.
    assert evenness([10, 10, 10]) == 1.0
    assert evenness([11, 10, 9]) == pytest.approx(0.904837, abs=1e-6)
    assert evenness([20, 5, 5]) == pytest.approx(0.000553, abs=1e-6)
    assert evenness([30, 10]) == pytest.approx(0.001565, abs=1e-6)
    assert evenness([9, 12, 11, 8]) == pytest.approx(0.801252, abs=1e-6)
    assert evenness([7]) == 1.0


def test_percentile_is_nearest_rank() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.99) == 4.0


@pytest.mark.parametrize(
    ("plan", "command"),
    [
        (Plan(Request("lb", "/x"), "lb", 80), "curl -sS -i --max-time 30 http://lb/x"),
        (
            Plan(Request("a.example", "/x y", "https"), "lb", 443, verify=False, max_time=2.5),
            "curl -sS -i --connect-to a.example:443:lb:443 -k --max-time 2.5"
            " 'https://a.example/x y'",
        ),
        (
            Plan(
                Request("lb", "/", method="PUT", headers=(("A", "1"), ("B", ""))), "lb", 80, b"x=1"
            ),
            "curl -sS -i -X PUT -H 'A: 1' -H 'B;' --data-binary x=1 --max-time 30 http://lb/",
        ),
        (
            Plan(Request("a.example", "/", port=8080), "fd00::1", 80),
            "curl -sS -i --connect-to 'a.example:8080:[fd00::1]:80' --max-time 30"
            " http://a.example:8080/",
        ),
    ],
)
def test_curl(plan: Plan, command: str) -> None:
    assert curl_command(plan) == command


UNRESOLVED = Unreachable(Failure.NAME, "not in there", "dns", Timings(0.01))
ANSWERED = Answer(200, (), b"", Timings(0.01), "127.77.3.200", port=10080)
REFUSED = Unreachable(Failure.REFUSED, "no", "connect", Timings(0.01), "127.77.3.201", port=10081)


@pytest.mark.parametrize(
    ("answers", "way"),
    [
        ((ANSWERED,), "--connect-to a.example:80:127.77.3.200:10080 "),
        ((ANSWERED, REFUSED), "--connect-to a.example:80:127.77.3.201:10081 "),
        ((ANSWERED, UNRESOLVED), "--connect-to a.example:80:127.77.3.200:10080 "),
    ],
)
def test_curl_is_led_where_a_mapped_name_led(
    answers: tuple[Answer | Unreachable, ...], way: str
) -> None:
    plan = Plan(Request("a.example", "/"), "lb.localhost", 80)
    result = RouteResult(plan.request, Verdict("ok", ""), plan, answers=answers, mapped=True)
    assert result.curl == f"curl -sS -i {way}--max-time 30 http://a.example/"


def test_curl_is_not_sent_to_a_mapped_name_that_led_nowhere() -> None:
    plan = Plan(Request("lb.localhost", "/"), "lb.localhost", 80)
    result = RouteResult(plan.request, Verdict("ok", ""), plan, answers=(UNRESOLVED,), mapped=True)
    assert result.curl == ""


def test_curl_resolves_for_itself_where_dns_does() -> None:
    plan = Plan(Request("lb", "/"), "lb", 80)
    for answers in ((ANSWERED,), (UNRESOLVED,)):
        result = RouteResult(plan.request, Verdict("ok", ""), plan, answers=answers)
        assert result.curl == "curl -sS -i --max-time 30 http://lb/"
