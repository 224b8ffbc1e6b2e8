"""Commands while the API server, the network or a person gets in their way: see README.md here.

Each cell of the table is a command through a proxy that plays a fault at requests chosen by a seed
(BED_SEED). Either the command goes on as if nothing were, or it ends with a sentence that says
what stands and how to go on; then the same command again ends in the state of an undisturbed run.
In neither case is anything of others written. What was tried is printed at the end.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.controllers.ingress_nginx import Settings
from kubectl_ingress.dataplane.sync import WATCHED, DataPlane
from kubectl_ingress.ports.cluster import connect
from tests.dataplane.test_process import Recorder
from tests.live import states
from tests.live.fault_kinds import FAULTS
from tests.live.faults import Fault, Rule, proxy
from tests.live.interruptions import NS, ok
from tests.live.trials import SEED, Trials
from tests.realcluster import fixture
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.realcluster.testbed import Bed

pytestmark = pytest.mark.skipif(
    not fixture.inside(),
    reason="NO FAULT WAS PLAYED BEFORE A REAL API SERVER: run `make test-live`",
)
OTHERS = Path(__file__).with_name("others.yaml")
OWN = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: own, namespace: default}
data: {a: b}
---
apiVersion: v1
kind: Service
metadata: {name: own, namespace: default}
spec: {selector: {app: own}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: own, namespace: default}
spec:
  selector: {matchLabels: {app: own}}
  template:
    metadata: {labels: {app: own}}
    spec: {containers: [{name: own, image: "registry.k8s.io/e2e-test-images/agnhost:2.53"}]}
"""
LIFE = ("install", "upgrade", "uninstall")
ROUTE = (
    *("scaffold --apply", "test", "address", "status", "list", "trace"),
    *("patch-host", "patch-host --undo"),
)


@pytest.fixture(scope="module")
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    yield from fixture.real_bed(request)


@pytest.fixture(scope="module")
def dataplane(bed: Bed) -> Any:
    """The program that serves routes here."""
    return bed.node.dataplane_command


@pytest.fixture(scope="module")
def trials(bed: Bed, dataplane: Any, request: pytest.FixtureRequest) -> Iterator[Trials]:
    """A cluster in which others have something, the namespace too; at the end the table."""
    # Waiting is what these tests do without; and nothing but health is asked of the controller,
    # but by `test`.
    bed.cloud.delay = 0.0
    bed.node.dataplane_command = None
    bed.apply(OTHERS.read_text())
    bed.kubectl("rollout", "status", "deployment/web", "-n", "theirs", "--timeout=60s")
    bed.kubectl("create", "namespace", NS)
    bed.kubectl("create", "configmap", "mine", "-n", NS)
    own = bed.directory / "own.yaml"
    own.write_text(OWN)
    with proxy(bed.kubeconfig(), bed.directory) as wire, bed.cluster.client() as client:
        trials = Trials(bed, client, wire, files={"OWN": str(own)})
        trials.quiet()
        yield trials
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n\nFaults, seed {SEED}; on: went on; told: said so, and the same command again")
        print(
            "ended in the same state; behind it the seconds it took:", *trials.report(), sep="\n  "
        )


@pytest.fixture(scope="module")
def others(trials: Trials) -> states.Objects:
    """What others have."""
    return trials.read()


@pytest.fixture(autouse=True)
def _nobody_else_is_touched(trials: Trials, others: states.Objects) -> Iterator[None]:
    yield
    assert not states.touched(others, trials.read(), others)


@pytest.fixture(scope="module")
def life(trials: Trials, others: states.Objects) -> None:
    """Install, upgrade and uninstall, undisturbed."""
    for command in LIFE:
        trials.plain(command)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_life_of_an_installation(trials: Trials, life: None, fault: str) -> None:
    try:
        for command in LIFE:
            trials.attempt(command, fault)
    finally:
        trials.proxy.play()
        if trials.ours():
            trials.bed.ingress("uninstall", "--yes")


@pytest.fixture(scope="module")
def daemons(trials: Trials, others: states.Objects) -> None:
    """One pod on every node, undisturbed."""
    trials.plain("install, DaemonSet")
    trials.plain("uninstall")


@pytest.mark.parametrize("ordinal", [2, 5, 9, 13, 15, 17])
def test_an_installation_of_daemons_is_killed(
    trials: Trials, life: None, daemons: None, ordinal: int
) -> None:
    trials.kill_at("install, DaemonSet", ordinal)
    trials.cells["install, DaemonSet", "KILL"] = "again"
    trials.plain("uninstall")


@pytest.fixture(scope="module")
def own(trials: Trials, others: states.Objects) -> None:
    """A manifest of one's own, undisturbed."""
    trials.plain("install --manifest")
    withdraw(trials)


def withdraw(trials: Trials) -> None:
    trials.proxy.play()
    trials.bed.kubectl("delete", "-f", trials.files["OWN"], "--ignore-not-found")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_manifest(trials: Trials, own: None, fault: str) -> None:
    try:
        trials.attempt("install --manifest", fault)
    finally:
        withdraw(trials)


@pytest.mark.parametrize("ordinal", [1, 2, 3])
def test_a_manifest_is_killed(trials: Trials, own: None, ordinal: int) -> None:
    try:
        trials.kill_at("install --manifest", ordinal)
    finally:
        withdraw(trials)


@pytest.fixture(scope="module")
def controller(trials: Trials, life: None, dataplane: Any) -> Iterator[None]:
    """A controller that serves."""
    trials.bed.node.dataplane_command = dataplane
    ok(trials.run("install", "--provider", "aws"))
    yield
    ok(trials.run("uninstall", "--yes"))


def remove(trials: Trials) -> None:
    names = ("deployment/shop-deployment", "service/shop-service", "ingress/shop")
    trials.bed.kubectl("delete", *names, "--ignore-not-found")


@pytest.fixture(scope="module")
def route(trials: Trials, controller: None) -> None:
    """The commands for routes, undisturbed."""
    for command in ROUTE:
        if command == "test":
            ok(trials.run(*trials.words("test"), "--wait", "20s"))
        trials.plain(command)
    remove(trials)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_route(trials: Trials, route: None, fault: str) -> None:
    try:
        for command in ROUTE:
            if command == "test":
                trials.proxy.play()
                ok(trials.run(*trials.words("test"), "--wait", "20s"))
            trials.attempt(command, fault)
    finally:
        trials.proxy.play()
        remove(trials)


def test_waiting_outlasts_an_api_server_that_is_away(trials: Trials, route: None) -> None:
    """The route is not there yet, then the API server is not, then both are."""
    words = (*trials.words("test"), "--wait", "40s")
    trials.proxy.play()
    waiting = trials.start(*words)
    try:
        trials.bed.wait_for(lambda: len(trials.proxy.asked) > 8, 20, "it looks again")
        trials.bed.cluster.kill("apiserver")
        asked = len(trials.proxy.asked)
        trials.bed.wait_for(lambda: len(trials.proxy.asked) > asked, 20, "it looks in vain")
        trials.bed.cluster.revive("apiserver")
        ok(trials.run(*trials.words("scaffold --apply")))
        done = ok(trials.finish(waiting, words))
    finally:
        remove(trials)
    assert "waiting: " in done.stderr


CLASS = """\
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: watched}
spec: {controller: k8s.io/ingress-nginx}
"""


def test_watches_go_on(trials: Trials, others: states.Objects, tmp_path: Path) -> None:
    """Each is told that it is too old, and cut off after its first event; then it is let be."""
    config = str(trials.proxy.kubeconfig(trials.bed.kubeconfig()))
    options, server, log = ClusterOptions(kubeconfig=config), Recorder(), io.StringIO()
    plane = DataPlane(
        lambda: connect(options, {}, log), lambda _: Settings("watched"), server, tmp_path, log=log
    )
    first = frozenset(range(1, len(WATCHED) + 1))
    trials.proxy.play(
        Rule(Fault(status=410), lambda asked: asked.watches, first),
        Rule(Fault(cut="body"), lambda asked: asked.watches, first),
    )
    running = threading.Thread(target=plane.run, daemon=True)
    running.start()
    try:
        wait_for(lambda: trials.proxy.played == 2 * len(first), 30, "all faults")
        trials.bed.apply(CLASS)
        rule = ("--class=watched", "--rule=a.example/=web:80")
        trials.bed.kubectl("create", "ingress", "watched", *rule)
        wait_for(lambda: server.loaded and server.loaded[-1][0].loaded, 10, "the new Ingress")
    finally:
        plane.stop()
        running.join(10)
        trials.bed.kubectl(
            "delete", "ingress/watched", "ingressclass/watched", "--ignore-not-found"
        )
    assert log.getvalue().count("The provided continue parameter is too old") == len(first)
    # None is begun again without a pause.
    assert sum(asked.watches for asked in trials.proxy.asked) <= 4 * len(first)
