"""What is kept of many answers: counts, no answers, so that it does not grow with them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Sent, Timings, Unreachable, pod_in
from kubectl_ingress.core.intervals import share_interval
from kubectl_ingress.core.request import Backend, Outcome
from kubectl_ingress.core.statistics import Durations
from kubectl_ingress.core.verdict import Verdict

PHASES = ("dns", "connect", "tls", "firstByte", "rest")
"""The parts of an exchange in their order; firstByte is the wait for it alone."""

_STRETCHES_KEPT = 20


class Share(Struct, frozen=True):
    """One side of a split: `predicted` of the requests (0 to 1), `answers` of `total` came from it.

    `total` counts the answers of which it is known who sent them.
    """

    backend: Backend
    predicted: float
    answers: int
    total: int

    @property
    def measured(self) -> float:
        """The share that was measured, 0 to 1."""
        return self.answers / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Between which the true share is, see core.intervals."""
        return share_interval(self.answers, self.total) if self.total else (0.0, 1.0)

    @property
    def fits(self) -> bool:
        """Whether the prediction lies within the interval."""
        low, high = self.interval
        return low <= self.predicted <= high


class Stretch(Struct, frozen=True):
    """`failed` requests one after the other, sent from `start` on.

    Both in seconds since the first request; `end` is when the next one that passed
    was sent, None where none did.
    """

    start: float
    end: float | None
    failed: int

    def seconds(self, until: float = 0.0) -> float:
        """How long it was, or is at the time `until`."""
        return (until if self.end is None else self.end) - self.start


class Tally:
    """Fed while requests are sent, read when they have been.

    `statuses` counts statuses and the names of failures, `spread` the answers of each
    pod that the outcome leads to. `times` are whole exchanges that were answered,
    `phases` their parts. `first_failed` is the verdict of the first that failed, `passed`
    of the first that passed, `remark` of the first that passed with a word. `reached` is
    the IP and port last connected to, `last_at` when the last was sent (core.answer.Sent).
    Stretches of failures are counted in `stretch_count`, and the first of them kept.
    """

    def __init__(self, outcome: Outcome) -> None:
        self.requests = 0
        self.failed = 0
        self.last_at = 0.0
        self.last: Answer | Unreachable | None = None
        self.reached: tuple[str, int] | None = None
        self.first_failed: Verdict | None = None
        self.passed: Verdict | None = None
        self.remark: Verdict | None = None
        self.times = Durations()
        self.phases: dict[str, Durations] = {phase: Durations() for phase in PHASES}
        self.stretch_count = 0
        self._outcome, self._pods = outcome, outcome.pods
        self._statuses: Counter[str] = Counter()
        self._spread: Counter[str] = Counter()
        self._nameless: Counter[int] = Counter()
        # Answers that overtook others wait here for their turn.
        self._early: list[tuple[int, float, bool]] = []
        self._next = 0
        self._ended: list[Stretch] = []
        self._lasting: Stretch | None = None
        self._longest: Stretch | None = None

    def add(self, sent: Sent, verdict: Verdict) -> None:
        """One more, with what was said of it. They may come in any order."""
        self.requests += 1
        self.last_at = max(self.last_at, sent.at)
        self.last = result = sent.result
        if result.peer:
            self.reached = result.peer, result.port
        if isinstance(result, Answer):
            self._statuses[str(result.status)] += 1
            self._add_times(result.timings)
            pod = pod_in(result, self._pods)
            if pod:
                self._spread[pod] += 1
            else:
                self._nameless[result.status] += 1
        else:
            self._statuses[str(result.why)] += 1
        self._add_verdict(verdict)
        heapq.heappush(self._early, (sent.index, sent.at, verdict.passed))
        while self._early and self._early[0][0] == self._next:
            self._take_early()

    def finish(self) -> None:
        """No more will come: those that were overtaken have been given up."""
        while self._early:
            self._take_early()

    def _take_early(self) -> None:
        number, at, passed = heapq.heappop(self._early)
        self._next = number + 1
        self._add_in_turn(at, passed)

    def _add_verdict(self, verdict: Verdict) -> None:
        if not verdict.passed:
            self.failed += 1
            self.first_failed = self.first_failed or verdict
        elif verdict.code:
            self.remark = self.remark or verdict
        else:
            self.passed = self.passed or verdict

    def _add_times(self, timings: Timings) -> None:
        self.times.add(timings.total)
        for phase, seconds in zip(PHASES, phases_of(timings), strict=True):
            if seconds is not None:
                self.phases[phase].add(seconds)

    def _add_in_turn(self, at: float, passed: bool) -> None:
        if passed and self._lasting is not None:
            self._keep(replace(self._lasting, end=at))
            self._lasting = None
        elif not passed:
            if self._lasting is None:
                self.stretch_count += 1
                self._lasting = Stretch(at, None, 0)
            self._lasting = replace(self._lasting, failed=self._lasting.failed + 1)

    def _keep(self, stretch: Stretch) -> None:
        if len(self._ended) < _STRETCHES_KEPT:
            self._ended.append(stretch)
        if self._longest is None or stretch.seconds() > self._longest.seconds():
            self._longest = stretch

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """When requests failed: the first of them, and the one that lasts to the end."""
        return (*self._ended, *filter(None, (self._lasting,)))

    def longest_gap(self, elapsed: float) -> float:
        """The longest time in which all failed; `elapsed` is when the last answer came."""
        known = filter(None, (self._longest, self._lasting))
        return max((stretch.seconds(elapsed) for stretch in known), default=0.0)

    @property
    def statuses(self) -> Mapping[str, int]:
        """Status, or the failure's name -> count; most first."""
        return dict(sorted(self._statuses.items(), key=lambda item: (-item[1], item[0])))

    @property
    def spread(self) -> Mapping[str, int]:
        """Pod -> answers, most first, then by name; pods that never answered last."""
        counts = {pod: self._spread[pod] for pod in self._pods}
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @property
    def strangers(self) -> int:
        """Answers of which nobody can tell which backend they came from."""
        own = {b.status for b in self._outcome.backends}
        return sum(count for status, count in self._nameless.items() if status not in own)

    @property
    def split(self) -> tuple[Share, ...]:
        """What each of several backends got; () where there is but one, or it cannot be told.

        It cannot where two of them have a pod in common, or where there are strangers:
        they may all have come from one side.
        """
        backends = self._outcome.backends
        if len(backends) < 2 or self.strangers or shared_pods(backends):
            return ()
        answers = [self._answers_of(backend) for backend in backends]
        weights = sum(backend.weight for backend in backends)
        if not sum(answers) or not weights:
            return ()
        return tuple(
            Share(backend, backend.weight / weights, count, sum(answers))
            for backend, count in zip(backends, answers, strict=True)
        )

    def _answers_of(self, backend: Backend) -> int:
        if backend.status is not None:
            return self._nameless[backend.status]
        return sum(self._spread[pod] for pod in pods_of(backend))


def pods_of(backend: Backend) -> frozenset[str]:
    """The names of the pods that may answer for it."""
    return frozenset(e.pod for e in backend.endpoints if e.ready and e.pod)


def shared_pods(backends: tuple[Backend, ...]) -> frozenset[str]:
    """The pods that more than one backend leads to."""
    counts = Counter(pod for backend in backends for pod in pods_of(backend))
    return frozenset(pod for pod, count in counts.items() if count > 1)


def phases_of(timings: Timings) -> tuple[float | None, ...]:
    """How long each of PHASES took, in seconds; None where it did not happen."""
    begun = sum(filter(None, (timings.dns, timings.connect, timings.tls)))
    first = timings.first_byte
    waited = None if first is None else max(0.0, first - begun)
    rest = None if first is None else max(0.0, timings.total - first)
    return timings.dns, timings.connect, timings.tls, waited, rest
