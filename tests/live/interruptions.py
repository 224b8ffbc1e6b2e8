"""Commands that are interrupted at a chosen moment, and what stands then."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.live import states
from tests.live.forwarder import Forwarder, Moment

if TYPE_CHECKING:
    import httpx

    from tests.live.faults import Proxy
    from tests.live.states import Objects
    from tests.realcluster.testbed import Bed

NS = "ingress-nginx"
SETTLE_SECONDS = 15.0


@dataclass(frozen=True)
class Course:
    """An undisturbed run: requests up to the last reading, writes, all requests, the end state."""

    planning: int
    writes: int
    total: int
    state: dict[str, Any]

    def moments(self, chance: random.Random, *phases: str) -> list[Moment]:
        """One in each of these phases."""
        spans = {
            "planning": (2, self.planning),
            "writing": (self.planning + 1, self.planning + self.writes),
            # Not the very end: how often it looks differs from run to run.
            "waiting": (
                self.planning + self.writes + 1,
                max(
                    self.planning + self.writes + 2,
                    self.total - (self.total - self.planning - self.writes) // 3,
                ),
            ),
        }
        return [self._moment(chance, *spans[phase]) for phase in phases]

    def _moment(self, chance: random.Random, low: int, high: int) -> Moment:
        exchange = chance.randint(low, high)
        delivered = chance.random() < 0.6
        return Moment(exchange, delivered, chance.uniform(0, 0.02) if delivered else 0.0)


@dataclass
class Stage:
    """The cluster, the wire to it, and the rows of the table."""

    bed: Bed
    client: httpx.Client
    wire: Forwarder | Proxy
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def read(self) -> Objects:
        """All that there is."""
        return states.read(self.client)

    def run(self, *words: str, user: str = "admin") -> subprocess.CompletedProcess[str]:
        """A command to its end, over the wire."""
        return self.finish(self.start(*words, user=user), words)

    def start(self, *words: str, user: str = "admin") -> subprocess.Popen[str]:
        """A command, over the wire."""
        config = str(self.wire.kubeconfig(self.bed.kubeconfig(user)))
        return self.bed.popen("kubectl", "ingress", *words, env={"KUBECONFIG": config})

    def finish(
        self, process: subprocess.Popen[str], words: Sequence[str]
    ) -> subprocess.CompletedProcess[str]:
        """Wait for its end."""
        try:
            out, err = process.communicate(timeout=90)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(list(words), process.returncode, out, err)

    def at(
        self, moment: Moment, then: Callable[[], bool], *words: str, user: str = "admin"
    ) -> subprocess.CompletedProcess[str]:
        """A command, with something happening at a moment of it."""
        self.wire.begin(moment, then)
        done = self.run(*words, user=user)
        assert self.wire.exchanges >= moment.exchange or done.returncode != 0, "it came too late"
        return done

    def killed(self, moment: Moment, *words: str) -> subprocess.CompletedProcess[str]:
        """A command that is killed at a moment; its exit status is -9."""
        started: list[subprocess.Popen[str]] = []

        def kill() -> bool:
            os.killpg(started[0].pid, signal.SIGKILL)
            return False

        self.wire.begin(moment, kill)
        started.append(self.start(*words))
        return self.finish(started[0], words)

    def settled(self, wanted: dict[str, Any], *, but: Sequence[str] = ()) -> Objects:
        """Wait until the cluster is as wanted; what it holds then.

        `but` are the names of objects that somebody else has put there for one test.
        """
        now: Objects = {}

        def difference() -> list[str]:
            now.clear()
            now.update(self.read())
            found = states.differing(wanted, self.canonical(now))
            return [each for each in found if not each.startswith(tuple(but or ("?",)))]

        def same() -> bool:
            assert not (found := difference()), "\n".join(found[:30])
            return True

        self.bed.wait_for(same, SETTLE_SECONDS, "the same objects as after an undisturbed run")
        return now

    def canonical(self, objects: Objects) -> dict[str, Any]:
        """What is compared of a state."""
        return states.canonical(objects)

    def quiet(self) -> None:
        """Wait until the cluster itself writes nothing any more."""
        seen: list[Objects] = [{}]

        def same() -> bool:
            time.sleep(1.0)
            seen.append(self.read())
            moving = states.touched(seen[-1], seen[-2], seen[-1])
            assert not moving, moving
            return True

        self.bed.wait_for(same, SETTLE_SECONDS, "a quiet cluster")

    def ours(self) -> int:
        """How many objects bear our mark."""
        return sum(map(states.is_ours, self.read().values()))

    def note(self, what: str, moment: object, left: str, result: str) -> None:
        """A row of the table."""
        self.rows.append((what, str(moment), left, result))

    def table(self) -> Iterator[str]:
        """What was tried, line by line."""
        heads = ("INTERRUPTED", "MOMENT", "THEN", "AFTERWARDS")
        widths = [max(len(row[i]) for row in (heads, *self.rows)) for i in range(4)]
        for row in (heads, *self.rows):
            yield "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True))


def ok(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """That it did what it was asked."""
    assert done.returncode == 0, f"{done.args}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def told(done: subprocess.CompletedProcess[str], *words: str) -> str:
    """That it failed clearly; what it said, in one line."""
    said = " ".join(done.stderr.split())
    assert done.returncode in (1, 2), f"{done.returncode}: {done.stderr}"
    assert done.stderr.count("error: ") == 1
    for word in words:
        assert word in said, done.stderr
    return said.partition("error: ")[2]
