"""Commands while the API server, the network or a person gets in their way: see README.md here.

Each cell of the table is a command through a proxy that plays a fault at requests chosen by a seed
(BED_SEED). Either the command goes on as if nothing were, or it ends with a sentence that says
what stands and how to go on; then the same command again ends in the state of an undisturbed run.
In neither case is anything of others written. What was tried is printed at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live import states
from tests.live.fault_kinds import FAULTS
from tests.live.faults import proxy
from tests.live.interruptions import NS, ok
from tests.live.trials import SEED, Trials
from tests.realcluster import fixture

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
ROUTE = ("scaffold --apply", "test", "address", "status", "patch-host", "patch-host --undo")


@pytest.fixture(scope="module")
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    yield from fixture.real_bed(request)


@pytest.fixture(scope="module")
def trials(bed: Bed, request: pytest.FixtureRequest) -> Iterator[Trials]:
    """A cluster in which others have something, the namespace too; at the end the table."""
    # Waiting is what these tests do without.
    bed.cloud.delay = 0.0
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
def controller(trials: Trials, life: None) -> Iterator[None]:
    """A controller that serves."""
    ok(trials.run("install", "--provider", "aws"))
    yield
    ok(trials.run("uninstall", "--yes"))


def remove(trials: Trials) -> None:
    names = ("deployment/shop-deployment", "service/shop-service", "ingress/shop")
    trials.bed.kubectl("delete", *names, "--ignore-not-found")
    file = trials.files["OWN"]
    trials.bed.kubectl("delete", "-f", file, "--ignore-not-found")


@pytest.fixture(scope="module")
def route(trials: Trials, controller: None) -> None:
    """The commands for routes, undisturbed."""
    for command in ROUTE:
        if command == "test":
            ok(trials.run(*trials.words("test"), "--wait", "20s"))
        trials.plain(command)
    trials.plain("install --manifest")
    remove(trials)


@pytest.mark.parametrize("ordinal", [1, 2, 3])
def test_a_manifest_is_killed(trials: Trials, route: None, ordinal: int) -> None:
    try:
        trials.kill_at("install --manifest", ordinal)
    finally:
        remove(trials)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_route(trials: Trials, route: None, fault: str) -> None:
    try:
        for command in ROUTE:
            if command == "test":
                trials.proxy.play()
                ok(trials.run(*trials.words("test"), "--wait", "20s"))
            trials.attempt(command, fault)
        trials.attempt("install --manifest", fault)
    finally:
        trials.proxy.play()
        remove(trials)
