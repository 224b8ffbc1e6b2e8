"""Taken away for real: nothing of it is left, nothing of anyone else has changed."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .world import World

NS = "ingress-nginx"
NAME = "ingress-nginx-controller"
# What the cluster does by itself all the time.
# An IPAddress is the API server's own note of a ClusterIP; one may outlive its Service.
ALWAYS_CHANGING = {
    "events",
    "events.events.k8s.io",
    "ipaddresses.networking.k8s.io",
    "leases.coordination.k8s.io",
}
VOLATILE = ("resourceVersion", "managedFields", "generation", "creationTimestamp")
Objects = dict[tuple[str, str, str], Any]


@pytest.fixture(scope="module", autouse=True)
def _somebody(bed: World) -> None:
    """What others have in the cluster: an application with an Ingress, a class, a role."""
    image = "--image=registry.k8s.io/e2e-test-images/agnhost:2.53"
    bed.kubectl("create", "deployment", "echo", image, "--", "/agnhost", "serve-hostname")
    bed.kubectl("expose", "deployment", "echo", "--port=80", "--target-port=9376")
    bed.kubectl("create", "ingress", "web", "--class=nginx", "--rule=a.example/echo*=echo:80")
    bed.apply(
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\n"
        "metadata: {name: other}\nspec: {controller: example.com/other}\n"
    )
    bed.kubectl("create", "clusterrole", "ingress-nginx-viewer", "--verb=get", "--resource=pods")
    bed.kubectl("rollout", "status", "deployment/echo", "--timeout=60s")


@pytest.fixture
def _stub(bed: World) -> Iterator[None]:
    """What runs answers nothing but its probes: it starts and ends at once."""
    command = bed.node.dataplane_command
    bed.node.dataplane_command = None
    yield
    bed.node.dataplane_command = command


without_traffic = pytest.mark.usefixtures("_stub")


def everything(bed: World) -> Objects:
    """Every object of every kind that is served; of nodes, only that they are there."""
    bed.wait_for(lambda: not passing(bed), 30, "Jobs that go when they are done are gone")
    listed = bed.kubectl("api-resources", "--verbs=list", "-o", "name").stdout.split()
    kinds = ",".join(sorted(set(listed) - ALWAYS_CHANGING))
    found: Objects = {}
    for item in bed.get(kinds, "-A")["items"]:
        meta = item["metadata"]
        item.pop("status", None)
        for field in VOLATILE:
            meta.pop(field, None)
        key = (f"{item['kind']} {item['apiVersion']}", meta.get("namespace", ""), meta["name"])
        found[key] = None if item["kind"] == "Node" else item
    return found


def passing(bed: World) -> list[str]:
    """Jobs that go by themselves, after their pods: install waits for what they do alone."""
    jobs = bed.get("jobs", "-A")["items"]
    return [job["metadata"]["name"] for job in jobs if "ttlSecondsAfterFinished" in job["spec"]]


def differing(before: Objects, after: Objects) -> set[tuple[str, str, str]]:
    return {key for key in {*before, *after} if before.get(key, 0) != after.get(key, 0)}


def install(bed: World, *words: str) -> None:
    done = bed.ingress("install", "--provider", "aws", "--timeout", "60s", *words, timeout=90)
    assert done.returncode == 0, done.stderr


def uninstall(bed: World, *words: str) -> subprocess.CompletedProcess[str]:
    return bed.ingress("uninstall", "--timeout", "60s", *words, timeout=90)


def gone(bed: World, *words: str) -> subprocess.CompletedProcess[str]:
    done = uninstall(bed, "--yes", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def serves(bed: World) -> None:
    done = bed.ingress("test", "http://a.example/echo", "--wait", "20s")
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_leaves_what_was_there_and_can_be_installed_again_at_once(bed: World) -> None:
    before = everything(bed)
    install(bed)
    address = bed.hostname(NAME, NS)
    serves(bed)
    done = gone(bed)
    said = " ".join(done.stderr.split())
    assert "default/web loses its controller" in said
    assert f"the address {address}" in said
    lines = done.stdout.splitlines()
    webhook = "validatingwebhookconfiguration.admissionregistration.k8s.io/ingress-nginx-admission"
    assert lines[0] == f"{webhook} deleted"
    assert f"deployment.apps/{NAME} deleted" in lines
    assert lines[-1] == f"namespace/{NS} deleted"
    assert differing(before, everything(bed)) == set()
    # Nobody is asked any more.
    bed.kubectl("annotate", "ingress", "web", "example.com/written=yes")
    bed.kubectl("annotate", "ingress", "web", "example.com/written-")

    install(bed)
    assert bed.hostname(NAME, NS) != address
    serves(bed)


@without_traffic
def test_it_asks_and_without_a_terminal_it_does_nothing(bed: World) -> None:
    install(bed)
    before = everything(bed)
    alone = uninstall(bed)
    assert alone.returncode == 2
    assert "there is no terminal to ask on; nothing was changed" in alone.stderr
    assert f"kubectl ingress uninstall --yes --namespace {NS}" in alone.stderr
    for way, remark in (("client", "(dry run)"), ("server", "(server dry run)")):
        shown = uninstall(bed, f"--dry-run={way}")
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.count(f" deleted {remark}\n") == 18
        assert shown.stdout.endswith(f"namespace/{NS} deleted {remark}\n")
    refused = on_terminal(bed, "n\n")
    assert refused.returncode == 2, refused.stderr
    assert f"  service/{NAME}" in refused.stderr
    assert "Delete 18 objects? [y/N]" in refused.stderr
    assert differing(before, everything(bed)) == set()
    agreed = on_terminal(bed, "y\n")
    assert agreed.returncode == 0, agreed.stderr
    assert uninstall(bed).stdout == "Nothing to uninstall\n"


def on_terminal(bed: World, typed: str) -> subprocess.CompletedProcess[str]:
    """With a terminal to type at, while what is printed goes elsewhere."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed.encode())
        return subprocess.run(
            ["kubectl", "ingress", "uninstall"],
            executable=bed.bin_dir / "kubectl",
            env=bed.environment | {"TERM": "xterm"},
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)


@without_traffic
def test_killed_at_any_point_the_same_command_finishes_it(bed: World) -> None:
    # Of others, so that it stays: a namespace takes some seconds to go.
    bed.kubectl("create", "namespace", NS)
    before = everything(bed)
    install(bed)
    killed = 0
    # At the beginning, and in the middle of what is left then.
    for count in (1, 1, 2, 5):
        killed += interrupted(bed, signal.SIGKILL, count).returncode != 0
    assert killed >= 2
    done = gone(bed)
    assert differing(before, everything(bed)) == set()
    assert done.stdout == "Nothing to uninstall\n" or f"{NS}: others made it" in done.stderr
    # The other way round: what an interrupted installation has made.
    halfway = bed.popen("kubectl", "ingress", "install", "--provider", "aws")
    bed.wait_for(lambda: bed.kubectl("get", "sa", "ingress-nginx", "-n", NS).stdout, 20, "some")
    os.killpg(halfway.pid, signal.SIGKILL)
    halfway.communicate()
    gone(bed)
    assert differing(before, everything(bed)) == set()
    bed.kubectl("delete", "namespace", NS, timeout=60)


def interrupted(bed: World, number: int, lines: int) -> subprocess.CompletedProcess[str]:
    """Run it, and send the signal when it has printed so many lines."""
    command = ("kubectl", "ingress", "uninstall", "--yes")
    process = bed.popen(*command)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(lines)]
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, "".join(said) + out, err)


@without_traffic
def test_a_namespace_stays_for_what_others_have_in_it(bed: World) -> None:
    install(bed)
    bed.kubectl("create", "configmap", "mine", "-n", NS)
    has_leases = "leases" in bed.kubectl("api-resources", "-o", "name").stdout
    if has_leases:
        # As the controller's leader makes it; what is played here needs none.
        named = {"name": "ingress-nginx-leader", "namespace": NS}
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": named}
        by = "--field-manager=nginx-ingress-controller"
        bed.kubectl("create", by, "-f", "-", input=json.dumps(lease))
    done = gone(bed)
    if has_leases:
        assert "lease.coordination.k8s.io/ingress-nginx-leader deleted" in done.stdout
    assert f"namespace {NS}, as long as it holds ConfigMap mine" in done.stderr
    assert f"Kept        namespace {NS}: it holds ConfigMap mine" in done.stderr
    held = bed.get("configmaps,secrets,services,serviceaccounts,roles,rolebindings", "-n", NS)
    names = {item["metadata"]["name"] for item in held["items"]}
    assert names == {"mine", "default", "kube-root-ca.crt"}
    # The rest of it can go later.
    bed.kubectl("delete", "configmap", "mine", "-n", NS)
    assert gone(bed).stdout == f"namespace/{NS} deleted\n"


@without_traffic
def test_a_class_that_traefik_serves_too_is_left_to_it(bed: World) -> None:
    install(bed)
    bed.kubectl("create", "deployment", "traefik", "--image=docker.io/traefik:v3.7.11")
    provider = {"name": "traefik", "args": ["--providers.kubernetesingressnginx=true"]}
    spec = {"spec": {"template": {"spec": {"containers": [provider]}}}}
    bed.kubectl("patch", "deployment", "traefik", "-p", json.dumps(spec))
    before = bed.get("ingressclass", "nginx")
    tried = uninstall(bed, "--dry-run=server")
    assert tried.returncode == 0, tried.stderr
    assert bed.get("ingressclass", "nginx") == before
    done = gone(bed)
    assert "IngressClass nginx, without our mark: Traefik 3.7.11 (default/traefik)" in done.stderr
    assert "none loses its controller" in done.stderr
    left = bed.get("ingressclass", "nginx")
    assert left["metadata"]["uid"] == before["metadata"]["uid"]
    assert left["spec"] == before["spec"]
    assert "annotations" not in left["metadata"]
    assert uninstall(bed).stdout == "Nothing to uninstall\n"
    bed.kubectl("delete", "deployment/traefik", "ingressclass/nginx")


@without_traffic
def test_of_two_installations_the_named_one_goes(bed: World) -> None:
    install(bed)
    bed.kubectl("create", "namespace", "inner")
    before = everything(bed)
    install(bed, "-n", "inner", "--class", "inner", "--no-wait")
    asked = uninstall(bed, "--yes")
    assert asked.returncode == 2
    assert "2 installations could be meant" in asked.stderr
    assert "ingress-nginx (class nginx), inner (class inner)" in asked.stderr
    also = bed.ingress("upgrade", "--version", "1.14.5")
    assert also.returncode == 2
    assert "2 installations could be meant" in also.stderr
    done = gone(bed, "--class", "inner")
    assert "none loses its controller" in done.stderr
    assert differing(before, everything(bed)) == set()


@without_traffic
def test_without_the_rights_nothing_is_begun(bed: World) -> None:
    install(bed)
    verbs = ("--verb=get,list", "--resource=*.*")
    bed.kubectl("create", "clusterrole", "looks", *verbs)
    bed.kubectl("create", "clusterrolebinding", "looks", "--clusterrole=looks", "--user=viewer")
    before = everything(bed)
    for user, missing in (("dev", "you may not list"), ("viewer", "you may not delete")):
        config = {"KUBECONFIG": str(bed.kubeconfig(user))}
        done = bed.ingress("uninstall", "--yes", env=config)
        assert done.returncode == 2, done.stderr
        assert missing in done.stderr
        assert done.stdout == ""
    assert differing(before, everything(bed)) == set()
