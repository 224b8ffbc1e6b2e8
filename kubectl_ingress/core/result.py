"""What one `test` found: everything that is printed, and nothing that is not known."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kubectl_ingress.core.answer import Answer, Plan, Unreachable, pod_in, spread
from kubectl_ingress.core.request import Decision, Request
from kubectl_ingress.core.verdict import Controller, Verdict


@dataclass(frozen=True)
class RouteResult:
    """One request, sent once or many times.

    `plan`, `controller` and `decision` are None where there was nobody to send
    it to; `answers` are in the order in which they were sent. `mapped` is whether
    a file of the cluster's own says where its load balancers are, and not DNS.
    """

    request: Request
    verdict: Verdict
    plan: Plan | None = None
    controller: Controller | None = None
    decision: Decision | None = None
    answers: tuple[Answer | Unreachable, ...] = ()
    mapped: bool = False

    @property
    def answered(self) -> tuple[Answer, ...]:
        """The answers that came."""
        return tuple(a for a in self.answers if isinstance(a, Answer))

    @property
    def statuses(self) -> Mapping[str, int]:
        """Status, or the failure's name, -> count; most first."""
        names = [str(a.status) if isinstance(a, Answer) else str(a.why) for a in self.answers]
        return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))

    @property
    def spread(self) -> Mapping[str, int]:
        """Pod -> answers, of the pods that the route leads to."""
        pods = self.decision.outcome.pods if self.decision else frozenset()
        return spread(self.answered, pods)

    def pod_of(self, answer: Answer) -> str:
        """The pod that sent it, "" where the body names none."""
        return pod_in(answer, self.decision.outcome.pods) if self.decision else ""

    @property
    def curl(self) -> str:
        """The curl command that sends the same request, "" where it could not be sent."""
        if self.plan is None or not self.mapped:
            return curl_command(self.plan) if self.plan else ""
        # curl asks DNS, which does not know this address: name the one that was meant.
        tried = [answer for answer in self.answers if answer.peer]
        if not tried:
            return ""
        return curl_command(replace(self.plan, address=tried[-1].peer, port=tried[-1].port))


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile of a list that is not empty; share 0.5 is the median."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def evenness(counts: list[int]) -> float:
    """The chance of a spread at least this uneven if all pods were equally likely.

    Pearson's chi-square test. 1.0 where there is nothing to compare.
    """
    total, cells = sum(counts), len(counts)
    if cells < 2 or total == 0:
        return 1.0
    mean = total / cells
    statistic = sum((count - mean) ** 2 / mean for count in counts)
    return _upper_gamma(cells - 1, statistic / 2)


def _upper_gamma(freedom: int, x: float) -> float:
    # Q(k/2, x) by its recurrence from Q(1/2, x) = erfc(sqrt x) or Q(1, x) = exp(-x).
    a = 0.5 if freedom % 2 else 1.0
    value = math.erfc(math.sqrt(x)) if freedom % 2 else math.exp(-x)
    while a < freedom / 2:
        value += math.exp(a * math.log(x) - x - math.lgamma(a + 1)) if x > 0 else 0.0
        a += 1
    return min(1.0, value)


def curl_command(plan: Plan) -> str:
    """The curl command that sends the same request to the same address."""
    request = plan.request
    words = ["curl", "-sS", "-i"]
    port = request.port or (443 if request.scheme == "https" else 80)
    if (request.host, port) != (plan.address, plan.port):
        way = f"{_bracketed(request.host)}:{port}:{_bracketed(plan.address)}:{plan.port}"
        words += ["--connect-to", way]
    if request.method != ("POST" if plan.body is not None else "GET"):
        words += ["-X", request.method]
    for name, value in request.headers:
        words += ["-H", f"{name}: {value}" if value else f"{name};"]
    if plan.body is not None:
        words += ["--data-binary", plan.body.decode("utf-8", "backslashreplace")]
    if not plan.verify:
        words.append("-k")
    words += ["--max-time", f"{plan.max_time:g}", request.url]
    return shlex.join(words)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
