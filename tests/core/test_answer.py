import pytest

from kubectl_ingress.core.answer import (
    Answer,
    Failure,
    Plan,
    Sent,
    Timings,
    Unreachable,
    pod_in,
)
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request
from kubectl_ingress.core.result import RouteResult
from kubectl_ingress.core.tally import Tally
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


UNRESOLVED = Unreachable(Failure.NAME, "not in there", "dns", Timings(0.01))
ANSWERED = Answer(200, (), b"", Timings(0.01), "127.77.3.200", port=10080)
REFUSED = Unreachable(Failure.REFUSED, "no", "connect", Timings(0.01), "127.77.3.201", port=10081)


def counted(*answers: Answer | Unreachable) -> Tally:
    tally = Tally(Outcome(OutcomeKind.REPLY, 404))
    for number, one in enumerate(answers):
        tally.add(Sent(number, 0.0, one), Verdict("ok", ""))
    return tally


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
    verdict = Verdict("ok", "")
    result = RouteResult(plan.request, verdict, plan, tally=counted(*answers), mapped=True)
    assert result.curl == f"curl -sS -i {way}--max-time 30 http://a.example/"


def test_curl_is_not_sent_to_a_mapped_name_that_led_nowhere() -> None:
    plan = Plan(Request("lb.localhost", "/"), "lb.localhost", 80)
    verdict = Verdict("ok", "")
    result = RouteResult(plan.request, verdict, plan, tally=counted(UNRESOLVED), mapped=True)
    assert result.curl == ""


def test_curl_resolves_for_itself_where_dns_does() -> None:
    plan = Plan(Request("lb", "/"), "lb", 80)
    for answers in ((ANSWERED,), (UNRESOLVED,)):
        result = RouteResult(plan.request, Verdict("ok", ""), plan, tally=counted(*answers))
        assert result.curl == "curl -sS -i --max-time 30 http://lb/"
