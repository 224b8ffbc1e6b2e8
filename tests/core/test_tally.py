import tracemalloc

import pytest

from kubectl_ingress.core.answer import Answer, Failure, Sent, Timings, Unreachable
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Target
from kubectl_ingress.core.tally import Stretch, Tally, phases_of
from kubectl_ingress.core.verdict import Verdict

OK = Verdict("ok", "fine")
LOST = Verdict("error", "lost", "KI109")
WORD = Verdict("warning", "fine, but", "KI111")


def backend(name: str, *pods: str, weight: int = 1, status: int | None = None) -> Backend:
    targets = tuple(Target("10.0.0.1", 80, pod) for pod in pods)
    return Backend("shop", name, "80", weight, targets, status)


def outcome(*backends: Backend) -> Outcome:
    return Outcome(OutcomeKind.FORWARD, backends=backends)


def answer(body: str = "", status: int = 200, seconds: float = 0.01) -> Answer:
    return Answer(status, (), body.encode(), Timings(seconds), "10.0.0.9", port=80)


def fed(tally: Tally, *bodies: str) -> Tally:
    for number, body in enumerate(bodies):
        tally.add(Sent(number, float(number), answer(body)), OK)
    return tally


def test_spread_keeps_pods_that_never_answered() -> None:
    tally = fed(Tally(outcome(backend("web", "a", "b", "c"))), "b", "b", "a", "?")
    assert list(tally.spread.items()) == [("b", 2), ("a", 1), ("c", 0)]


def test_statuses_and_failures_stand_beside_each_other_most_first() -> None:
    tally = Tally(outcome(backend("web", "a")))
    refused = Unreachable(Failure.REFUSED, "no", "connect", Timings(0.5))
    results = [answer(), answer(status=502), answer(), refused]
    for number, result in enumerate(results):
        tally.add(Sent(number, 0.0, result), LOST if number % 2 else OK)
    assert list(tally.statuses.items()) == [("200", 2), ("502", 1), ("connection refused", 1)]
    assert (tally.requests, tally.failed, tally.last) == (4, 2, refused)
    # Of those that were answered.
    assert tally.times.count == 3
    # The last that was connected to, whatever came after that.
    assert tally.reached == ("10.0.0.9", 80)


def test_verdicts_are_kept_by_their_kind() -> None:
    tally = Tally(outcome())
    for number, verdict in enumerate([OK, WORD, LOST, Verdict("error", "other", "KI106")]):
        tally.add(Sent(number, 0.0, answer()), verdict)
    assert (tally.passed, tally.remark, tally.first_failed) == (OK, WORD, LOST)


@pytest.mark.parametrize(
    ("timings", "phases"),
    [
        (Timings(1.0, 0.1, 0.2, 0.3, 0.9), (0.1, 0.2, 0.3, 0.3, 0.1)),
        (Timings(1.0, first_byte=0.75), (None, None, None, 0.75, 0.25)),
        (Timings(1.0), (None, None, None, None, None)),
    ],
)
def test_the_parts_of_an_exchange_make_it_up(
    timings: Timings, phases: tuple[float | None, ...]
) -> None:
    assert phases_of(timings) == tuple(p if p is None else pytest.approx(p) for p in phases)


def sequence(*passed: bool, order: list[int] | None = None) -> Tally:
    tally = Tally(outcome())
    for number in order or range(len(passed)):
        verdict = OK if passed[number] else LOST
        tally.add(Sent(number, number / 10, answer()), verdict)
    return tally


def test_stretches_of_failures_with_the_longest_gap() -> None:
    tally = sequence(True, False, False, True, False, True, True)
    assert tally.stretches == (Stretch(0.1, 0.3, 2), Stretch(0.4, 0.5, 1))
    assert tally.stretch_count == 2
    assert tally.longest_gap(0.7) == pytest.approx(0.2)


def test_a_gap_may_last_to_the_end() -> None:
    tally = sequence(True, False, True, False, False)
    assert tally.stretches == (Stretch(0.1, 0.2, 1), Stretch(0.3, None, 2))
    assert tally.longest_gap(1.0) == pytest.approx(0.7)
    assert sequence(True, True).longest_gap(1.0) == 0.0


def test_answers_that_overtake_others_are_put_in_their_turn() -> None:
    passed = (True, False, False, True, True)
    tally = sequence(*passed, order=[3, 0, 4, 2, 1])
    assert tally.stretches == sequence(*passed).stretches == (Stretch(0.1, 0.3, 2),)


def test_what_overtook_others_that_were_given_up_counts_at_the_end() -> None:
    tally = Tally(outcome())
    for number, verdict in ((0, OK), (2, LOST), (3, LOST), (5, OK)):
        tally.add(Sent(number, number / 10, answer()), verdict)
    assert tally.stretches == ()
    tally.finish()
    assert tally.stretches == (Stretch(0.2, 0.5, 2),)


def test_only_the_first_stretches_are_kept_and_all_are_counted() -> None:
    tally = sequence(*[number % 2 == 0 for number in range(101)])
    assert len(tally.stretches) == 20
    assert tally.stretch_count == 50


def split(weights: tuple[int, int], answers: tuple[int, int]) -> Tally:
    main = backend("web", "main-1", weight=weights[0])
    canary = backend("web-canary", "canary-1", weight=weights[1])
    bodies = ["main-1"] * answers[0] + ["canary-1"] * answers[1]
    return fed(Tally(outcome(main, canary)), *bodies)


def test_a_split_that_is_as_it_should_be() -> None:
    main, canary = split((70, 30), (141, 59)).split
    assert (canary.predicted, canary.measured, canary.total) == (0.3, 0.295, 200)
    low, high = canary.interval
    assert low < 0.3 < high
    assert canary.fits
    assert main.fits


@pytest.mark.parametrize("answers", [(200, 0), (100, 100), (0, 200), (20, 0)])
def test_a_split_that_is_not(answers: tuple[int, int]) -> None:
    _, canary = split((70, 30), answers).split
    assert canary.fits == (answers == (20, 0))


def test_answers_that_nobody_owns_up_to_may_all_be_of_one_side() -> None:
    main, canary = backend("web", "main-1", weight=70), backend("web-canary", "canary-1", weight=30)
    tally = fed(Tally(outcome(main, canary)), *["main-1"] * 70, *["a page without a name"] * 30)
    assert (tally.split, tally.strangers) == ((), 30)


def test_there_is_no_split_to_measure() -> None:
    assert split((70, 30), (0, 0)).split == ()
    assert fed(Tally(outcome(backend("web", "a"))), "a").split == ()
    shared = Tally(outcome(backend("web", "a", "b"), backend("canary", "b")))
    assert fed(shared, "a", "b").split == ()


def test_a_share_that_is_answered_by_a_status_is_counted_by_it() -> None:
    tally = Tally(outcome(backend("web", "a", weight=1), backend("gone", weight=1, status=500)))
    for number in range(40):
        result = answer("a") if number % 2 else answer("no", status=500)
        tally.add(Sent(number, 0.0, result), OK)
    assert [share.answers for share in tally.split] == [20, 20]


def test_memory_does_not_grow_with_the_number_of_answers() -> None:
    tally = Tally(outcome(backend("web", "a", "b")))

    def feed(first: int, last: int) -> None:
        for number in range(first, last):
            timings = Timings(0.001 * (1 + number % 997), 0.001, 0.001, None, 0.001)
            result = Answer(200, (), b"a %d" % number, timings, "10.0.0.9")
            tally.add(Sent(number, number / 100, result), OK if number % 100 else LOST)

    feed(0, 3000)
    tracemalloc.start()
    feed(3000, 30_000)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < 20_000
