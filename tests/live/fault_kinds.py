"""The kinds of faults, and which requests of a command each meets: chosen by a seed."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.live.faults import Asked, Fault, Rule, When


@dataclass(frozen=True)
class Scene:
    """A run that is to be disturbed: what the undisturbed one asked, and what can be done."""

    asked: Sequence[Asked]
    chance: random.Random
    restart: Callable[[], object]
    send: Callable[[int], object]

    def some(self, when: When, most: int = 1, *, early: bool = False) -> frozenset[int]:
        """Ordinals of a few of the requests that `when` is true of.

        `early` are those before the first write. The last third is spared: how often a command
        looks in the end differs from run to run.
        """
        first = next((each.number for each in self.asked if each.writes), len(self.asked) + 1)
        there = sum(when(each) and (each.number < first or not early) for each in self.asked)
        sure = max(1, there if early else there - there // 3)
        return frozenset(self.chance.sample(range(1, sure + 1), min(most, sure)))

    @property
    def telling(self) -> When:
        """What a moment is counted by: writes, or reads where the command writes nothing."""
        return _writes if any(map(_writes, self.asked)) else _reads


Make = Callable[[Scene], list[Rule]]


@dataclass(frozen=True)
class Played:
    """One kind of fault. `words` are added to the command."""

    title: str
    make: Make
    words: tuple[str, ...] = ()


def _reads(asked: Asked) -> bool:
    return asked.reads


def _writes(asked: Asked) -> bool:
    return asked.writes


def _any(asked: Asked) -> bool:
    return True


def _few(fault: Fault, when: When, most: int) -> Make:
    return lambda scene: [Rule(fault, when, scene.some(when, most))]


def _late(scene: Scene) -> list[Rule]:
    fault = Fault(cut="before", then=lambda: time.sleep(2.0))
    return [Rule(fault, _reads, scene.some(_reads, early=True))]


def _one_object(scene: Scene) -> list[Rule]:
    """Whatever is written to the object of one write, again and again."""
    (number,) = scene.some(_writes)
    chosen = [each for each in scene.asked if each.writes][number - 1]
    return [Rule(Fault(status=409), lambda each: each.writes and each.path == chosen.path)]


def _from_then_on(scene: Scene) -> list[Rule]:
    left, telling = min(scene.some(scene.telling)), scene.telling

    def when(asked: Asked) -> bool:
        nonlocal left
        left -= telling(asked)
        return left <= 0

    return [Rule(Fault(status=429, retry_after="1"), when)]


def _twice(scene: Scene) -> list[Rule]:
    (number,) = scene.some(_reads)
    chosen = [each for each in scene.asked if each.reads][number - 1]

    def same(asked: Asked) -> bool:
        return asked.reads and (asked.path, asked.query) == (chosen.path, chosen.query)

    return [Rule(Fault(status=500), same, frozenset({1, 2}))]


def _lost(scene: Scene) -> list[Rule]:
    fault = Fault(status=500, delivered=scene.chance.random() < 0.5)
    return [Rule(fault, _writes, scene.some(_writes))]


def _pages(scene: Scene) -> list[Rule]:
    return [
        Rule(Fault(status=410), lambda asked: asked.goes_on, frozenset({1})),
        Rule(Fault(page=1), lambda asked: "limit" in asked.query),
    ]


def _restart(scene: Scene) -> list[Rule]:
    fault = Fault(cut="before", then=scene.restart)
    return [Rule(fault, scene.telling, scene.some(scene.telling))]


def _signalled(number: int) -> Make:
    def make(scene: Scene) -> list[Rule]:
        # Whether the request still gets through is left to chance.
        cut = scene.chance.choice(("", "before"))
        fault = Fault(cut=cut, then=lambda: scene.send(number))
        return [Rule(fault, scene.telling, scene.some(scene.telling))]

    return make


_BUSY = Fault(status=429, retry_after="1")
_AWAY = Fault(status=503, retry_after="1")
FAULTS: Mapping[str, Played] = {
    "slow": Played("three answers trickle in, each over 0.3 s", _few(Fault(seconds=0.3), _any, 3)),
    "late": Played(
        "one answer takes longer than --request-timeout", _late, ("--request-timeout=1s",)
    ),
    "409": Played("one write meets a conflict, once", _few(Fault(status=409), _writes, 1)),
    "409!": Played("one object meets a conflict whenever it is written", _one_object),
    "429": Played("one request is put off: 429, Retry-After: 1", _few(_BUSY, _any, 1)),
    "429!": Played(
        "from one write (or read) on, all requests are put off",
        _from_then_on,
        ("--request-timeout=1s",),
    ),
    "500r": Played("one read fails with 500, twice", _twice),
    "500w": Played("one write fails with 500; done or not, by chance", _lost),
    "503": Played("one request is put off: 503, Retry-After: 1", _few(_AWAY, _any, 1)),
    "410": Played("lists come in pages of one, and a continue token has expired", _pages),
    "cut-r": Played("two answers to reads end in the middle", _few(Fault(cut="body"), _reads, 2)),
    "cut-w": Played(
        "one answer to a write ends in the middle", _few(Fault(cut="body"), _writes, 1)
    ),
    "restart": Played("the API server is killed at a write (or read), and started again", _restart),
    "INT": Played("SIGINT at a write (or read)", _signalled(signal.SIGINT)),
    "TERM": Played("SIGTERM at a write (or read)", _signalled(signal.SIGTERM)),
    "KILL": Played("kill -9 at a write", _signalled(signal.SIGKILL)),
}
