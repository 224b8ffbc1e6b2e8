"""Installing for real: what it waits for, what it says when that does not come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess

    from .world import World

SERVICE = ("service", "ingress-nginx-controller", "-n", "ingress-nginx")


@pytest.fixture(autouse=True)
def _empty(bed: World) -> Iterator[None]:
    """Each test begins without a controller, and leaves none."""
    yield
    bed.node.unpullable.clear()
    bed.node.schedulable = True
    bed.node.hold_certgen = False
    bed.node.webhook_enabled = True
    bed.cloud.assign = True
    # The webhook first: without its Service it would refuse every Ingress.
    for kind in ("validatingwebhookconfigurations", "ingressclasses", "clusterroles"):
        names = ["ingress-nginx-admission", "nginx", "ingress-nginx"]
        bed.kubectl("delete", kind, "--ignore-not-found", *names)
    bed.kubectl("delete", "clusterrole", "--ignore-not-found", "ingress-nginx-admission")
    names = ["ingress-nginx", "ingress-nginx-admission"]
    bed.kubectl("delete", "clusterrolebindings", "--ignore-not-found", *names)
    bed.kubectl("delete", "namespace", "ingress-nginx", "--ignore-not-found", timeout=120)


def install(bed: World, *words: str, timeout: str = "60s") -> subprocess.CompletedProcess[str]:
    return bed.ingress("install", "--provider", "aws", "--timeout", timeout, *words, timeout=120)


def is_available(bed: World) -> bool:
    path = "jsonpath={.status.conditions[?(@.type=='Available')].status}"
    words = ("get", "deployment", "ingress-nginx-controller", "-n", "ingress-nginx", "-o", path)
    return "True" in bed.kubectl(*words, check=False).stdout


def events(bed: World) -> str:
    path = "jsonpath={.items[*].reason}"
    return bed.kubectl("get", "events", "-n", "ingress-nginx", "-o", path).stdout


def create_ingress(bed: World) -> subprocess.CompletedProcess[str]:
    rule = "--rule=a.example/=web:80"
    return bed.kubectl("create", "ingress", "web", "--class=nginx", rule, check=False)


def test_install_waits_for_the_webhook_and_ingresses_are_refused_until_then(bed: World) -> None:
    bed.node.webhook_enabled = False
    seen: list[str] = []

    def let_it_answer() -> None:
        # Everything else is there, and yet an Ingress cannot be made.
        bed.wait_for(lambda: is_available(bed), 40, "the Deployment is available")
        bed.wait_for(lambda: "failed calling webhook" in create_ingress(bed).stderr, 20, "refusal")
        seen.append(create_ingress(bed).stderr)
        bed.node.webhook_enabled = True

    thread = threading.Thread(target=let_it_answer)
    thread.start()
    done = install(bed, timeout="100s")
    thread.join()
    assert done.returncode == 0, done.stderr
    assert seen, "install did not wait for the webhook"
    assert create_ingress(bed).returncode == 0
    bed.node.webhook_enabled = False
    bed.kubectl("delete", "ingress", "web")
    refused = create_ingress(bed)
    assert refused.returncode != 0
    assert "failed calling webhook" in refused.stderr


def test_a_webhook_that_never_answers_is_named(bed: World) -> None:
    bed.node.webhook_enabled = False
    assert install(bed, "--no-wait").returncode == 0
    bed.wait_for(lambda: is_available(bed), 60, "the Deployment is available")
    done = install(bed, timeout="5s")
    assert done.returncode == 1
    assert "KI705" in done.stderr
    assert "webhook" in done.stderr


def test_twice_changes_nothing(bed: World) -> None:
    assert install(bed).returncode == 0
    uid = bed.get(*SERVICE)["metadata"]["uid"]
    generation = bed.get("deployment", "ingress-nginx-controller", "-n", "ingress-nginx")
    again = install(bed)
    assert again.returncode == 0, again.stderr
    assert bed.get(*SERVICE)["metadata"]["uid"] == uid
    after = bed.get("deployment", "ingress-nginx-controller", "-n", "ingress-nginx")
    assert after["metadata"]["generation"] == generation["metadata"]["generation"]


@pytest.mark.parametrize(
    ("break_it", "sign", "code", "word"),
    [
        ("image", "BackOff", "KI702", "ingress-nginx/controller"),
        ("schedule", "FailedScheduling", "KI703", "nodes are available"),
        ("certgen", "Started", "KI705", ""),
        ("load balancer", "SyncLoadBalancerFailed", "KI601", "suitable subnets"),
    ],
)
def test_a_stall_is_told_with_its_reason(
    bed: World, break_it: str, sign: str, code: str, word: str
) -> None:
    if break_it == "image":
        bed.node.unpullable.add("ingress-nginx/controller")
    elif break_it == "schedule":
        bed.node.schedulable = False
    elif break_it == "certgen":
        bed.node.hold_certgen = True
    else:
        bed.cloud.assign = False
    assert install(bed, "--no-wait").returncode == 0
    # On a busy machine all comes late: first until there is nothing but the stall to be told.
    if break_it == "load balancer":
        bed.wait_for(lambda: is_available(bed), 60, "the Deployment is available")
    bed.wait_for(lambda: sign in events(bed), 60, sign)
    done = install(bed, timeout="5s")
    assert done.returncode == 1, done.stdout
    assert code in done.stderr, done.stderr
    assert word in done.stderr, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_what_is_not_ours_is_never_changed(bed: World) -> None:
    bed.kubectl("create", "namespace", "ingress-nginx")
    bed.kubectl("create", "configmap", "ingress-nginx-controller", "-n", "ingress-nginx")
    before = bed.get("configmap", "ingress-nginx-controller", "-n", "ingress-nginx")
    done = install(bed)
    assert done.returncode == 2
    assert "ConfigMap ingress-nginx/ingress-nginx-controller" in done.stderr or (
        "ingress-nginx-controller" in done.stderr
    )
    assert bed.get("configmap", "ingress-nginx-controller", "-n", "ingress-nginx") == before
    assert bed.kubectl(
        "get", "serviceaccounts", "ingress-nginx", "-n", "ingress-nginx", check=False
    ).returncode


def test_server_dry_run_writes_nothing(bed: World) -> None:
    done = install(bed, "--dry-run=server")
    assert done.returncode == 0, done.stderr
    assert bed.kubectl("get", "namespace", "ingress-nginx", check=False).returncode != 0


def test_no_wait_returns_at_once_with_all_objects_there(bed: World) -> None:
    bed.cloud.assign = False
    done = install(bed, "--no-wait", "-o", "name")
    assert done.returncode == 0, done.stderr
    assert "deployment.apps/ingress-nginx-controller" in done.stdout
    assert len(done.stdout.splitlines()) == 19
    bed.kubectl("get", "deployment", "ingress-nginx-controller", "-n", "ingress-nginx")


def test_flags_reach_the_objects(bed: World) -> None:
    words = ["--no-wait", "--replicas", "2", "--registry", "mirror.example:5000/k8s"]
    assert install(bed, *words).returncode == 0
    deployment = bed.get("deployment", "ingress-nginx-controller", "-n", "ingress-nginx")
    assert deployment["spec"]["replicas"] == 2
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.startswith("mirror.example:5000/k8s/ingress-nginx/controller:v1.15.1@sha256:")


def test_the_aws_load_balancer_controller_gets_a_public_scheme(bed: World) -> None:
    bed.kubectl(
        "create",
        "deployment",
        "aws-load-balancer-controller",
        "-n",
        "kube-system",
        "--image=public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0",
    )
    # Its chart and its manifest both have this label; `kubectl create` has another.
    label = "app.kubernetes.io/name=aws-load-balancer-controller"
    bed.kubectl("label", "deployment", "aws-load-balancer-controller", "-n", "kube-system", label)
    try:
        done = install(bed, "--no-wait")
        assert done.returncode == 0, done.stderr
        assert "internet-facing" in done.stderr
        annotations = bed.get(*SERVICE)["metadata"]["annotations"]
        assert (
            annotations["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internet-facing"
        )
    finally:
        bed.kubectl("delete", "deployment", "aws-load-balancer-controller", "-n", "kube-system")


def test_forbidden_says_what_is_missing(bed: World) -> None:
    done = bed.ingress(
        "install", "--provider", "aws", env={"KUBECONFIG": str(bed.kubeconfig("dev"))}
    )
    assert done.returncode == 2
    assert "you may not" in done.stderr
    assert bed.kubectl("get", "namespace", "ingress-nginx", check=False).returncode != 0


def test_a_client_dry_run_is_what_kubectl_takes(bed: World) -> None:
    done = bed.ingress("install", "--provider", "aws", "--dry-run=client", "-o", "yaml")
    assert done.returncode == 0
    checked = bed.kubectl("create", "--dry-run=client", "-f", "-", "-o", "name", input=done.stdout)
    assert len(checked.stdout.splitlines()) == 19
