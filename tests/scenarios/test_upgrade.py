"""From one release to another for real: the address stays, requests go on, failures are undone."""

from __future__ import annotations

import os
import shlex
import signal
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess

    from .world import World

NS = "ingress-nginx"
NAME = "ingress-nginx-controller"
URL = "http://a.example/echo"
FEW = 3
BROKEN = "registry.example/broken/ingress-nginx/controller:v9"


@pytest.fixture(scope="module", autouse=True)
def _application(bed: World) -> None:
    image = "--image=registry.k8s.io/e2e-test-images/agnhost:2.53"
    bed.kubectl("create", "deployment", "echo", image, "--", "/agnhost", "serve-hostname")
    bed.kubectl("expose", "deployment", "echo", "--port=80", "--target-port=9376")
    bed.kubectl("rollout", "status", "deployment/echo", "--timeout=60s")
    bed.node.unpullable.add("registry.example/broken")


@pytest.fixture(autouse=True)
def _no_route(bed: World) -> Iterator[None]:
    """The controller stays, and is set to what the next test begins with: that takes less time."""
    yield
    bed.node.hold_certgen = False
    bed.kubectl("delete", "ingress", "web", "--ignore-not-found")


def uninstall(bed: World) -> None:
    done = bed.ingress("uninstall", "--yes", timeout=90)
    assert done.returncode == 0, done.stderr


def install(bed: World, *words: str, version: str = "1.13.9") -> str:
    """Install and route one host; the load balancer's address."""
    done = bed.ingress("install", "--version", version, "--timeout", "60s", *words, timeout=90)
    assert done.returncode == 0, done.stderr
    bed.kubectl("create", "ingress", "web", "--class=nginx", "--rule=a.example/echo*=echo:80")
    serves(bed)
    return bed.hostname(NAME, NS)


def serves(bed: World) -> None:
    done = bed.ingress("test", URL, "--wait", "20s")
    assert done.returncode == 0, done.stdout + done.stderr


def upgrade(bed: World, *words: str, timeout: str = "60s") -> subprocess.CompletedProcess[str]:
    return bed.ingress("upgrade", "--timeout", timeout, *words, timeout=150)


def get(bed: World, kind: str, name: str = NAME) -> dict[str, Any]:
    found: dict[str, Any] = bed.get(kind, name, "-n", NS)
    return found


def image(bed: World) -> str:
    container = get(bed, "deployment")["spec"]["template"]["spec"]["containers"][0]
    return str(container["image"])


def test_to_the_last_release_with_the_address_kept(bed: World) -> None:
    address = install(bed, "--replicas", "2")
    # What its user has set stays: ingress-nginx is configured so.
    config = '{"data":{"use-gzip":"true"}}'
    bed.kubectl("patch", "configmap", NAME, "-n", NS, "--type=merge", "-p", config)
    bed.kubectl("annotate", "service", NAME, "-n", NS, "example.com/team=edge")
    service, pods = get(bed, "service"), pods_of(bed)
    shown = upgrade(bed, "--version", "1.15.1", "--dry-run=server")
    assert shown.returncode == 0, shown.stderr
    label = "metadata.labels[app.kubernetes.io/version]: 1.13.9 -> 1.15.1"
    assert f"  16 objects: {label}\n" in shown.stdout
    path = f"Deployment {NAME}: spec.template.spec.containers[controller].image: "
    assert path in shown.stdout
    assert ":v1.13.9" in image(bed)

    with Requests(bed) as failures:
        done = upgrade(bed, "--version", "1.15.1")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Ready. Address {address} (as before)\n"
    assert label in done.stderr
    assert "KI701" in done.stderr
    assert len(failures) <= FEW
    assert ":v1.15.1@sha256:594ceea76b01" in image(bed)
    assert not pods & pods_of(bed)
    assert get(bed, "deployment")["spec"]["replicas"] == 2
    after = get(bed, "service")
    assert after["metadata"]["uid"] == service["metadata"]["uid"]
    assert after["spec"] == service["spec"]
    assert after["metadata"]["annotations"] == service["metadata"]["annotations"]
    assert get(bed, "configmap")["data"] == {"use-gzip": "true"}
    serves(bed)

    # As an installation of that release from the beginning.
    fresh = bed.ingress("install", "--replicas", "2", "--dry-run=server")
    assert "0 objects to create, 0 to change, 19 as they should be" in fresh.stderr
    again = upgrade(bed, "--version", "1.15.1")
    assert again.returncode == 0
    assert again.stdout == "Nothing to change: ingress-nginx 1.15.1 is as it should be\n"


class Requests:
    """Sends requests without a pause; those that failed are what it gives.

    A few may be cut off when their pod ends: the played controller has no preStop
    hook that would let them finish. A gap in the service would be many.
    """

    def __init__(self, bed: World) -> None:
        self.command = """
            address=$(kubectl ingress address)
            while :; do
                curl -sf -m 5 -o /dev/null -H 'Host: a.example' "http://$address/echo" ||
                    echo "$? $(date +%T.%N)"
                sleep 0.05
            done"""
        self.bed, self.failures = bed, list[str]()

    def __enter__(self) -> list[str]:
        self.process = self.bed.popen("bash", "-c", self.command)
        time.sleep(1)
        return self.failures

    def __exit__(self, *_: object) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        out, _err = self.process.communicate()
        self.failures += out.splitlines()


def pods_of(bed: World) -> set[str]:
    selected = "app.kubernetes.io/component=controller"
    return {p["metadata"]["uid"] for p in bed.get("pods", "-n", NS, "-l", selected)["items"]}


def test_what_does_not_become_ready_is_rolled_back(bed: World) -> None:
    address = install(bed, "--replicas", "2")
    before = get(bed, "deployment")["spec"]
    with Requests(bed) as failures:
        # As long as it takes until a pod cannot have its image, on a busy machine too.
        done = upgrade(bed, "--image", BROKEN, timeout="20s")
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    said = " ".join(done.stderr.split())
    assert "KI702" in said
    assert "Rolling back to ingress-nginx 1.13.9" in said
    assert "error: rolled back to ingress-nginx 1.13.9, which is ready; before: not ready" in said
    assert get(bed, "deployment")["spec"] == before
    assert bed.hostname(NAME, NS) == address
    assert len(failures) <= FEW
    serves(bed)


def test_left_as_it_is_where_that_is_wanted_and_gone_back_from(bed: World) -> None:
    install(bed)
    done = upgrade(bed, "--image", BROKEN, "--no-rollback", timeout="4s")
    assert done.returncode == 1
    assert "Rolling back" not in done.stderr
    assert image(bed) == BROKEN
    back = "kubectl ingress upgrade --version 1.13.9"
    assert f"to go back to ingress-nginx 1.13.9: {back}" in done.stderr
    refused = upgrade(bed, "--version", "1.15.1")
    assert refused.returncode == 2
    assert f"the controller runs an image of its own, {BROKEN}" in refused.stderr
    # What is asked again fails again, and goes back to what ran, not to itself.
    again = upgrade(bed, "--image", BROKEN, timeout="4s")
    assert again.returncode == 1, again.stderr
    assert "error: rolled back to ingress-nginx 1.13.9, which is ready" in again.stderr
    assert ":v1.13.9@sha256:d803625b20d4" in image(bed)
    serves(bed)
    # The command that is printed goes back too.
    left = upgrade(bed, "--version", "1.15.1", "--image", BROKEN, "--no-rollback", timeout="4s")
    printed = shlex.split(left.stderr.splitlines()[-1].rpartition("kubectl ingress ")[2])
    done = bed.ingress(*printed, timeout=150)
    assert done.returncode == 0, done.stderr
    assert ":v1.13.9@sha256:d803625b20d4" in image(bed)
    serves(bed)


def test_killed_at_any_moment_the_same_command_finishes_it(bed: World) -> None:
    address = install(bed)
    for delay in (0.5, 0.9, 1.3):
        kill_after(bed, delay, "upgrade", "--version", "1.15.1")
    done = upgrade(bed, "--version", "1.15.1")
    assert done.returncode == 0, done.stderr
    assert "Address " + address in done.stdout or "Nothing to change" in done.stdout
    fresh = bed.ingress("install", "--dry-run=server")
    assert "0 objects to create, 0 to change, 19 as they should be" in fresh.stderr
    serves(bed)


def kill_after(bed: World, seconds: float, *words: str) -> None:
    process = bed.popen("kubectl", "ingress", *words)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_jobs_that_were_left_over_do_not_stop_it(bed: World) -> None:
    uninstall(bed)
    bed.node.hold_certgen = True
    assert bed.ingress("install", "--version", "1.13.9", "--no-wait").returncode == 0
    bed.wait_for(lambda: len(bed.get("jobs", "-n", NS)["items"]) == 2, 20, "two Jobs that go on")
    shown = upgrade(bed, "--version", "1.15.1", "--dry-run=server")
    names = "Job ingress-nginx-admission-create, Job ingress-nginx-admission-patch"
    assert shown.stdout.startswith(f"  {names}: deleted\n")
    assert shown.stdout.endswith(f"  {names}: created\n")
    bed.node.hold_certgen = False
    done = upgrade(bed, "--version", "1.15.1")
    assert done.returncode == 0, done.stderr


def test_older_with_a_warning_and_replicas_that_an_autoscaler_has_set_stay(bed: World) -> None:
    install(bed, version="1.15.1")
    bed.kubectl("scale", "deployment", NAME, "-n", NS, "--replicas=2")
    done = upgrade(bed, "--version", "v1.14.5")
    assert done.returncode == 0, done.stderr
    assert "1.14.5 is older than 1.15.1, which is installed" in done.stderr
    assert "replicas" not in done.stderr
    assert get(bed, "deployment")["spec"]["replicas"] == 2
    serves(bed)


def test_installed_again_it_keeps_what_was_chosen_and_says_what_others_have_set(bed: World) -> None:
    uninstall(bed)
    chosen = ("--replicas", "3", "--internal", "--registry", "mirror.example")
    install(bed, *chosen)
    before = get(bed, "deployment"), get(bed, "service")
    again = bed.ingress("install", timeout=90)
    assert again.returncode == 0, again.stderr
    said = "Installed   ingress-nginx 1.13.9, from mirror.example, 3 replicas; what is not named"
    assert said in again.stderr
    assert "0 objects to create, 0 to change, 19 as they should be" in again.stderr
    assert "Newer       kubectl ingress upgrade --version 1.15.1" in again.stderr
    assert identities(get(bed, "deployment"), get(bed, "service")) == identities(*before)
    # What is named changes, and that alone.
    fewer = bed.ingress("install", "--replicas", "2", timeout=90)
    assert fewer.returncode == 0, fewer.stderr
    shown = [line for line in fewer.stderr.splitlines() if " -> " in line]
    assert shown == [f"  Deployment {NAME}: spec.replicas: 3 -> 2"]
    # By hand it is nobody's to set back.
    bed.kubectl("scale", "deployment", NAME, "-n", NS, "--replicas=1")
    bed.kubectl("rollout", "restart", "deployment", NAME, "-n", NS)
    scaled = bed.ingress("install", timeout=90)
    assert scaled.returncode == 0, scaled.stderr
    assert " -> " not in scaled.stderr
    assert get(bed, "deployment")["spec"]["replicas"] == 1
    # An image is.
    bed.kubectl("set", "image", f"deployment/{NAME}", "-n", NS, "controller=other.example/x:1")
    refused = bed.ingress("install")
    assert refused.returncode == 2
    assert "kubectl-set" in refused.stderr
    assert "kubectl ingress install --adopt --version 1.13.9" in refused.stderr
    assert image(bed) == "other.example/x:1"
    uninstall(bed)


def identities(*objects: dict[str, Any]) -> list[tuple[object, object]]:
    return [(each["metadata"]["uid"], each["spec"]) for each in objects]


def test_what_is_not_ours_is_not_upgraded(bed: World) -> None:
    uninstall(bed)
    missing = upgrade(bed, "--version", "1.15.1")
    assert missing.returncode == 2
    assert "there is no ingress-nginx to upgrade" in missing.stderr
    items = bed.ingress("install", "--provider=aws", "--dry-run=client", "-o", "yaml").stdout
    items = items.replace("kubectl-ingress/installed-by", "example.com/by")
    bed.apply(items)
    try:
        done = upgrade(bed, "--version", "1.14.5")
        assert done.returncode == 2
        assert f"Deployment {NS}/{NAME} (kubectl apply) was not installed by this" in done.stderr
        assert "take it over first: kubectl ingress install --adopt" in done.stderr
        also = bed.ingress("uninstall", "--yes")
        assert also.returncode == 2
        assert "was not installed by this program (KI708); nothing was changed" in also.stderr
    finally:
        bed.kubectl("delete", "-f", "-", input=items, timeout=90, check=False)
