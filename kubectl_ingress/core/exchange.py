"""What was sent for one route test, and what came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Plan, Unreachable
from kubectl_ingress.core.curl import curl_command
from kubectl_ingress.core.statistics import Durations


class Exchange(Struct, frozen=True):
    """One plan, sent once or many times.

    `pods` has the pod that sent each answer, "" where the answer names none.
    `mapped` is whether a file of the cluster's own says where its load
    balancers are, and not DNS.
    """

    plan: Plan
    answers: tuple[Answer | Unreachable, ...]
    pods: tuple[str, ...]
    mapped: bool = False

    @property
    def answered(self) -> tuple[Answer, ...]:
        """The answers that came."""
        return tuple(one for one in self.answers if isinstance(one, Answer))

    @property
    def statuses(self) -> Mapping[str, int]:
        """Status, or the failure's name, -> count; most first."""
        names = [str(a.status) if isinstance(a, Answer) else str(a.why) for a in self.answers]
        return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))

    @property
    def spread(self) -> Mapping[str, int]:
        """Pod -> answers, most first, of those that are named."""
        counts = Counter(pod for pod in self.pods if pod)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def durations(self) -> Durations:
        """Of the whole exchanges that ended in an answer, in seconds."""
        found = Durations()
        for one in self.answered:
            found.add(one.timings.total)
        return found

    @property
    def curl(self) -> str:
        """The curl command that sends the same request, "" where nobody knows the address."""
        if not self.mapped:
            return curl_command(self.plan)
        # curl asks DNS, which does not know this address: name the one that was meant.
        tried = next((one for one in self.answers if one.peer), None)
        if tried is None:
            return ""
        return curl_command(replace(self.plan, address=tried.peer, port=tried.port))
