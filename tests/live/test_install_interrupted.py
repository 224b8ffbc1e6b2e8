"""Interrupted at any moment, against a real API server: the same command ends in the same state.

Moments are counted in requests (see forwarder), chosen by a seed (BED_SEED), and spread over the
phases of a run that was measured undisturbed before: planning, writing, waiting. A request at
which something happens may or may not get through, and the answer may be lost.

Tried, with the table printed at the end:

- ``kill -9`` at ten moments of install, seven of them into a namespace that others made and use;
  at three of upgrade and of uninstall; and the same command again. Compared with the undisturbed
  run are all objects of all kinds in all namespaces (states.canonical says apart from what).
- The API server gone: connections cut while it reads, writes (before and after the request), and
  waits; gone for good and for a moment; a real API server that is stopped (SIGSTOP) and goes on.
- A right that is missing from the beginning, and all rights withdrawn in the middle.
- Install at once after uninstall, and while the namespace is still going away.
- Words that make no installation.

After each, all that was in the cluster before has the uid and the resourceVersion that it had.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live import states
from tests.live.forwarder import Forwarder, Moment
from tests.live.interruptions import NS, Course, Stage, ok, told
from tests.realcluster import fixture

if TYPE_CHECKING:
    from tests.realcluster.testbed import Bed

pytestmark = pytest.mark.skipif(
    not fixture.inside(),
    reason="NOTHING WAS INTERRUPTED BEFORE A REAL API SERVER: run `make test-live`",
)
SEED = int(os.environ.get("BED_SEED", "5"))
INSTALL = ("install", "--provider", "aws", "--timeout", "60s")
UPGRADE = ("upgrade", "--version", "1.15.1", "--timeout", "60s")
UNINSTALL = ("uninstall", "--yes", "--timeout", "60s")
# Ten moments; most in a namespace that stays, since one that goes takes 5 s more.
ALONE = ("planning", "writing", "waiting")
GUEST = ("planning", "writing", "writing", "writing", "writing", "waiting", "waiting")
# The namespace where it is somebody else's, and what he has in it.
THEIRS = ("Namespace ingress-nginx#", "ConfigMap ingress-nginx/mine#")
OTHERS = Path(__file__).with_name("others.yaml")


@pytest.fixture(scope="module")
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    yield from fixture.real_bed(request)


@pytest.fixture(scope="module")
def stage(bed: Bed, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A cluster in which others have something; at the end the table is printed."""
    # Nothing but health is asked of the controller here.
    bed.node.dataplane_command = None
    bed.apply(OTHERS.read_text())
    bed.kubectl("rollout", "status", "deployment/web", "-n", "theirs", "--timeout=60s")
    port = int(bed.cluster.url.rpartition(":")[2])
    with bed.cluster.client() as client:
        stage = Stage(bed, client, Forwarder(port))
        stage.quiet()
        yield stage
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n\nInterrupted, seed {SEED}:", *stage.table(), sep="\n  ")


@pytest.fixture(scope="module")
def before(stage: Stage) -> states.Objects:
    """What was there before all."""
    return stage.read()


@pytest.fixture(autouse=True)
def _others(stage: Stage, before: states.Objects) -> Iterator[None]:
    """Nothing of others is ever written; what a failed test leaves does not fail the next."""
    yield
    touched = states.touched(before, stage.read(), before)
    if stage.ours():
        stage.bed.ingress(*UNINSTALL, timeout=120)
    assert not touched


def measured(stage: Stage, writes: int) -> Course:
    """An undisturbed installation."""
    stage.wire.begin()
    ok(stage.run(*INSTALL, "--dry-run=server"))
    planning = stage.wire.exchanges
    stage.wire.begin()
    began = time.monotonic()
    ok(stage.run(*INSTALL))
    took, total = time.monotonic() - began, stage.wire.exchanges
    assert total > planning + writes
    stage.quiet()
    course = Course(planning, writes, total, states.canonical(stage.read()))
    stage.note("nothing", f"{total} requests, {took:.1f} s", f"{planning} before writing", "ready")
    return course


@pytest.fixture(scope="module")
def alone(stage: Stage, before: states.Objects) -> Course:
    """An undisturbed installation into a namespace of its own."""
    course = measured(stage, 19)
    assert sum(map(states.is_ours, stage.read().values())) == 17
    ok(stage.run(*UNINSTALL))
    stage.settled(states.canonical(before))
    return course


@pytest.fixture(scope="module")
def guest(stage: Stage, alone: Course) -> Iterator[Course]:
    """An undisturbed installation into a namespace that others made."""
    stage.bed.kubectl("create", "namespace", NS)
    stage.bed.kubectl("create", "configmap", "mine", "-n", NS)
    course = measured(stage, 18)
    # The same as in one of its own, but for that.
    stage.settled(alone.state, but=THEIRS)
    ok(stage.run(*UNINSTALL))
    yield course
    stage.bed.kubectl("delete", "namespace", NS, "--wait=false")


def mine(stage: Stage) -> object:
    return stage.bed.get("configmap", "mine", "-n", NS)["metadata"]


def again(stage: Stage, course: Course, *words: str, but: tuple[str, ...] = ()) -> None:
    """The same command once more, and the state of an undisturbed run."""
    stage.wire.begin()
    ok(stage.run(*words))
    stage.settled(course.state, but=but)


def killed(stage: Stage, moment: Moment, *words: str) -> None:
    done = stage.killed(moment, *words)
    assert done.returncode in (-signal.SIGKILL, 0), done.stderr
    end = "killed" if done.returncode else "ended before"
    stage.note(f"{words[0]}: {end}", moment, f"{stage.ours()} of ours stood", "the same state")


@pytest.mark.parametrize("number", range(len(ALONE)))
def test_install_killed(stage: Stage, alone: Course, before: states.Objects, number: int) -> None:
    moment = alone.moments(random.Random(SEED), *ALONE)[number]
    killed(stage, moment, *INSTALL)
    again(stage, alone, *INSTALL)
    ok(stage.run(*UNINSTALL))
    stage.settled(states.canonical(before))


def test_install_at_once_after_uninstall_and_while_the_namespace_goes(
    stage: Stage, alone: Course, before: states.Objects
) -> None:
    ok(stage.run(*INSTALL))
    ok(stage.run(*UNINSTALL))
    again(stage, alone, *INSTALL)
    stage.note("uninstall: ended", "and install at once", "", "the same state")
    # What is left to do then is to wait for the namespace.
    process = stage.start(*UNINSTALL)
    assert process.stderr is not None
    for line in process.stderr:
        if "Namespace ingress-nginx to go" in line:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    stage.wire.begin()
    done = ok(stage.run(*INSTALL))
    assert "Waiting until namespace ingress-nginx is deleted (KI706)" in done.stderr
    stage.settled(alone.state)
    stage.note("uninstall: killed", "namespace going", "install waited", "the same state")
    ok(stage.run(*UNINSTALL))
    stage.settled(states.canonical(before))


@pytest.mark.parametrize("number", range(len(GUEST)))
def test_install_killed_in_a_namespace_of_others(stage: Stage, guest: Course, number: int) -> None:
    was = mine(stage)
    moment = guest.moments(random.Random(SEED + 1), *GUEST)[number]
    killed(stage, moment, *INSTALL)
    again(stage, guest, *INSTALL)
    ok(stage.run(*UNINSTALL))
    assert mine(stage) == was
    assert stage.ours() == 0


@pytest.fixture(scope="module")
def risen(stage: Stage, guest: Course) -> Course:
    """An undisturbed upgrade."""
    ok(stage.run(*INSTALL, "--version", "1.13.9"))
    stage.wire.begin()
    ok(stage.run(*UPGRADE, "--dry-run=server"))
    planning = stage.wire.exchanges
    stage.wire.begin()
    ok(stage.run(*UPGRADE))
    total = stage.wire.exchanges
    stage.quiet()
    return Course(planning, 16, total, states.canonical(stage.read()))


@pytest.fixture(scope="module")
def fallen(stage: Stage, risen: Course) -> Course:
    """An undisturbed removal, of what was upgraded."""
    stage.wire.begin()
    ok(stage.run(*UNINSTALL, "--dry-run=client"))
    planning = stage.wire.exchanges
    stage.wire.begin()
    ok(stage.run(*UNINSTALL))
    return Course(planning, 18, stage.wire.exchanges, states.canonical(stage.read()))


@pytest.mark.parametrize("number", range(3))
def test_upgrade_and_uninstall_killed(
    stage: Stage, risen: Course, fallen: Course, number: int
) -> None:
    was = mine(stage)
    chance = random.Random(SEED + 2)
    moment = risen.moments(chance, "writing", "writing", "waiting")[number]
    ok(stage.run(*INSTALL, "--version", "1.13.9"))
    killed(stage, moment, *UPGRADE)
    again(stage, risen, *UPGRADE)
    moment = fallen.moments(chance, "planning", "writing", "writing")[number]
    killed(stage, moment, *UNINSTALL)
    stage.wire.begin()
    ok(stage.run(*UNINSTALL))
    stage.settled(fallen.state)
    assert mine(stage) == was


@pytest.mark.parametrize(
    ("phase", "delivered"),
    [("planning", False), ("writing", False), ("writing", True), ("waiting", False)],
    ids=["reading", "before-a-write", "after-a-write", "waiting"],
)
def test_the_api_server_goes_away(stage: Stage, guest: Course, phase: str, delivered: bool) -> None:
    chosen = guest.moments(random.Random(SEED + 3 + delivered), phase)[0]
    moment = Moment(chosen.exchange, delivered)

    def cut() -> bool:
        stage.wire.cut()
        return False

    words = (*INSTALL[:-1], "5s") if phase == "waiting" else INSTALL
    try:
        done = stage.at(moment, cut, *words)
    finally:
        stage.wire.restore()
    said = told(done, "error: the API server", "connection")
    there = stage.ours()
    if phase == "writing":
        assert "objects were applied and stay" in done.stderr
    assert there == 0 if phase == "planning" else there
    stage.note("API server gone", moment, f"{there} of ours stood, exit {done.returncode}", said)
    again(stage, guest, *INSTALL)
    ok(stage.run(*UNINSTALL))


def test_the_api_server_is_away_for_a_moment_while_it_waits(stage: Stage, guest: Course) -> None:
    moment = guest.moments(random.Random(SEED + 5), "waiting")[0]

    def cut() -> bool:
        stage.wire.cut()
        threading.Timer(2.5, stage.wire.restore).start()
        return False

    ok(stage.at(moment, cut, *INSTALL))
    stage.settled(guest.state)
    stage.note("API server gone, 2.5 s", moment, "exit 0", "the same state")
    ok(stage.run(*UNINSTALL))


def test_the_api_server_stands_still(stage: Stage, guest: Course) -> None:
    moment = guest.moments(random.Random(SEED + 6), "writing")[0]
    server = next(c for c in stage.bed.cluster._components if c.name == "apiserver").process

    def stop() -> bool:
        os.kill(server.pid, signal.SIGSTOP)
        return True

    try:
        done = stage.at(Moment(moment.exchange), stop, *INSTALL, "--request-timeout=2s")
    finally:
        os.kill(server.pid, signal.SIGCONT)
    said = told(done, "did not answer within 2 s", "objects were applied and stay")
    stage.note("API server stopped", moment, f"exit {done.returncode}", said)
    again(stage, guest, *INSTALL)
    ok(stage.run(*UNINSTALL))


def allow(stage: Stage, role: str) -> None:
    stage.bed.kubectl("create", "clusterrolebinding", "dev", f"--clusterrole={role}", "--user=dev")


def test_a_right_that_is_missing_is_told_before_anything_is_written(
    stage: Stage, guest: Course
) -> None:
    # All but webhooks, roles and what is not in a namespace.
    allow(stage, "admin")
    try:
        was = stage.read()
        done = stage.run(*INSTALL, user="dev")
        said = told(done, "nothing was changed; needed: ", "validatingwebhookconfigurations")
        assert done.stdout == ""
        now = stage.read()
        assert not states.touched(was, now, was)
        assert {*was} == {*now}
    finally:
        stage.bed.kubectl("delete", "clusterrolebinding", "dev")
    stage.note("no right", "from the beginning", f"exit {done.returncode}, nothing written", said)


@pytest.mark.parametrize("phase", ["writing", "waiting"])
def test_rights_that_are_withdrawn_in_the_middle(stage: Stage, guest: Course, phase: str) -> None:
    allow(stage, "cluster-admin")
    moment = Moment(guest.moments(random.Random(SEED + 7), phase)[0].exchange)

    def withdraw() -> bool:
        path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/dev"
        stage.client.delete(path).raise_for_status()
        # Until the API server itself has heard of it.
        time.sleep(0.5)
        return True

    done = stage.at(moment, withdraw, *INSTALL, user="dev")
    said = told(done, "user dev")
    if phase == "writing":
        assert "objects were applied and stay" in done.stderr
    stage.note("rights gone", moment, f"{stage.ours()} of ours stood, exit {done.returncode}", said)
    allow(stage, "cluster-admin")
    stage.wire.begin()
    ok(stage.run(*INSTALL, user="dev"))
    stage.bed.kubectl("delete", "clusterrolebinding", "dev")
    stage.settled(guest.state)
    ok(stage.run(*UNINSTALL))


BAD = (
    ("install --provider acme", '"acme"'),
    ("install --provider eks2", "eks2"),
    ("install --provider aws --version 9.9.9", '"9.9.9" cannot be installed'),
    ("install --provider aws --version 0.41.2", "0.41.2 is gone"),
    ("install --provider aws --version latest", '"latest"'),
    ("install --provider aws -n Bad_Name", '"Bad_Name" is no name for a namespace'),
    ("install --provider aws -n kube/system", "is no name for a namespace"),
    ("install --provider aws --class Bad_Class", "is no name for a class"),
    ("install --provider aws --image :latest", "is no image"),
    ("install --provider aws --registry https://mirror.example", "is no registry"),
    ("install --provider aws --replicas 0", "--replicas 0 would serve nobody"),
    ("install --provider aws --replicas many", "many"),
    ("install --provider aws-nlb-tls", "needs --acm-certificate and --proxy-cidr"),
    ("install --provider aws --timeout soon", "soon"),
    ("install --provider aws --dry-run=maybe", "maybe"),
    ("upgrade --version 9.9.9", '"9.9.9" cannot be installed'),
    ("upgrade --provider acme", '"acme"'),
    ("uninstall --yes --timeout soon", "soon"),
)


def test_words_that_make_no_installation(stage: Stage) -> None:
    stage.wire.begin()
    wrong = []
    for words, said in BAD:
        done = stage.run(*words.split())
        first, *steps = done.stderr.splitlines() or [""]
        fine = first.startswith("error: ") and steps and all(s.startswith("  ") for s in steps)
        if done.returncode != 2 or done.stdout or said not in done.stderr or not fine:
            wrong.append(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
        stage.note(words, "never begun", f"exit {done.returncode}", first.removeprefix("error: "))
    assert not wrong, "\n".join(wrong)
    # Not one of them asked the cluster anything.
    assert stage.wire.exchanges == 0


@pytest.mark.parametrize("image", ["nginx@sha256:12ab", "https://example.com/nginx"])
def test_an_image_that_cannot_be_one(stage: Stage, image: str) -> None:
    done = stage.run(*INSTALL, "--dry-run=client", "--image", image)
    told(done, "is no image")


def test_a_namespace_that_is_not_there(stage: Stage) -> None:
    done = stage.run("upgrade", "-n", "nowhere", "--version", "1.15.1")
    told(done, "there is no ingress-nginx in namespace nowhere to upgrade")
    done = stage.run("uninstall", "-n", "nowhere", "--yes")
    assert (done.returncode, done.stdout) == (0, "Nothing to uninstall\n")
    assert stage.ours() == 0
