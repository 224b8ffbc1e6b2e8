"""Two commands at the same time: neither ends in a traceback, and nothing is lost.

The second runs as a whole at a chosen write of the first, through the proxy that plays faults, so
that the moment is the same every time; and both are started together, as it comes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live import states
from tests.live.faults import Asked, Fault, Rule, proxy
from tests.live.interruptions import NS, ok, told
from tests.live.trials import Trials
from tests.realcluster import fixture

if TYPE_CHECKING:
    from tests.realcluster.testbed import Bed

pytestmark = pytest.mark.skipif(
    not fixture.inside(),
    reason="NO TWO COMMANDS RAN AT ONCE BEFORE A REAL API SERVER: run `make test-live`",
)
OTHERS = Path(__file__).with_name("others.yaml")
INSTALL = ("install", "--provider", "aws", "--timeout", "85s")
UNINSTALL = ("uninstall", "--yes", "--timeout", "85s")
ROUTE = ("scaffold", "shop", "--host", "first.example.com", "--apply")
Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    yield from fixture.real_bed(request)


def _writes(asked: Asked) -> bool:
    return asked.writes


@dataclass
class AtOnce(Trials):
    """Two commands, the second in the middle of the first."""

    second: list[Done] = field(default_factory=list)

    def both(
        self,
        first: Sequence[str],
        ordinal: int,
        second: Sequence[str],
        when: Callable[[Asked], bool] = _writes,
    ) -> tuple[Done, Done]:
        """Run `second` from beginning to end before that write of `first` gets through.

        Or that one of other requests of it.
        """
        self.second.clear()
        fault = Fault(then=lambda: self.second.append(self.aside(*second)))
        self.proxy.play(Rule(fault, when, frozenset({ordinal})))
        done = self.run(*first)
        self.proxy.play()
        assert len(self.second) == 1, "the second was not run"
        return done, self.second[0]

    def aside(self, *words: str) -> Done:
        """A command that is nobody's business but its own."""
        done = self.bed.run("kubectl-ingress", *words, timeout=90)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def together(self, *commands: Sequence[str]) -> list[Done]:
        """Start them all, and wait for all."""
        processes = [(words, self.start(*words)) for words in commands]
        return [self.finish(process, words) for words, process in processes]


@pytest.fixture(scope="module")
def two(bed: Bed) -> Iterator[AtOnce]:
    """A cluster in which others have something."""
    bed.cloud.delay = 0.0
    bed.node.dataplane_command = None
    bed.apply(OTHERS.read_text())
    bed.kubectl("rollout", "status", "deployment/web", "-n", "theirs", "--timeout=60s")
    bed.kubectl("create", "namespace", NS)
    bed.kubectl("create", "configmap", "mine", "-n", NS)
    with proxy(bed.kubeconfig(), bed.directory) as wire, bed.cluster.client() as client:
        two = AtOnce(bed, client, wire)
        two.quiet()
        yield two


@pytest.fixture(scope="module")
def others(two: AtOnce) -> states.Objects:
    """What others have."""
    return two.read()


@pytest.fixture(autouse=True)
def _nobody_else_is_touched(two: AtOnce, others: states.Objects) -> Iterator[None]:
    yield
    two.proxy.play()
    if two.ours():
        ok(two.aside(*UNINSTALL))
    assert not states.touched(others, two.read(), others)


@pytest.fixture(scope="module")
def installed(two: AtOnce, others: states.Objects) -> dict[str, object]:
    """The state of an undisturbed installation."""
    ok(two.run(*INSTALL))
    two.quiet()
    state = two.state()
    ok(two.run(*UNINSTALL))
    return state


def sentences(done: Done) -> None:
    """That it did what it was asked, or says why not."""
    if done.returncode:
        told(done)


@pytest.mark.parametrize("ordinal", [1, 14])
def test_two_installations(two: AtOnce, installed: dict[str, object], ordinal: int) -> None:
    first, second = two.both(INSTALL, ordinal, INSTALL)
    ok(second)
    ok(first)
    two.settled(installed)


def test_two_installations_started_together(two: AtOnce, installed: dict[str, object]) -> None:
    for done in two.together(INSTALL, INSTALL):
        ok(done)
    two.settled(installed)
    first, second = two.together(UNINSTALL, UNINSTALL)
    ok(first)
    ok(second)
    assert two.ours() == 0


@pytest.mark.parametrize("ordinal", [2, 16])
def test_an_installation_is_removed_while_it_is_made(
    two: AtOnce, installed: dict[str, object], ordinal: int
) -> None:
    first, second = two.both((*INSTALL[:-1], "3s"), ordinal, UNINSTALL)
    ok(second)
    sentences(first)
    ok(two.run(*INSTALL))
    two.settled(installed)


class Waiting:
    """Whether a request is one of those that install makes once its last object is applied."""

    def __init__(self) -> None:
        self.applied = False

    def __call__(self, asked: Asked) -> bool:
        self.applied |= asked.writes and "/validatingwebhookconfigurations/" in asked.path
        return self.applied and asked.reads


def test_an_installation_is_removed_while_it_is_waited_for(
    two: AtOnce, installed: dict[str, object]
) -> None:
    two.bed.node.hold_ready = {"controller"}
    try:
        done, second = two.both((*INSTALL[:-1], "8s"), 1, UNINSTALL, Waiting())
    finally:
        two.bed.node.hold_ready = set()
    ok(second)
    said = told(done, "controller: its Deployment is gone", "Somebody removed it meanwhile")
    assert "refuses every" not in said


@pytest.mark.parametrize("ordinal", [1, 8])
def test_a_removal_meets_an_installation(
    two: AtOnce, installed: dict[str, object], ordinal: int
) -> None:
    ok(two.run(*INSTALL))
    first, second = two.both(UNINSTALL, ordinal, (*INSTALL[:-1], "5s"))
    sentences(second)
    sentences(first)
    ok(two.run(*INSTALL))
    two.settled(installed)


def hosts(two: AtOnce) -> list[str]:
    return [rule["host"] for rule in two.bed.get("ingress", "shop")["spec"]["rules"]]


def test_two_hosts(two: AtOnce, others: states.Objects) -> None:
    ok(two.run(*ROUTE))
    try:
        first, second = two.both(
            ("patch-host", "shop", "one.example.com"), 1, ("patch-host", "shop", "two.example.com")
        )
        ok(second)
        ok(first)
        # It was read anew: the other's change is not lost without a word.
        assert hosts(two) == ["one.example.com"]
        assert "two.example.com → one.example.com" in first.stderr
        ok(two.run("patch-host", "shop", "--undo"))
        assert hosts(two) == ["first.example.com"]
        both = two.together(
            *(("patch-host", "shop", f"{name}.example.com") for name in ("one", "two", "three"))
        )
        for done in both:
            sentences(done)
        passed = sum(done.returncode == 0 for done in both)
        assert passed
        ok(two.run("patch-host", "shop", "--undo"))
        assert hosts(two) == ["first.example.com"]
    finally:
        names = ("deployment/shop-deployment", "service/shop-service", "ingress/shop")
        two.bed.kubectl("delete", *names)


def test_two_scaffolds(two: AtOnce, others: states.Objects) -> None:
    first, second = two.both(ROUTE, 2, ROUTE)
    try:
        ok(second)
        sentences(first)
        ok(two.run(*ROUTE))
        assert hosts(two) == ["first.example.com"]
    finally:
        names = ("deployment/shop-deployment", "service/shop-service", "ingress/shop")
        two.bed.kubectl("delete", *names)
