"""A chart by the real helm on a real API server: whatever breaks, the same command mends it.

The chart is the tests' own (tests/helm/chart), from a repository on loopback; it has what charts of
real controllers have: definitions, their objects, drawn keys, a hook, a load balancer. Killed is at
writes that are chosen by a seed (BED_SEED): the program, and helm with it. Played pods prove that
objects are accepted and a rollout completes, not that a vendor's image works.
"""

from __future__ import annotations

import os
import random
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helm import binary, repository
from tests.live.charts import NEEDS_HELM, Charts, Hook, gate, until
from tests.live.faults import Asked, Fault, Rule, proxy
from tests.realcluster import fixture

if TYPE_CHECKING:
    import subprocess

    from tests.realcluster.testbed import Bed

pytestmark = list(NEEDS_HELM)
SEED = int(os.environ.get("BED_SEED", "5"))
MARK = "kubectl-ingress/installed-by"
GATE = "apiVersion: small.example/v1\nkind: Gate\nmetadata: {name: theirs, namespace: default}\n"


@pytest.fixture(scope="module")
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    yield from fixture.real_bed(request)


@pytest.fixture(scope="module")
def charts(
    bed: Bed, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Charts]:
    hook = Hook()
    bed.node.images[:0] = [("small-gate", gate), ("small-prepares", hook.make)]
    (bed.bin_dir / "helm").symlink_to(binary.cached())
    directory = tmp_path_factory.mktemp("charts")
    with (
        repository.serving(directory) as url,
        proxy(bed.kubeconfig(), tmp_path_factory.mktemp("proxy")) as wire,
        bed.cluster.client() as client,
    ):
        charts = Charts(bed, client, wire, url, binary.cached(), hook)
        # Of others, so that it stays: a namespace takes some seconds to go.
        bed.kubectl("create", "namespace", "small")
        yield charts
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n\nHelm, killed with seed {SEED}:", *map("  ".join, charts.rows), sep="\n  ")


@pytest.fixture(scope="module")
def before(charts: Charts) -> dict[str, Any]:
    """What was there before all, once the cluster itself has made what it makes."""
    return charts.quiet()


@pytest.fixture(autouse=True)
def _clean(charts: Charts, before: dict[str, Any]) -> Iterator[None]:
    """Each test begins and ends with nothing of it."""
    charts.wire.play()
    yield
    charts.wire.play()
    charts.hook.held = False
    if charts.state() != before:
        charts.run("uninstall", "small", "--yes", "--crds", "--timeout", "60s")
    charts.settled(before)
    assert charts.release() == []


@pytest.fixture
def _alone(charts: Charts, before: dict[str, Any]) -> Iterator[None]:
    """Without the namespace."""
    charts.bed.kubectl("delete", "namespace", "small")
    yield
    charts.bed.kubectl("create", "namespace", "small")


def writes(asked: Asked) -> bool:
    return asked.writes


def refused(done: subprocess.CompletedProcess[str], status: int = 2) -> str:
    assert done.returncode == status, f"{done.stdout}{done.stderr}"
    assert done.stderr.count("error: ") == 1
    return " ".join(done.stderr.split())


@pytest.mark.usefixtures("_alone")
def test_install_again_and_uninstall(charts: Charts) -> None:
    dry = charts.run("install", "small", "--dry-run=server")
    assert "deployment.apps/small by helm (server dry run)" in dry.stdout
    assert charts.release() == []
    said = charts.install()
    # In the namespace that is not there yet only some can be checked.
    assert "11 objects to create" in said
    assert said.startswith("Ready. Address ")
    assert charts.bed.get("deployment", "small", "-n", "small")["status"]["availableReplicas"] == 1
    service = charts.bed.get("service", "small-proxy", "-n", "small")["metadata"]
    assert service["annotations"]["service.beta.kubernetes.io/aws-load-balancer-type"] == "nlb"
    definition = charts.bed.get("crd", "gates.small.example")["metadata"]["annotations"]
    assert definition[MARK].endswith(" small 1.0.0")
    assert charts.release() == [("1", "deployed")]
    # Drawn keys would be others: helm has nothing to do, and is not run.
    again = charts.install()
    assert "0 objects to create, 0 to change, 11 as they should be" in again
    assert "nothing to do" in again
    assert charts.release() == [("1", "deployed")]
    # What somebody has taken away is made again.
    charts.bed.kubectl("delete", "configmap", "small-settings-0", "-n", "small")
    assert "1 object to create" in charts.install()
    assert charts.bed.get("configmap", "small-settings-0", "-n", "small")
    said = charts.uninstall()
    assert "deployment.apps/small deleted by helm" in said
    assert "Stays" not in said
    assert charts.uninstall().startswith("Nothing to uninstall")


def test_upgrade_keeps_what_others_have_set(charts: Charts) -> None:
    charts.install()
    words = ("upgrade", "small", "small", "--repo", charts.repository, "-n", "small")
    charts.by_helm(*words, "--version", "1.0.0", "--reuse-values", "--set", "replicas=2")
    said = charts.install(version="1.1.0")
    assert "kept as others have set them: replicas" in said
    assert "small-1.0.0" in said
    deployment = charts.bed.get("deployment", "small", "-n", "small")
    assert deployment["spec"]["replicas"] == 2
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == "registry.example/small-gate:1.1.0"
    assert [status for _, status in charts.release()][-1] == "deployed"
    mark = charts.bed.get("crd", "gates.small.example")["metadata"]["annotations"][MARK]
    assert mark.endswith(" small 1.1.0")


def test_an_upgrade_that_helm_breaks_off_is_taken_back(charts: Charts) -> None:
    charts.install()
    stood = charts.state()
    last = Rule(
        Fault(cut="before"), lambda asked: asked.writes and "/configmaps" in asked.path, None
    )
    charts.wire.play(last)
    done = charts.run("install", "small", "--timeout", "60s", version="1.1.0", SMALL_VALUES=MORE)
    said = refused(done)
    assert charts.wire.played
    assert "helm upgrade failed" in said
    # Helm's own way back meets the same fault for as long as it lasts.
    charts.wire.play()
    charts.install()
    charts.settled(stood)


MORE = '{"settings": 3}'


def test_a_change_that_is_refused_in_the_middle_is_taken_back(charts: Charts) -> None:
    charts.install()
    stood = charts.state()
    quota = "quota", "few", "-n", "small"
    # Each one alone is within it, so that no dry run tells; ca and settings-0 are there.
    charts.bed.kubectl("create", *quota, "--hard=configmaps=3")
    until("the quota counts", lambda: charts.bed.get(*quota).get("status", {}).get("used"))
    try:
        done = charts.run("install", "small", version="1.1.0", SMALL_VALUES=MORE)
        said = refused(done)
        assert "exceeded quota" in said
        assert "Helm release small/small is as it was (small-1.0.0)" in said
    finally:
        charts.bed.kubectl("delete", *quota)
    now = {k: v for k, v in charts.state().items() if "CustomResourceDefinition" not in k}
    then = {k: v for k, v in stood.items() if "CustomResourceDefinition" not in k}
    # The marks of our own objects are of the version that was tried.
    assert now.keys() == then.keys()
    assert now["Deployment small/small#0"] == then["Deployment small/small#0"]
    assert [status for _, status in charts.release()][-1] == "deployed"
    charts.install()
    charts.settled(stood)


def test_a_first_one_that_helm_breaks_off_goes_on(charts: Charts, before: dict[str, Any]) -> None:
    bed = charts.bed
    bed.kubectl("create", "configmap", "theirs", "-n", "small")
    quota = "quota", "few", "-n", "small"
    bed.kubectl("create", *quota, "--hard=configmaps=3")
    until("the quota counts", lambda: bed.get(*quota).get("status", {}).get("used"))
    said = refused(charts.run("install", "small", SMALL_VALUES=MORE))
    assert "exceeded quota" in said
    assert "what was applied stays; the same command again goes on from there" in said
    assert "or remove it: kubectl ingress uninstall small" in said
    assert charts.release() == [("1", "failed")]
    bed.kubectl("delete", *quota)
    assert "Namespace small of others used" in charts.install(SMALL_VALUES=MORE)
    assert charts.release()[-1] == ("2", "deployed")
    # In a namespace of others nothing of it is left, and all that is theirs.
    assert "Stays namespace small: others made it" in charts.uninstall()
    left = {
        each["metadata"]["name"] for each in bed.get("all,cm,secrets,sa", "-n", "small")["items"]
    }
    assert left == {"theirs", "kube-root-ca.crt", "default"}
    bed.kubectl("delete", "configmap", "theirs", "-n", "small")


def test_one_that_does_not_get_ready_stays_and_the_way_back_is_told(charts: Charts) -> None:
    charts.install()
    values = '{"image": "registry.example/nobody-plays-this"}'
    done = charts.run("install", "small", "--timeout", "6s", SMALL_VALUES=values)
    said = refused(done, 1)
    assert "not ready after" in said
    assert "to go back to small-1.0.0: helm rollback small 1 -n small" in said
    charts.by_helm("rollback", "small", "1", "-n", "small")
    assert "10 as they should be" in charts.install()


def test_what_others_made_is_named_and_left(charts: Charts) -> None:
    bed = charts.bed
    words = ("small", "--repo", charts.repository, "-n", "small")
    charts.by_helm("install", "small", *words)
    said = refused(charts.run("install", "small"))
    assert "Helm release small/small (small-1.1.0) was not made by kubectl ingress" in said
    assert "helm uninstall small -n small" in said
    kept = refused(charts.run("uninstall", "small", "--yes"))
    assert "(KI708)" in kept
    charts.by_helm("uninstall", "small", "-n", "small", "--wait")
    bed.kubectl("delete", "crd", "gates.small.example")
    bed.kubectl("create", "clusterrole", "small", "--verb=get", "--resource=pods")
    said = refused(charts.run("install", "small"))
    assert "ClusterRole small is there already and not part of Helm release" in said
    bed.kubectl("delete", "clusterrole", "small")
    assert charts.release() == []


def test_definitions_of_others_are_used_and_stay(charts: Charts) -> None:
    bed = charts.bed
    bed.kubectl("apply", "--server-side", "-f", str(repository.CHART / "crds/gates.yaml"))
    bed.wait_for(lambda: bed.apply(GATE), 20, "the kind is served")
    said = charts.install()
    assert "1 definitions are there (by kubectl apply --server-side) and are used" in said
    charts.uninstall()
    assert bed.get("gate", "theirs")
    bed.kubectl("delete", "crd", "gates.small.example")


def test_definitions_stay_while_others_have_objects(charts: Charts) -> None:
    bed = charts.bed
    charts.install()
    bed.apply(GATE)
    said = charts.uninstall()
    assert "gates.small.example: it has Gate default/theirs, lost with --crds" in said
    assert bed.get("gate", "theirs")
    charts.uninstall("--crds")


def test_without_helm_both_say_where_it_is(charts: Charts) -> None:
    charts.install()
    path = ":".join(
        each for each in os.environ["PATH"].split(":") if not Path(each, "helm").exists()
    )
    for words in (("install", "small"), ("uninstall", "small", "--yes")):
        said = refused(charts.run(*words, PATH=path))
        assert "the program helm is not on PATH" in said
        assert "https://helm.sh/docs/intro/install/" in said


def test_what_is_told_to_type_is_ours_afterwards(charts: Charts) -> None:
    path = ":".join(
        each for each in os.environ["PATH"].split(":") if not Path(each, "helm").exists()
    )
    told = charts.run("install", "small", PATH=path).stderr.splitlines()
    [typed] = [line for line in told if line.strip().startswith("helm upgrade ")]
    charts.by_helm(*shlex.split(typed)[1:])
    assert "0 objects to create" in charts.install()
    charts.uninstall("--crds")
    charts.bed.kubectl("delete", "crd", "gates.small.example", "--ignore-not-found")


def test_a_missing_right_is_told_before_anything_is_done(charts: Charts) -> None:
    bed = charts.bed
    bed.kubectl("create", "clusterrolebinding", "dev", "--clusterrole=view", "--user=dev")
    try:
        config = str(charts.wire.kubeconfig(bed.kubeconfig("dev")))
        said = refused(charts.run("install", "small", KUBECONFIG=config))
        assert "forbidden" in said or "you may not" in said
        # The same by another's name, which helm is told too.
        impersonated = charts.run("install", "small", "--as", "dev")
        assert "forbidden" in impersonated.stderr or "you may not" in impersonated.stderr
    finally:
        bed.kubectl("delete", "clusterrolebinding", "dev")
    assert charts.release() == []


@pytest.fixture(scope="module")
def course(charts: Charts, before: dict[str, Any]) -> dict[str, tuple[int, dict[str, Any]]]:
    """Undisturbed: how many writes each command has, and the state afterwards."""
    found = {}
    for name, run in (
        ("install", charts.install),
        ("upgrade", lambda: charts.install(version="1.1.0")),
        ("uninstall", charts.uninstall),
    ):
        charts.wire.play()
        run()
        count = sum(map(writes, charts.wire.asked))
        found[name] = (count, charts.state())
    charts.settled(before)
    return found


MOMENTS = [
    (name, n)
    for name, times in (("install", 4), ("upgrade", 3), ("uninstall", 2))
    for n in range(times)
]


@pytest.mark.parametrize(("name", "number"), MOMENTS)
def test_killed_and_again(
    charts: Charts, course: dict[str, tuple[int, dict[str, Any]]], name: str, number: int
) -> None:
    count, state = course[name]
    chance = random.Random(f"{SEED} {name}")
    times = sum(each == name for each, _ in MOMENTS)
    ordinal = sorted(chance.sample(range(1, count + 1), times))[number]
    # Every second time the helm that it has begun goes on without it.
    helm = number % 2 == 0
    if name != "install":
        charts.install()
    if name == "uninstall":
        charts.install(version="1.1.0")
    version = "1.0.0" if name == "install" else "1.1.0"
    words = ("uninstall", "small", "--yes") if name == "uninstall" else ("install", "small")
    started: list[subprocess.Popen[str]] = []
    fault = Fault(cut="before" if helm else "", then=lambda: charts.kill(started[0], helm=helm))
    charts.wire.play(Rule(fault, writes, frozenset({ordinal})))
    started.append(charts.start(*words, version=version))
    started[0].communicate(timeout=120)
    assert charts.wire.played
    broken = charts.release()
    charts.wire.play()
    if name == "uninstall":
        charts.uninstall()
    else:
        charts.install(version=version)
    charts.settled(state)
    who = "both killed" if helm else "helm goes on"
    charts.note(f"{name}, {who}", f"write {ordinal} of {count}", f"{broken} -> the same state")


def test_killed_while_a_hook_runs(
    charts: Charts, course: dict[str, tuple[int, dict[str, Any]]]
) -> None:
    charts.hook.held = True
    process = charts.start("install", "small")
    until("helm waits for its hook", lambda: charts.release() == [("1", "pending-install")])
    charts.kill(process)
    process.communicate()
    again = charts.start("install", "small", "--timeout", "60s")
    assert again.stderr is not None
    while "waiting whether helm ends it" not in again.stderr.readline():
        assert again.poll() is None
    charts.hook.held = False
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, out + err
    assert "broken off; it is removed first" in " ".join(err.split())
    charts.settled(course["install"][1])


def test_interrupted_while_a_hook_runs(
    charts: Charts, course: dict[str, tuple[int, dict[str, Any]]]
) -> None:
    charts.hook.held = True
    process = charts.start("install", "small")
    until("helm waits for its hook", lambda: charts.release() == [("1", "pending-install")])
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Interrupted, not undone. The same command again goes on from there." in err
    # Helm was told, and has written down that it did not come through.
    assert charts.release() == [("1", "failed")]
    charts.hook.held = False
    charts.install()
    charts.settled(course["install"][1])
