"""``kubectl ingress test``, more than once: what flags mean, and what is said of many answers."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest

from kubectl_ingress.commands._repeat_flags import Typed, parse_rate, parse_repetition
from kubectl_ingress.core.answer import Answer, Plan, Sent
from kubectl_ingress.core.judging_all import judge_all
from kubectl_ingress.core.repetition import CommandEnd, Mode, Repetition
from kubectl_ingress.core.repetition import Run as Sending
from kubectl_ingress.core.request import Decision, Outcome, OutcomeKind, Request
from kubectl_ingress.core.tally import Tally
from kubectl_ingress.core.verdict import Verdict
from kubectl_ingress.errors import UsageError
from kubectl_ingress.render.route_many import pace
from kubectl_ingress.testing import repeating
from tests.commands.test_live_specs import split, world
from tests.commands.test_test import PAGE, PODS, road
from tests.fakes import FakeCluster
from tests.manifests import LB, ingress, nginx, path, service, slice_of
from tests.running import FakeClock, Ran, answer, run

HERE = [f"http://{LB}/echo-hostname"]


class RealClock(FakeClock):
    """The time that passes, for what really takes time."""

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def pods(*others: Answer) -> Callable[[Plan], Answer]:
    """Answers of the pods in turn, and these between them."""
    turn = cycle([*(answer(200, pod) for pod in PODS), *others])
    return lambda plan: next(turn)


# ---------------------------------------------------------------- flags


@pytest.mark.parametrize(
    ("typed", "repetition"),
    [
        (Typed(), Repetition()),
        (Typed(count=30), Repetition(30)),
        (Typed(count=30, concurrency=5), Repetition(30, 5)),
        (Typed(count=30, rate="10"), Repetition(30, 32, rate=10.0)),
        (Typed(duration="1m30s"), Repetition(None, 1, 90.0)),
        (Typed(duration="30s", rate="600/m", concurrency=2), Repetition(None, 2, 30.0, 10.0)),
        (Typed(count=9, duration="30s"), Repetition(9, 1, 30.0)),
        (Typed(watch=True), Repetition(None, 32, rate=1.0, mode=Mode.WATCH)),
        (Typed(until_fail=True, count=7), Repetition(7, 32, rate=10.0, mode=Mode.UNTIL_FAIL)),
        (
            Typed(during=True, rate="50/s", command=("true", "-x")),
            Repetition(None, 32, rate=50.0, mode=Mode.DURING, command=("true", "-x")),
        ),
    ],
)
def test_what_is_meant(typed: Typed, repetition: Repetition) -> None:
    assert parse_repetition(typed) == repetition


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (Typed(watch=True, until_fail=True), "--watch and --until-fail do not go together"),
        (Typed(during=True), "--during needs a command"),
        (Typed(command=("ls",)), "'ls' is one word too many"),
        (Typed(during=True, command=("ls",), count=3), "--count does not go with --during"),
        (Typed(during=True, command=("ls",), duration="3s"), "--duration does not go"),
        (Typed(rate="10"), "--rate needs to know when to end"),
        (Typed(concurrency=10), "--concurrency needs to know when to end"),
        (Typed(duration="0"), "--duration must be more than 0"),
        (Typed(duration="soon"), "--duration 'soon' is not a duration"),
        # No socket can wait for so long.
        (Typed(duration="501h"), "--duration '501h' is too long"),
        (Typed(duration="9" * 400), "is too long"),
    ],
)
def test_what_does_not_go_together(typed: Typed, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("(", r"\(")):
        parse_repetition(typed)


@pytest.mark.parametrize(("text", "rate"), [("10", 10), ("2.5/s", 2.5), ("90/m", 1.5)])
def test_rates(text: str, rate: float) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "0", "-1", "10/h", "many", "10 /s", "1e9", "99999999"])
def test_no_rates(text: str) -> None:
    with pytest.raises(UsageError, match="is not a rate"):
        parse_rate(text)


def test_wrong_flags_cost_no_round_trip() -> None:
    for words in (["--rate", "fast"], ["--watch", "--during"], ["--", "ls"], ["--during"]):
        ran = run(["test", *HERE, *words])
        assert (ran.status, ran.stdout) == (2, "")
        assert ran.stderr.startswith("error: ")


# ---------------------------------------------------------------- how it is sent


def test_a_rate_is_kept_and_a_duration_ends() -> None:
    clock = FakeClock()
    times: list[float] = []

    def reply(plan: Plan) -> Answer:
        times.append(clock.now)
        return answer(200, PODS[0])

    words = [*HERE, "--rate", "4", "--duration", "2s"]
    ran = run(["test", *words], road(LB), reply, clock)
    assert ran.status == 0, ran.stdout
    assert times == pytest.approx([number / 4 for number in range(8)])
    assert clock.now == pytest.approx(2.0)
    assert "4 a second for 2.0 s" in ran.stdout


def test_an_end_is_noticed_between_two_requests_that_are_far_apart() -> None:
    clock = FakeClock()
    words = [*HERE, "--rate", "1/m", "--duration", "90s"]
    ran = run(["test", *words], road(LB), pods(), clock)
    assert clock.now == pytest.approx(90, abs=0.2)
    assert "2 requests" in ran.stdout.splitlines()[0]


def test_what_could_not_be_sent_in_time_is_made_up_for_at_once_or_never() -> None:
    clock = FakeClock()
    times: list[float] = []

    def reply(plan: Plan) -> Answer:
        times.append(round(clock.now, 3))
        # The first two answers are slow; the second is too slow.
        clock.now += {1: 0.5, 2: 5.0}.get(len(times), 0)
        return answer(200, PODS[0])

    run(["test", *HERE, "--rate", "10", "--count", "12"], road(LB), reply, clock)
    assert times[:2] == [0.0, 0.5]
    # From then on as if it began anew, and no burst of fifty.
    assert times[2:] == pytest.approx([5.5 + number / 10 for number in range(10)], abs=0.01)


def test_a_rate_that_was_not_reached_is_told() -> None:
    clock = FakeClock()

    def reply(plan: Plan) -> Answer:
        clock.now += 1
        return answer(200, PODS[0])

    ran = run(["test", *HERE, "--rate", "100", "--count", "5"], road(LB), reply, clock)
    assert "1 a second for 5.0 s; 100 were asked for" in ran.stdout


def test_memory_holds_no_answers() -> None:
    held: list[Any] = []

    class Counted(bytes):
        def __del__(self) -> None:
            held.pop()

    def reply(plan: Plan) -> Answer:
        held.append(None)
        assert len(held) < 10
        found = answer(200)
        return Answer(200, (), Counted(PODS[0].encode()), found.timings, found.peer)

    assert run(["test", *HERE, "--count", "500"], road(LB), reply).status == 0


# ---------------------------------------------------------------- what is said of them


def test_times_are_split_and_statuses_counted() -> None:
    ran = run(["test", *HERE, "--count", "8", "-o", "json"], road(LB), pods(answer(502, PAGE)))
    found = json.loads(ran.stdout)
    assert (ran.status, found["requests"], found["failed"]) == (1, 8, 2)
    assert found["statuses"] == {"200": 6, "502": 2}
    assert set(found["latency"]) == {"total", "dns", "connect", "tls", "firstByte", "rest"}
    assert found["latency"]["total"] == {"p50": 0.01, "p95": 0.01, "p99": 0.01, "max": 0.01}
    assert found["latency"]["tls"] is None
    assert found["gaps"][0] == {"from": 0.0, "to": 0.0, "failed": 1}
    once = json.loads(run(["test", *HERE, "-o", "json"], road(LB), pods()).stdout)
    assert "latency" not in once


def test_where_each_service_has_one_pod_there_is_no_spread_to_judge() -> None:
    ran = run(["test", "http://split.example/", "--count", "100"], world(), split(30, 100))
    assert ran.status == 0, ran.stdout
    assert ran.stdout.splitlines()[6].strip() == "2 of 2 pods answered"


def test_the_spread_is_judged_within_each_service() -> None:
    ran = run(["test", *HERE, "--count", "100"], canary("canary-1"), shared(7, 3))
    assert "2 of 4 pods answered; not an even spread within each Service (p = 0.00)" in ran.stdout
    plain = run(["test", *HERE, "--count", "30"], road(LB), pods())
    assert "3 of 3 pods answered; an even spread (p = 1.00)" in plain.stdout


def canary(*pods: str, main: tuple[str, ...] = PODS, weight: int = 30) -> FakeCluster:
    """The tutorial's route with a canary whose Service has these pods."""
    cluster = road(LB)
    annotations = nginx(canary="true", canary_weight=str(weight), rewrite_target="/")
    one = path("/echo-hostname", "hostname-canary", "http")
    cluster.add(ingress("canary", LB, one, annotations=annotations))
    cluster.add(service("hostname-canary"))
    if pods:
        cluster.add(slice_of("hostname-canary", *pods))
    return cluster


def shared(main: int, other: int) -> Callable[[Plan], Answer]:
    turn = cycle([answer(200, PODS[0])] * main + [answer(200, "canary-1")] * other)
    return lambda plan: next(turn)


def test_a_canary_gets_its_share() -> None:
    ran = run(["test", *HERE, "--count", "100"], canary("canary-1"), shared(7, 3))
    assert ran.status == 0, ran.stdout
    [main, other] = [line for line in ran.stdout.splitlines() if "predicted" in line][:2]
    assert "√ split          hostname-service:80   70.0%  predicted 70.0%, within" in main
    assert "  hostname-canary:80    30.0%  predicted 30.0%, within" in other
    assert "of 100 answers; 99.9% intervals" in ran.stdout
    found = json.loads(
        run(
            ["test", *HERE, "--count", "100", "-o", "json"], canary("canary-1"), shared(7, 3)
        ).stdout
    )
    share = found["split"][1]
    assert (share["service"], share["predicted"], share["measured"]) == (
        "hostname-canary",
        0.3,
        0.3,
    )
    assert share["within"]
    assert share["interval"][0] < 0.3 < share["interval"][1]


@pytest.mark.parametrize(("main", "other"), [(1, 0), (1, 1)])
def test_a_canary_that_the_controller_does_not_serve_as_it_should(main: int, other: int) -> None:
    ran = run(["test", *HERE, "--count", "100"], canary("canary-1"), shared(main, other))
    assert ran.status == 1
    assert "× KI125  default/hostname-canary:80 should get 30.0% of the requests" in ran.stdout
    assert "outside" in ran.stdout


def test_one_request_tells_nothing_of_a_share() -> None:
    assert run(["test", *HERE], canary("canary-1"), shared(1, 0)).status == 0


def test_a_canary_whose_service_selects_nothing() -> None:
    ran = run(["test", *HERE, "--count", "20"], canary(), shared(1, 0))
    assert ran.status == 1
    assert "KI126" in ran.stdout
    assert "hostname-canary selects no pod" in ran.stdout
    # One request did what it should; the word is said all the same.
    once = run(["test", *HERE], canary(), shared(1, 0))
    assert (once.status, "! KI126" in once.stdout) == (0, True)
    # A canary that gets nothing on purpose is no fault.
    assert run(["test", *HERE, "--count", "20"], canary(weight=0), shared(1, 0)).status == 0


def test_a_canary_whose_service_selects_the_pods_of_the_main_one() -> None:
    ran = run(["test", *HERE, "--count", "20"], canary(*PODS), shared(1, 0))
    assert ran.status == 1
    assert "KI126" in ran.stdout
    assert "lead to the same pods" in " ".join(ran.stdout.split())


# ---------------------------------------------------------------- until something ends it


def test_until_fail_ends_with_the_first_failure() -> None:
    clock = FakeClock()
    sent = iter(range(100))

    def reply(plan: Plan) -> Answer:
        return answer(502, PAGE) if next(sent) == 25 else answer(200, PODS[0])

    ran = run(["test", *HERE, "--until-fail"], road(LB), reply, clock)
    assert ran.status == 1
    assert "26 requests" in ran.stdout.splitlines()[0]
    assert "KI109  request 26 failed after 2.5 s" in ran.stdout
    assert clock.now == pytest.approx(2.5)


def test_until_fail_may_end_without_one() -> None:
    ran = run(["test", *HERE, "--until-fail", "--count", "7"], road(LB), pods())
    assert ran.status == 0
    assert "7 requests" in ran.stdout.splitlines()[0]


def interrupted(after: int, *lost: int, by: tuple[int, ...] = ()) -> Callable[[Plan], Answer]:
    """A person who presses Ctrl-C; these requests fail. `by` is the signal, as __main__ has it."""
    sent = iter(range(after + 1))

    def reply(plan: Plan) -> Answer:
        number = next(sent)
        if number == after:
            raise KeyboardInterrupt(*by)
        return answer(502, PAGE) if number in lost else answer(200, PODS[0])

    return reply


def test_watch_tells_what_changes_and_ends_by_what_was_seen() -> None:
    ran = run(["test", *HERE, "--watch"], road(LB), interrupted(9, 3, 4))
    assert ran.status == 1
    changes = [line[10:] for line in ran.stdout.splitlines()[:3]]
    assert changes[0] == "√ 200"
    assert changes[1].startswith("× 502  KI109  ")
    assert changes[1].endswith("(after 3 others in 3.0 s)")
    assert changes[2] == "√ 200  (after 2 others in 2.0 s)"
    assert "9 requests" in ran.stdout
    assert "lost           2 of 9" in ran.stdout
    assert run(["test", *HERE, "--watch"], road(LB), interrupted(9)).status == 0


def test_watch_as_json_is_a_line_each() -> None:
    ran = run(["test", *HERE, "--watch", "-o", "json"], road(LB), interrupted(6, 3))
    first, second, third, last = map(json.loads, ran.stdout.splitlines())
    assert (first["status"], first["passed"], first["code"]) == (200, True, None)
    assert (second["status"], second["passed"], second["code"]) == (502, False, "KI109")
    assert third["status"] == 200
    assert (last["requests"], last["failed"], last["interrupted"]) == (6, 1, True)


def test_ctrl_c_shows_what_there_is_of_a_count_that_is_not_over() -> None:
    ran = run(["test", *HERE, "--count", "100"], road(LB), interrupted(6))
    assert ran.status == 130
    assert ran.stdout.splitlines()[0].endswith("   6 of 100 requests")
    assert ran.stdout.splitlines()[-1].startswith("! interrupted after ")
    assert "6 of 100 requests were sent, and none of them failed" in ran.stdout
    assert "passed" not in ran.stdout
    assert ran.stderr.strip() == "interrupted"
    failed = run(["test", *HERE, "--count", "100"], road(LB), interrupted(6, 2))
    assert failed.status == 1
    at_once = run(["test", *HERE, "--count", "100"], road(LB), interrupted(0))
    assert (at_once.status, at_once.stdout) == (130, "")


# ---------------------------------------------------------------- while a command runs


def during(code: str, reply: Callable[[Plan], Answer], *words: str) -> Ran:
    command = [sys.executable, "-c", code]
    typed = ["test", *HERE, "--during", "--rate", "50", *words, "--", *command]
    return run(typed, road(LB), reply, RealClock())


def test_nothing_is_lost_while_a_command_runs() -> None:
    ran = during("import time; time.sleep(0.4)", pods())
    assert ran.status == 0, ran.stdout + ran.stderr
    assert "lost           0 of " in ran.stdout
    assert "ended with status 0" in ran.stdout
    # For as long as it ran, at the rate.
    requests = int(ran.stdout.splitlines()[0].split()[-2])
    assert 10 < requests < 50


def test_what_is_lost_while_a_command_runs() -> None:
    sent = iter(range(10_000))

    def reply(plan: Plan) -> Answer:
        return answer(502, PAGE) if next(sent) in (4, 5, 9) else answer(200, PODS[0])

    ran = during("import time; time.sleep(0.6); raise SystemExit(3)", reply, "-o", "json")
    found = json.loads(ran.stdout)
    assert ran.status == 1
    assert found["failed"] == 3
    assert [gap["failed"] for gap in found["gaps"]] == [2, 1]
    assert found["command"]["status"] == 3
    sentence = found["verdict"]["sentence"]
    assert f"3 of {found['requests']} requests failed while " in sentence
    assert "(which failed with status 3)" in sentence


@pytest.mark.parametrize(("seconds", "few"), [(0, True), (0.5, False)])
def test_a_command_that_ends_too_soon_shows_nothing(seconds: float, few: bool) -> None:
    ran = during(f"import time; time.sleep({seconds})", pods())
    assert ran.status == 0
    sentence = " ".join(ran.stdout.split())
    assert ("sent, too few to show a loss: " in sentence) is few
    assert ("√ passed" in sentence) is not few


@pytest.mark.parametrize(
    ("requests", "words", "said", "fix"),
    [
        (
            2,
            ("kubectl", "rollout", "restart", "deployment/web", "-n", "shop"),
            "only 2 requests were sent, too few to show a loss: kubectl rollout restart"
            " deployment/web -n shop ended after 0.1 s, perhaps before what it began",
            "wait for the rollout too: --during --"
            " sh -c 'kubectl rollout restart deployment/web -n shop"
            " && kubectl rollout status deployment/web -n shop'",
        ),
        (
            3,
            ("/usr/bin/kubectl", "-n", "shop", "rollout", "restart", "deployment/web"),
            "only 3 requests were sent, too few to show a loss: /usr/bin/kubectl -n shop",
            "wait for the rollout too: --during --"
            " sh -c '/usr/bin/kubectl -n shop rollout restart deployment/web"
            " && /usr/bin/kubectl -n shop rollout status deployment/web'",
        ),
        (1, ("true",), "only 1 request was sent, too few to show a loss: true ended", ""),
        (10, ("make", "deploy"), "only 10 requests were sent, too few to show a loss: make", ""),
        (10, ("kubectl", "rollout", "undo", "deployment/web"), "only 10 requests", ""),
        (11, ("true",), "answered", ""),
    ],
)
def test_from_how_many_requests_on_a_loss_would_show(
    requests: int, words: tuple[str, ...], said: str, fix: str
) -> None:
    tally = Tally(Outcome(OutcomeKind.FORWARD))
    for number in range(requests):
        tally.add(Sent(number, number / 10, answer(200, PODS[0])), Verdict("ok", "answered"))
    ran = Sending(Repetition(None, mode=Mode.DURING), 0.1, command=CommandEnd(words, 0, 0.1))
    decision = Decision(Request("a"), Outcome(OutcomeKind.FORWARD), None)
    found = judge_all(tally, decision, ran, "trace")
    assert found.sentence.startswith(said)
    assert (found.passed, found.fix) == (True, fix)
    assert (found.level == "ok") is (requests > 10)


def test_a_command_that_fails_is_a_failure_although_nothing_was_lost() -> None:
    ran = during("raise SystemExit(7)", pods())
    assert ran.status == 1
    assert "KI127" in ran.stdout
    assert "no request failed, but" in " ".join(ran.stdout.split())


def test_no_command_runs_where_the_route_fails_already() -> None:
    ran = during("open('/nowhere', 'w')", lambda plan: answer(502, PAGE))
    assert ran.status == 1
    assert "ended with status" not in ran.stdout
    assert "KI109" in ran.stdout
    # Else it looks as if requests were lost while it ran.
    last = ran.stderr.splitlines()[-1]
    assert last.startswith(f"Not run: {sys.executable} -c ")
    assert last.endswith(". A request has to pass before it is started.")
    assert "Not run" not in during("pass", pods()).stderr


@pytest.mark.parametrize(
    ("rate", "shown"), [(1650.4, "1,650"), (999.7, "1,000"), (87.66, "87.7"), (0.01234, "0.0123")]
)
def test_a_pace_is_never_a_power_of_ten(rate: float, shown: str) -> None:
    assert pace(rate) == shown


def test_a_command_that_does_not_exist() -> None:
    words = ["test", *HERE, "--during", "--", "/no/such/program"]
    ran = run(words, road(LB), pods())
    assert ran.status == 2
    assert ran.stderr.startswith("error: cannot run /no/such/program: No such file")


def test_at_ctrl_c_the_command_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    # A terminal has told it as well; here nobody has, and it goes on for a while.
    slow = "import time; time.sleep(1); raise SystemExit(3)"
    ran = during(slow, interrupted(9, by=(signal.SIGINT,)))
    assert ran.status == 130
    assert "ended with status 3" in ran.stdout
    monkeypatch.setattr(repeating, "_GRACE_SECONDS", 0.5)
    ran = during("import time; time.sleep(60)", interrupted(9, by=(signal.SIGINT,)))
    assert "ended with status 143" in ran.stdout


def test_a_signal_ends_the_command_too() -> None:
    begun = time.monotonic()
    ran = during("import time; time.sleep(60)", interrupted(9, by=(signal.SIGTERM,)))
    assert ran.status == 130
    assert time.monotonic() - begun < 20
    assert "ended with status 143" in ran.stdout
