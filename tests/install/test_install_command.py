"""``kubectl ingress install`` as typed, against a cluster that becomes ready in its own time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from kubectl_ingress import registry
from kubectl_ingress.errors import ApiFailed, ApiForbidden, ApiRefused, ExitStatus
from tests.install.world import (
    HOSTNAME,
    JOB_LABELS,
    NS,
    World,
    endpoint_slice,
    event,
    node,
    pod,
    webhook_fails,
)

ROOT = Path(__file__).parents[2]


def lines(text: str, start: str = "  ") -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.startswith(start)]


def test_a_whole_installation_waits_for_each_stage_in_turn():
    world = World().becomes_ready(certificate=2, controller=5, balancer=40)
    result = world.install("--provider", "aws")
    assert result.status is ExitStatus.OK
    assert result.out == f"Ready. Address {HOSTNAME} (new names can take minutes to resolve)\n"
    assert [(line[0], line[1]) for line in lines(result.err, "  √")] == [
        ("√", "namespace,"),
        ("√", "Service"),
        ("√", "controller"),
        ("√", "admission"),
        ("√", "load"),
    ]
    assert 40 <= world.now - 1000 <= 42
    assert "KI701" in result.err
    assert "19 objects to create, 0 to change, 0 of others touched" in result.err
    assert "Provider    aws (nodes say aws:///eu-west-1a/…)" in result.err
    assert "Next        kubectl ingress scaffold NAME --host HOST" in result.err


def test_a_second_time_it_writes_nothing():
    world = World().becomes_ready()
    world.install()
    before = len(world.writes)
    result = world.install()
    assert result.status is ExitStatus.OK
    assert len(world.writes) == before
    assert "0 objects to create, 0 to change, 19 as they should be" in result.err
    assert HOSTNAME in result.out


def test_the_webhook_is_asked_with_an_ingress_that_is_not_kept():
    world = World().becomes_ready()
    world.cluster.fail("POST", "/ingresses$", webhook_fails(), times=4)
    assert world.install("--class", "nginx").status is ExitStatus.OK
    asked = [r for r in world.cluster.requests if r.method == "POST"]
    # Four refusals, and no more after the first that passed.
    assert len(asked) == 5
    assert {r.query["dryRun"] for r in asked} == {"All"}
    assert asked[0].body["spec"]["ingressClassName"] == "nginx"
    assert asked[0].body["spec"]["rules"][0]["host"].endswith(".invalid")
    assert not [key for key in world.cluster.objects if key[0] == "Ingress"]


@pytest.mark.parametrize(
    "error", [ApiRefused("denied by policy"), ApiForbidden("you may not create ingresses")]
)
def test_only_a_webhook_that_cannot_be_called_holds_it_up(error):
    world = World().becomes_ready()
    world.cluster.fail("POST", "/ingresses$", error)
    assert world.install().status is ExitStatus.OK


def test_a_webhook_that_never_answers_is_told_with_its_code():
    world = World().becomes_ready(balancer=3)
    world.cluster.fail("POST", "/ingresses$", webhook_fails())
    result = world.install("--timeout", "30s")
    assert result.status is ExitStatus.FAILED
    assert "KI705  the admission webhook validate.nginx.ingress.kubernetes.io did not answer" in (
        result.err
    )
    assert "error: not ready after 30 s: admission webhook: does not answer (KI705)" in result.err
    assert "refuses every new or changed Ingress" in result.err


def test_a_stall_is_told_before_the_deadline_and_once():
    world = World(
        event("Service", "ingress-nginx-controller", "could not find any suitable subnets")
    ).becomes_ready(balancer=9999)
    seen: list[float] = []
    world.cluster.on_request = lambda asked: (
        seen.append(world.now - 1000) if asked.path.endswith("/events") else None
    )
    result = world.install("--timeout", "60s")
    assert result.status is ExitStatus.FAILED
    assert result.err.count("suitable subnets") == 1
    # Not before 15 s without progress, then every 5 s, and at the end.
    assert 15 <= seen[0] <= 23
    assert len(seen) <= 11
    assert "load balancer: pending (KI601)" in result.err
    assert "What was applied stays" in result.err


def test_an_image_that_cannot_be_pulled_is_told():
    world = World().becomes_ready(controller=9999, balancer=3)
    image = {"state": {"waiting": {"reason": "ErrImagePull", "message": "no route to host"}}}
    world.at(3, world.make_pods)
    world.at(4, lambda: world.cluster.add(pod(container=image)))
    result = world.install("--timeout", "20s")
    assert result.status is ExitStatus.FAILED
    assert "no route to host" in result.said
    assert (
        "controller: 0/1 ready (KI702); admission webhook: waits for the controller" in result.err
    )


def test_a_certificate_that_is_not_made_names_the_job_s_pod():
    world = World()
    world.at(1, lambda: world.cluster.add(pod("create-x", labels=JOB_LABELS, node="")))
    result = world.install("--timeout", "5s")
    assert "admission webhook: its certificate is being made (KI703)" in result.err
    assert "controller: waits for its certificate;" in result.err


def test_timeout_0_looks_once_and_negative_waits_long():
    world = World()
    assert world.install("--timeout", "0").status is ExitStatus.FAILED
    assert world.now == 1000
    world = World().becomes_ready(balancer=2000)
    assert world.install("--timeout", "-1s").status is ExitStatus.OK
    assert world.now >= 3000


def test_no_wait_returns_once_applied():
    world = World()
    result = world.install("--no-wait")
    assert result.status is ExitStatus.OK
    assert (world.now, len(world.writes)) == (1000, 19)
    assert result.out == ""
    assert "address --wait" in result.err


def test_a_control_plane_that_is_away_for_a_moment_is_borne():
    world = World().becomes_ready()
    world.cluster.fail("GET", "endpointslices", ApiFailed("503"), times=3)
    assert world.install().status is ExitStatus.OK


def test_a_control_plane_that_stays_away_is_the_error():
    world = World().becomes_ready()
    world.cluster.fail("GET", "endpointslices", ApiFailed("the API server failed: 503"))
    result = world.install("--timeout", "20s")
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert "error: the API server failed: 503" in result.err


def test_a_refusal_half_way_says_how_far_it_came():
    world = World()
    world.cluster.fail("PATCH", "deployments/", ApiRefused("deployment is refused: no"))
    result = world.install()
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert "14 of 19 objects were applied and stay. The same command again goes on" in result.err
    assert "error: deployment is refused: no" in result.err


def test_interrupted_while_applying_it_says_how_far_it_came():
    world = World()

    def interrupt(asked: object) -> None:
        if "/jobs/" in getattr(asked, "path", "") and getattr(asked, "method", "") == "PATCH":
            raise KeyboardInterrupt

    world.cluster.on_request = interrupt
    result = world.install()
    assert result.status == ExitStatus.INTERRUPTED
    assert "15 of 19 objects were applied and stay" in result.err


def test_interrupted_while_waiting_it_says_that_nothing_is_lost():
    world = World()

    def interrupt() -> None:
        raise KeyboardInterrupt

    world.at(3, interrupt)
    result = world.install()
    assert result.status == ExitStatus.INTERRUPTED
    assert "Interrupted, not undone. The same command again goes on waiting." in result.err


def test_an_unknown_cluster_names_what_the_nodes_say():
    world = World()
    world.cluster.objects.clear()
    world.cluster.add(node("nifcloud://east/i-1"))
    result = world.install()
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert "nodes say nifcloud://east/…" in result.err
    assert "name it with --provider NAME" in result.err
    assert "known: aws, " in result.err
    assert world.writes == []


@pytest.mark.parametrize(
    ("provider_id", "says"), [("", "no spec.providerID"), ("x\x1b[31m://y/z", r"x\x1b[31m://y/…")]
)
def test_odd_nodes_are_told_safely(provider_id, says):
    world = World()
    world.cluster.objects.clear()
    world.cluster.add(node(provider_id))
    result = world.install()
    assert says in result.err
    assert "\x1b" not in result.err


def test_a_provider_that_the_nodes_contradict_is_said():
    world = World()
    world.cluster.objects.clear()
    world.cluster.add(node("kind://docker/kind/n1"))
    assert (
        "aws (but nodes say kind://docker/kind/…)"
        in world.install("--provider", "aws", "--no-wait").err
    )


def test_without_leave_to_list_nodes_the_provider_must_be_named():
    world = World()
    world.cluster.fail("GET", "/nodes$", ApiForbidden("you may not list nodes"))
    result = world.install()
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert "name it with --provider NAME" in result.err
    assert world.install("--provider", "aws", "--no-wait").status is ExitStatus.OK


def test_the_load_balancer_controller_makes_it_public_and_the_plan_says_so():
    world = World()
    world.cluster.mutating = ("mservice.elbv2.k8s.aws",)
    result = world.install("--no-wait")
    annotations = world.edit("Service", "ingress-nginx-controller")["metadata"]["annotations"]
    assert annotations["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internet-facing"
    assert "Note        the AWS Load Balancer Controller is here" in result.err
    world.install("--no-wait", "--internal")
    annotations = world.edit("Service", "ingress-nginx-controller")["metadata"]["annotations"]
    assert annotations["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internal"


@pytest.mark.parametrize(
    ("minor", "warned"), [("30", True), ("31", False), ("35+", False), ("36", True), ("x", False)]
)
def test_a_kubernetes_it_was_not_tested_with_is_told(minor, warned):
    world = World()
    world.cluster.version = {"major": "1", "minor": minor}
    assert ("KI709" in world.install("--no-wait").err) is warned


def test_a_server_dry_run_keeps_nothing_and_says_what_it_could_not_check():
    world = World()
    result = world.install("--dry-run=server")
    assert world.writes == []
    assert result.status is ExitStatus.OK
    assert len(result.out.splitlines()) == 19
    assert result.out.startswith(f"namespace/{NS} serverside-applied (server dry run)\n")
    assert "could not check the 12 objects" in result.said
    world.install("--no-wait")
    assert "could not check" not in world.install("--dry-run=server").err


def test_a_dry_run_waits_for_nothing():
    world = World()
    meta = {"name": NS, "deletionTimestamp": "2026-01-01T00:00:00Z"}
    world.cluster.add({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    result = world.install("--dry-run=server")
    assert (result.status, world.now) == (ExitStatus.FAILED, 1000)
    assert "KI706" in result.err


def test_output_formats_are_alone_on_stdout():
    world = World().becomes_ready()
    named = world.install("-o", "name")
    assert named.out.splitlines()[0] == f"namespace/{NS}"
    assert "deployment.apps/ingress-nginx-controller" in named.out.splitlines()
    assert f"Ready. Address {HOSTNAME}" in named.err
    listed = json.loads(world.install("-o", "json", "--dry-run=server").out)
    assert (listed["kind"], len(listed["items"])) == ("List", 19)
    written = world.install("-o", "yaml", "--dry-run=client", "--provider", "aws")
    assert len(list(yaml.safe_load_all(written.out))) == 19
    assert len(written.err.splitlines()) >= 4


def test_another_namespace_and_class_go_into_what_is_suggested():
    result = World().install("-n", "inner", "--class", "inner", "--no-wait")
    assert "namespace inner, class inner" in result.err
    assert "kubectl ingress address --wait 5m --class inner" in result.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nginx-ingress"], 'there is no controller "nginx-ingress" to install'),
        (["f5-nginx", "--version", "9"], "the files of f5-nginx 9 are not known here"),
        (["f5-nginx", "--image", "x"], "--image: that is for ingress-nginx"),
        (["--provider", "gpc"], 'unknown provider "gpc"; did you mean "gcp"?'),
        (["--provider", "aws-nlb-tls"], "needs --acm-certificate and --proxy-cidr"),
        (["--provider", "kind", "--internal"], "provider kind has no --internal"),
        (["--proxy-cidr", "10.0.0.0"], "--proxy-cidr"),
        (["--acm-certificate", "arn:x"], "--acm-certificate"),
        (["aks"], "to install ingress-nginx there: --provider aks"),
        (["--version", "9"], "known versions: 1.15.1"),
        (["--timeout", "soon"], "soon"),
        (["--dry-run", "maybe"], "maybe"),
        (["-o", "wide"], "wide"),
        (["--replicas", "many"], "many"),
        (["--dry-run=client"], "--provider"),
    ],
)
def test_what_cannot_be_meant_is_told_before_the_cluster_is_asked(words, says):
    world = World()
    result = world.install(*words)
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert says in result.err
    assert world.cluster.requests == []
    assert result.out == ""


def test_list_names_living_controllers_one_line_each():
    result = World().install("--list")
    assert result.status is ExitStatus.OK
    names = [line.split()[0] for line in result.out.splitlines()]
    assert names == ["NAME", *registry.names("recipes")]
    assert all(len(line) <= 110 for line in result.out.splitlines())


def test_list_for_programs():
    listed = json.loads(World().install("--list", "-o", "json").out)["controllers"]
    assert tuple(each["name"] for each in listed) == registry.names("recipes")
    by = {each["name"]: (each["by"], bool(each["version"])) for each in listed}
    assert by["gke"] == ("built in", False)
    assert (by["contour"], by["kong"]) == (("manifests", True), ("chart", True))
    same = yaml.safe_load(World().install("--list", "-o", "yaml").out)
    assert same == {"controllers": listed}
    named = World().install("--list", "-o", "name")
    assert tuple(named.out.splitlines()) == registry.names("recipes")


def test_client_dry_run_needs_no_kubeconfig_and_never_imports_kubernetes():
    script = (
        "import sys\n"
        "from kubectl_ingress.__main__ import main\n"
        "from kubectl_ingress.env import Environment\n"
        "status = main(['install', '--provider', 'aws', '--dry-run=client', '-o', 'yaml'],"
        " Environment())\n"
        "heavy = {'kubernetes', 'httpx', 'urllib3', 'tabulate'} & set(sys.modules)\n"
        "print(status.value, sorted(heavy), file=sys.stderr)\n"
    )
    environment = {
        **os.environ,
        "KUBECONFIG": "/nonexistent",
        "HOME": "/nonexistent",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "0 []"
    assert len(list(yaml.safe_load_all(done.stdout))) == 19


def test_a_webhook_without_a_ready_endpoint_is_not_asked():
    world = World().becomes_ready(controller=9999, balancer=1)
    world.at(3, lambda: world.cluster.add(endpoint_slice(ready=False)))
    world.install("--timeout", "10s")
    assert not [r for r in world.cluster.requests if r.method == "POST"]
