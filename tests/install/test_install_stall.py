"""Why it does not get on: each cause told from what the cluster shows."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.install.pods import Causes
from kubectl_ingress.install.settings import Settings
from kubectl_ingress.install.stages import Answer, Readings, judge
from kubectl_ingress.install.stall import Case, explain
from kubectl_ingress.providers import Variant
from kubectl_ingress.providers.aws import PROVIDER
from tests.install.test_install_stages import SERVICE, deployment, readings
from tests.install.world import JOB_LABELS, NS, event, pod

STARTING = deployment(1, 1, 1, 0)
CREATE = "ingress-nginx-admission-create"


def told(
    label: str,
    found: Readings,
    *,
    waited: float = 20.0,
    last: bool = False,
    **causes: list[dict[str, Any]],
) -> tuple[str, str, str]:
    case = Case(Settings(), PROVIDER, found, Causes(**causes), waited, last)
    stage = next(s for s in explain(judge(found, PROVIDER, Variant()), case) if s.label == label)
    if stage.problem is None:
        return "", "", ""
    return stage.problem.code, stage.problem.message, stage.problem.fix


def controller(
    found: Readings | None = None, **causes: list[dict[str, Any]]
) -> tuple[str, str, str]:
    found = found or readings(workload=STARTING, slices=(), answer=None)
    return told("controller", found, **causes)


def webhook(found: Readings, **causes: list[dict[str, Any]]) -> tuple[str, str, str]:
    return told("admission webhook", found, **causes)


def waiting(reason: str, message: str, image: str = "r.io/c:v1") -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return {"name": "c", "image": image, "state": state, "restartCount": 0}


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"])
def test_an_image_that_cannot_be_pulled_is_named_with_the_reason(reason):
    digest = "sha256:" + "0" * 64
    message = (
        f'Back-off pulling image "r.io/c:v1@{digest}": ErrImagePull: not found: r.io/c:v1@{digest}'
    )
    container = waiting(reason, message, f"r.io/c:v1@{digest}")
    code, text, fix = controller(pods=[pod(container=container)])
    assert code == "KI702"
    assert text == (
        "image r.io/c:v1 of pod ingress-nginx/ingress-nginx-controller-abc cannot be pulled "
        f"({reason}): not found: r.io/c:v1"
    )
    assert "--registry" in fix


def test_a_pod_without_a_place_says_why():
    scheduled = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/3 nodes are available: 3 Insufficient cpu.",
    }
    code, text, _ = controller(pods=[pod(node="", conditions=[scheduled])])
    assert code == "KI703"
    assert "3 Insufficient cpu" in text


def test_a_pod_that_no_scheduler_has_seen_says_so():
    code, text, _ = controller(pods=[pod(node="")])
    assert code == "KI703"
    assert "no scheduler" in text


def test_a_crash_tells_reason_status_and_where_to_read_on():
    container = {
        "name": "controller",
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
        "restartCount": 4,
    }
    code, text, fix = controller(pods=[pod(container=container)])
    assert code == "KI704"
    assert "OOMKilled, exit status 137, restarts 4" in text
    assert fix == "kubectl -n ingress-nginx logs ingress-nginx-controller-abc --previous"


def test_a_container_that_cannot_start_is_a_crash_too():
    code, text, _ = controller(pods=[pod(container=waiting("RunContainerError", "no such file"))])
    assert (code, "no such file" in text) == ("KI704", True)


def test_a_pod_that_runs_and_is_not_ready_says_what_its_probe_says():
    running = {"name": "c", "state": {"running": {"startedAt": "2026-01-01T00:00:10Z"}}}
    name = "ingress-nginx-controller-abc"
    events = [
        # Overcome: it was before the container started.
        event("Pod", name, "secret not found", when="2026-01-01T00:00:05Z"),
        event("Pod", name, "Readiness probe failed: 503", when="2026-01-01T00:00:20Z"),
    ]
    code, text, _ = controller(pods=[pod(container=running)], events=events)
    assert (code, "Readiness probe failed: 503" in text) == ("KI204", True)
    code, text, fix = controller(pods=[pod(container=running)], events=events[:1])
    assert (code, text) == (
        "KI204",
        "pod ingress-nginx/ingress-nginx-controller-abc runs, but is not ready",
    )
    assert "logs" in fix


def test_events_of_an_earlier_pod_of_the_same_name_do_not_count():
    name = "ingress-nginx-controller-abc"
    old = event("Pod", name, "old trouble", uid="uid-of-another")
    assert controller(pods=[pod()], events=[old]) == ("", "", "")


def test_pods_that_are_well_or_ending_have_no_problem():
    ready = pod(conditions=[{"type": "Ready", "status": "True"}])
    ending = pod(node="")
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert controller(pods=[ready, ending]) == ("", "", "")


@pytest.mark.parametrize(
    "message",
    [
        'pods "x" is forbidden: exceeded quota: q, requested: pods=1',
        'pods "x" is forbidden: violates PodSecurity "restricted:latest"',
    ],
)
def test_pods_that_are_refused_by_quota_or_pod_security(message):
    nothing = deployment(1, 0, 0, 0)
    nothing["metadata"]["name"] = "ingress-nginx-controller"
    nothing["metadata"]["namespace"] = NS
    found = readings(workload=nothing, slices=(), answer=None)
    replica_set = event("ReplicaSet", "ingress-nginx-controller-7d", message, reason="FailedCreate")
    assert controller(found, events=[replica_set])[0] == "KI707"
    nothing["status"]["conditions"] = [
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}
    ]
    code, text, _ = controller(found)
    assert code == "KI707"
    assert message in text


def test_a_deployment_that_nobody_looks_at():
    found = readings(workload=deployment(seen=1), slices=(), answer=None)
    code, text, _ = controller(found)
    assert (code, "no Deployment controller has looked" in text) == ("KI204", True)
    zero = readings(workload=deployment(0, 0, 0, 0), slices=(), answer=None)
    assert "--replicas=1" in controller(zero)[2]
    assert "gone" in controller(readings(workload=None, slices=(), answer=None))[1]


def test_while_the_certificate_is_missing_the_webhook_tells_and_the_controller_does_not():
    found = readings(workload=STARTING, secret=None, slices=(), answer=None)
    create = pod(CREATE + "-x", labels=JOB_LABELS, container=waiting("ErrImagePull", "no route"))
    assert controller(found, pods=[create, pod()]) == ("", "", "")
    code, text, _ = webhook(found, pods=[create, pod()])
    assert (code, CREATE in text) == ("KI702", True)


def test_of_two_jobs_the_first_is_the_one_to_tell():
    found = readings(secret=None, slices=(), answer=None)
    pods = [
        pod(f"ingress-nginx-admission-{n}-x", labels=JOB_LABELS, node="")
        for n in ("patch", "create")
    ]
    for each, created in zip(pods, ("2026-01-01T00:00:02Z", "2026-01-01T00:00:01Z"), strict=True):
        each["metadata"]["creationTimestamp"] = created
    assert "create" in webhook(found, pods=pods)[1]


def job(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": CREATE, "namespace": NS}, "status": status}


def test_a_job_that_failed_is_refused_or_does_not_end():
    found = readings(secret=None, slices=(), answer=None)
    failed = {"type": "Failed", "status": "True", "message": "Job has reached its backoff limit"}
    code, text, fix = webhook(found, jobs=[job(conditions=[failed])])
    assert (code, "backoff limit" in text, "again" in fix) == ("KI705", True, True)
    refused = event("Job", CREATE, "exceeded quota: q", reason="FailedCreate")
    assert webhook(found, jobs=[job()], events=[refused])[0] == "KI707"
    assert "does not come to an end" in webhook(found, jobs=[job(active=1)])[1]
    code, text, fix = webhook(found)
    assert (code, "gone" in text, "again" in fix) == ("KI705", True, True)


def test_a_webhook_that_cannot_be_called_names_the_port_to_open():
    found = readings(answer=Answer(False, "it did not answer: connection refused"))
    code, text, fix = webhook(found)
    assert (code, text) == ("KI705", "it did not answer: connection refused")
    assert "8443" in fix


def balancer(found: Readings, **more: Any) -> tuple[str, str, str]:
    return told("load balancer", found, **more)


def test_a_load_balancer_that_cannot_be_made_says_what_the_cloud_says():
    events = [
        event("Service", "ingress-nginx-controller", "could not find any suitable subnets"),
        event("Service", "ingress-nginx-controller-admission", "of another Service"),
    ]
    code, text, fix = balancer(readings(service={}), events=events)
    assert code == "KI601"
    assert text.endswith("could not find any suitable subnets")
    assert "kubernetes.io/role/elb" in fix


def test_a_load_balancer_is_given_its_time():
    assert balancer(readings(service={}), waited=59.0) == ("", "", "")
    assert "no event says why" in balancer(readings(service={}), waited=61.0)[1]
    code, text, fix = balancer(readings(service={}), waited=5.0, last=True)
    assert (code, "often takes a minute" in text, "IAM" in fix) == ("KI601", True, True)
    assert "gone" in balancer(readings(service=None))[1]


def test_what_is_done_has_no_problem():
    crashing = pod(container=waiting("ErrImagePull", "x"))
    assert told("controller", readings(), pods=[crashing]) == ("", "", "")
    assert told("load balancer", readings(service=SERVICE), waited=99.0) == ("", "", "")


@pytest.mark.parametrize(
    "junk", [{}, {"metadata": 1, "status": []}, {"status": {"containerStatuses": [1, None, "x"]}}]
)
def test_objects_of_any_shape_are_borne(junk):
    pods = [junk, {"metadata": {"labels": {**JOB_LABELS}}, **junk}]
    found = readings(secret=None, workload=STARTING, slices=(), answer=None)
    for label in ("controller", "admission webhook", "load balancer"):
        told(label, found, pods=pods, jobs=[junk], events=[junk], replica_sets=[junk], last=True)
    for field in ("workload", "service", "secret", "webhook"):
        judge(readings(**{field: junk}), PROVIDER, Variant())
    judge(readings(slices=(junk,), webhook={"webhooks": [junk, 1]}), PROVIDER, Variant())


def test_a_very_long_message_keeps_its_end():
    container = waiting("ErrImagePull", "failed: " + "x " * 400 + "no such host")
    text = controller(pods=[pod(container=container)])[1]
    assert len(text) < 320
    assert text.endswith("no such host")
