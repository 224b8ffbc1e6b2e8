"""What stands in the way is told before anything is written, all of it at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess

    from .world import World

NS = "ingress-nginx"
ENFORCE = "pod-security.kubernetes.io/enforce"
CLUSTER_WIDE = {
    "validatingwebhookconfigurations": ["ingress-nginx-admission"],
    "ingressclasses": ["nginx"],
    "clusterroles": ["ingress-nginx", "ingress-nginx-admission", "installer"],
    "clusterrolebindings": ["ingress-nginx", "ingress-nginx-admission", "installer"],
}


@pytest.fixture(autouse=True)
def _empty(bed: World) -> Iterator[None]:
    """Each test begins without a controller, and leaves none."""
    bed.node.dataplane_command = None
    yield
    for kind, names in CLUSTER_WIDE.items():
        bed.kubectl("delete", kind, "--ignore-not-found", *names)
    now = ("--force", "--grace-period=0")
    bed.kubectl("delete", "deployments,daemonsets,pods", "--all", "-n", NS, *now)
    bed.kubectl("delete", "namespace", NS, "--ignore-not-found", timeout=120)


def install(bed: World, *words: str, user: str = "admin") -> subprocess.CompletedProcess[str]:
    env = {"KUBECONFIG": str(bed.kubeconfig(user))}
    return bed.ingress("install", "--provider", "aws", *words, env=env, timeout=90)


def refused(bed: World, *words: str, user: str = "admin") -> str:
    done = install(bed, *words, user=user)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    return " ".join(done.stderr.split())


def allow(bed: World, *rules: dict[str, Any]) -> None:
    """Give the user viewer exactly these rights."""
    rbac = "rbac.authorization.k8s.io"
    role = {"kind": "ClusterRole", "metadata": {"name": "installer"}, "rules": list(rules)}
    binding = {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "installer"},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "installer"},
        "subjects": [{"apiGroup": rbac, "kind": "User", "name": "viewer"}],
    }
    for item in (role, binding):
        bed.apply(json.dumps({"apiVersion": f"{rbac}/v1", **item}))


def rule(group: str, resources: str, verbs: str) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}


WRITE = "get create patch"
ENOUGH = (
    rule("", "namespaces serviceaccounts configmaps services", WRITE),
    rule("", "secrets", "get"),
    rule("apps", "deployments", f"{WRITE} list"),
    rule("apps", "daemonsets", "list"),
    rule("batch", "jobs", WRITE),
    rule("networking.k8s.io", "ingressclasses", f"{WRITE} list"),
    rule("admissionregistration.k8s.io", "validatingwebhookconfigurations", WRITE),
    rule("discovery.k8s.io", "endpointslices", "list"),
    # Without these two nobody may grant what he has not himself.
    rule(
        "rbac.authorization.k8s.io",
        "roles rolebindings clusterroles clusterrolebindings",
        f"{WRITE} bind escalate",
    ),
)


def test_who_may_do_nothing_is_told_all_that_is_needed(bed: World) -> None:
    for words in ([], ["--dry-run=server"]):
        said = refused(bed, *words, user="dev")
        assert "you may not get namespaces and " in said
        assert "; nothing was changed; needed: " in said
        assert "get, create, patch namespaces" in said
        assert "clusterroles.rbac.authorization.k8s.io" in said
        assert f"services, deployments.apps, jobs.batch in namespace {NS}" in said
        assert "kubectl auth can-i get namespaces" in said
    assert bed.kubectl("get", "namespace", NS, check=False).returncode != 0


def test_what_is_missing_is_told_exactly_and_what_is_there_is_enough(bed: World) -> None:
    lacking = [each for each in ENOUGH if each["resources"] not in (["jobs"], ["ingressclasses"])]
    reading = rule("networking.k8s.io", "ingressclasses", "get list patch")
    allow(bed, *lacking, reading, rule("batch", "jobs", "get"))
    said = refused(bed, user="viewer")
    assert "needed: create, patch jobs.batch in namespace ingress-nginx; create " in said
    assert said.count("needed:") == 1
    assert "ingressclasses.networking.k8s.io" in said.partition("needed:")[2]
    assert "deployments" not in said
    assert bed.kubectl("get", "namespace", NS, check=False).returncode != 0
    allow(bed, *ENOUGH)
    done = install(bed, "--timeout", "60s", user="viewer")
    assert done.returncode == 0, done.stderr
    # Nothing is created any more, so that this right is not asked for.
    less = [{**each, "verbs": [v for v in each["verbs"] if v != "create"]} for each in ENOUGH]
    allow(bed, *less)
    again = install(bed, "--timeout", "60s", user="viewer")
    assert again.returncode == 0, again.stderr


def test_a_class_of_somebody_else_is_named_with_whose_it_is(bed: World) -> None:
    ingress_class = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "nginx"},
        "spec": {"controller": "nginx.org/ingress-controller"},
    }
    bed.apply(json.dumps(ingress_class))
    said = refused(bed)
    whose = "IngressClass nginx belongs to nginx.org/ingress-controller"
    assert f"{whose} (kubectl apply), and a class cannot be given to another" in said
    # Routes may go by it.
    assert "delete ingressclass" not in said
    assert "--class NAME" in said
    bed.kubectl("delete", "ingressclass", "nginx")
    bed.kubectl("create", "-f", "-", input=json.dumps(ingress_class))
    assert f"{whose} (kubectl create)" in refused(bed)
    # Its controller can never be changed, so there is nothing to take over.
    said = refused(bed, "--adopt", "--yes")
    assert "IngressClass nginx cannot become what it should be" in said
    assert "immutable" in said


def test_pod_security_is_judged_by_what_the_pods_need(bed: World) -> None:
    bed.kubectl("create", "namespace", NS)
    bed.kubectl("label", "namespace", NS, f"{ENFORCE}=baseline")
    said = refused(bed, "--provider", "kind")
    assert "enforces Pod Security baseline, which forbids what these pods need: host ports" in said
    assert "host ports 80, 443 (KI707)" in said
    assert f"kubectl label namespace {NS} {ENFORCE}=privileged" in said
    objects = bed.get("serviceaccounts,configmaps,services,deployments,jobs", "-n", NS)["items"]
    assert {each["metadata"]["name"] for each in objects} <= {"default", "kube-root-ca.crt"}
    # Everything else is made for the strictest of them.
    bed.kubectl("label", "namespace", NS, f"{ENFORCE}=restricted", "--overwrite")
    done = install(bed, "--timeout", "60s")
    assert done.returncode == 0, done.stderr


def test_a_namespace_that_is_going_away_is_waited_for(bed: World) -> None:
    bed.kubectl("create", "namespace", NS)
    holding = {"name": "held", "namespace": NS, "finalizers": ["example.com/hold"]}
    bed.apply(json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": holding}))
    bed.kubectl("delete", "namespace", NS, "--wait=false")
    assert "KI706" in " ".join(install(bed, "--dry-run=server").stderr.split())
    done: list[subprocess.CompletedProcess[str]] = []
    thread = threading.Thread(target=lambda: done.append(install(bed, "--timeout", "60s")))
    thread.start()
    thread.join(3)
    assert thread.is_alive()
    patch = json.dumps({"metadata": {"finalizers": None}})
    bed.kubectl("patch", "configmap", "held", "-n", NS, "--type=merge", "-p", patch)
    thread.join()
    assert done[0].returncode == 0, done[0].stderr
    assert f"Waiting until namespace {NS} is deleted (KI706)" in done[0].stderr


def test_nodes_that_take_no_pods_are_said_before(bed: World) -> None:
    node = bed.get("nodes")["items"][0]["metadata"]["name"]
    names = [item["metadata"]["name"] for item in bed.get("nodes")["items"]]
    try:
        for name in names:
            bed.kubectl("cordon", name)
        done = install(bed, "--dry-run=server")
        assert done.returncode == 0
        said = " ".join(done.stderr.split())
        assert "KI703 no node takes the controller's pods as it looks now: cordoned" in said
        bed.kubectl("uncordon", node)
        assert "KI703" not in install(bed, "--dry-run=server").stderr
    finally:
        for name in names:
            bed.kubectl("uncordon", name)
