"""The controllers' rules, without a cluster.

Where a number is not plain arithmetic it was seen with kube-controller-manager 1.37;
tests/live/test_lab_controllers.py compares the two whole.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kubectl_ingress.lab.api import ApiError, Json
from kubectl_ingress.lab.apiserver.resources import BY_PLURAL
from kubectl_ingress.lab.controllers import (
    daemon_pods,
    deployment_status,
    job_status,
    pods,
    replicasets,
    revisions,
    sizes,
)
from kubectl_ingress.lab.controllers.claims import selects
from kubectl_ingress.lab.controllers.namespaces import conditions_of
from kubectl_ingress.lab.events import COMBINED, Correlator
from kubectl_ingress.lab.placement import wanted_node
from tests.lab.controller_objects import ago, deployment, pod, replica_set


@pytest.mark.parametrize(
    ("replicas", "surge", "missing", "fenceposts"),
    [
        (4, "25%", "25%", (1, 1)),
        (3, "25%", "25%", (1, 0)),
        (10, "25%", "25%", (3, 2)),
        (1, 0, "25%", (0, 1)),
        (2, "1%", "0%", (1, 0)),
        (0, "25%", "25%", (0, 1)),
        (5, 2, 1, (2, 1)),
    ],
)
def test_shares_are_rounded_as_kubernetes_rounds_them(
    replicas: int, surge: Any, missing: Any, fenceposts: tuple[int, int]
) -> None:
    assert sizes.fenceposts(deployment(replicas, surge, missing)) == fenceposts


def test_recreate_has_neither_surge_nor_missing_pods() -> None:
    recreated = deployment(3, strategy={"type": "Recreate"})
    assert sizes.fenceposts(recreated) == (0, 0)
    assert sizes.size_of_new(recreated, [], 0) == 3


def test_the_new_set_grows_as_far_as_the_surge_allows() -> None:
    old, new = replica_set("old", 4, 4), replica_set("new1", 0)
    assert sizes.size_of_new(deployment(), [old, new], 0) == 1
    assert sizes.size_of_new(deployment(), [replica_set("old", 5), new], 0) == 0
    assert sizes.size_of_new(deployment(), [replica_set("old", 1), new], 0) == 4


def steps(found: list[sizes.Resize]) -> list[tuple[str, int]]:
    return [(step.item["metadata"]["name"], step.size) for step in found]


def test_old_sets_give_up_unavailable_pods_first() -> None:
    wanted = deployment(4)
    assert steps(sizes.shrink_old(wanted, [replica_set("a", 4, 4)], replica_set("new1", 1))) == [
        ("a", 3)
    ]
    sick = [replica_set("a", 2, 0), replica_set("bb", 2, 2)]
    assert steps(sizes.shrink_old(wanted, sick, replica_set("new1", 1))) == [("a", 1)]
    ready = replica_set("new1", 4, 4)
    assert steps(sizes.shrink_old(wanted, sick, ready)) == [("a", 0), ("bb", 0)]
    # Nothing may go while the new pods are not there.
    blocked = [replica_set("a", 3, 3)]
    assert sizes.shrink_old(wanted, blocked, replica_set("new1", 2, 0)) == []


def test_scaling_in_the_middle_of_an_update_is_proportional() -> None:
    scaled = deployment(20, surge=0, missing=1)
    before = {"max-replicas": "10", "desired-replicas": "10"}
    active = [replica_set("old", 8, 8, **before), replica_set("new1", 2, 2, **before)]
    assert steps(sizes.proportions(scaled, active)) == [("old", 16), ("new1", 4)]
    down = deployment(5, surge=0, missing=1)
    assert steps(sizes.proportions(down, active)) == [("old", 4), ("new1", 1)]
    assert steps(sizes.proportions(deployment(0), active)) == [("old", 0), ("new1", 0)]
    assert steps(sizes.proportions(deployment(10, surge=0), active)) == [("old", 8), ("new1", 2)]


def test_a_hash_depends_on_the_template_alone() -> None:
    template = deployment()["spec"]["template"]
    hashed = revisions.template_hash(template)
    assert 8 <= len(hashed) <= 10
    assert not set(hashed) & set("aeiou013")
    again = copy.deepcopy(template)
    again["metadata"] |= {"creationTimestamp": None, "annotations": {}}
    again["metadata"]["labels"]["pod-template-hash"] = "x"
    assert revisions.template_hash(again) == hashed
    other = copy.deepcopy(template)
    other["spec"]["containers"] = [{"name": "web", "image": "b"}]
    assert revisions.template_hash(other) != hashed
    assert revisions.template_hash(template, 1) != hashed
    # An empty directory is something else than none.
    with_volume = copy.deepcopy(template)
    with_volume["spec"]["volumes"] = [{"name": "v", "emptyDir": {}}]
    without = copy.deepcopy(template)
    without["spec"]["volumes"] = [{"name": "v"}]
    assert not revisions.same_template(with_volume, without)


def test_a_new_set_is_the_deployments_with_the_hash_in_three_places() -> None:
    asked = deployment(3, minReadySeconds=5)
    asked["metadata"]["annotations"] = {"note": "kept", revisions.REVISION: "4"}
    made = revisions.new_set(asked, 5)
    hashed = made["metadata"]["labels"]["pod-template-hash"]
    assert made["metadata"]["name"] == f"web-{hashed}"
    assert made["spec"]["selector"]["matchLabels"] == {"app": "web", "pod-template-hash": hashed}
    assert made["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] == hashed
    assert made["spec"]["minReadySeconds"] == 5
    assert made["metadata"]["annotations"] == {
        "note": "kept",
        revisions.REVISION: "5",
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
    }
    assert asked == deployment(3, minReadySeconds=5) | {"metadata": asked["metadata"]}


def test_a_set_that_is_used_again_keeps_its_old_revisions() -> None:
    used = replica_set("a", 0, revision="1")
    first = revisions.new_annotations(deployment(), used, 3)
    assert (first[revisions.REVISION], first[revisions.HISTORY]) == ("3", "1")
    used["metadata"]["annotations"] = first
    second = revisions.new_annotations(deployment(), used, 5)
    assert (second[revisions.REVISION], second[revisions.HISTORY]) == ("5", "1,3")
    assert revisions.new_annotations(deployment(), used, 2) == first


def condition(status: Json, kind: str) -> tuple[str, str, str]:
    found = next(each for each in status["conditions"] if each["type"] == kind)
    return found["status"], found["reason"], found["message"]


def test_the_conditions_of_an_update_from_begin_to_end() -> None:
    asked, new = deployment(2), replica_set("web-1", 2, 0)
    created = deployment_status.condition("Progressing", "True", "NewReplicaSetCreated", "x")
    asked["status"] = {"conditions": [created]}
    status = deployment_status.judged(asked, [new], new)
    progressing = 'ReplicaSet "web-1" is progressing.'
    assert condition(status, "Progressing") == ("True", "ReplicaSetUpdated", progressing)
    missing = "Deployment does not have minimum availability."
    assert condition(status, "Available") == ("False", "MinimumReplicasUnavailable", missing)
    assert status["unavailableReplicas"] == 2
    assert "readyReplicas" not in status

    asked["status"] = status
    done = deployment_status.judged(asked, [ready := replica_set("web-1", 2, 2)], ready)
    text = 'ReplicaSet "web-1" has successfully progressed.'
    assert condition(done, "Progressing") == ("True", "NewReplicaSetAvailable", text)
    assert condition(done, "Available")[:2] == ("True", "MinimumReplicasAvailable")
    assert (done["availableReplicas"], done["terminatingReplicas"]) == (2, 0)
    assert "unavailableReplicas" not in done


def test_an_update_that_does_not_get_on_is_late() -> None:
    asked, new = deployment(2, progressDeadlineSeconds=10), replica_set("web-1", 2, 0)
    stuck = deployment_status.counted(asked, [new], new)
    old = deployment_status.condition("Progressing", "True", "ReplicaSetUpdated", "x")
    stuck["updatedReplicas"] = stuck["replicas"]
    asked["status"] = stuck | {"conditions": [old | {"lastUpdateTime": ago(5)}]}
    status = deployment_status.judged(asked, [new], new)
    assert condition(status, "Progressing")[1] == "ReplicaSetUpdated"
    assert 5 < (deployment_status.seconds_to_deadline(asked, status) or 0) <= 6.1
    asked["status"]["conditions"][0]["lastUpdateTime"] = ago(12)
    status = deployment_status.judged(asked, [new], new)
    text = 'ReplicaSet "web-1" has timed out progressing.'
    assert condition(status, "Progressing") == ("False", "ProgressDeadlineExceeded", text)


def test_pods_that_are_spared_first() -> None:
    unplaced = pod("a", spec={"nodeName": ""})
    waiting, unready = pod("b", "Pending", None), pod("c", ready=None)
    cheap = pod("d", metadata={"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-1"}})
    new, old = pod("e", ready=2), pod("f", ready=5000)
    everyone = [old, new, cheap, unready, waiting, unplaced]
    chosen = pods.to_delete(everyone, everyone, 6)
    assert [each["metadata"]["name"] for each in chosen] == ["a", "b", "c", "d", "e", "f"]
    assert len(pods.to_delete(everyone, everyone, 2)) == 2
    beside = pod("other", spec={"nodeName": "m"})
    crowded = pods.to_delete([pod("lonely", spec={"nodeName": "m"}), pod("z")], [pod("z")] * 2, 1)
    assert crowded[0]["metadata"]["name"] == "z"
    assert pods.is_active(beside)


def test_a_pod_is_available_once_it_has_been_ready_for_long_enough() -> None:
    assert pods.is_available(pod(ready=1), 0)
    assert not pods.is_available(pod(ready=1), 10)
    assert pods.is_available(pod(ready=11), 10)
    assert pods.seconds_to_available(pod(ready=None), 10) is None
    assert 7 < (pods.seconds_to_available(pod(ready=2), 10) or 0) < 9


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": "x"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["x"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({}, False),
        (None, False),
    ],
)
def test_selectors(selector: Json | None, fits: bool) -> None:
    assert selects(selector, {"app": "web"}) is fits


def test_a_replica_set_tells_of_pods_that_are_refused_and_then_no_more() -> None:
    found = deployment(2)
    refused = replicasets.status_of(found, [], [], ApiError(403, "no room"))
    told = refused["conditions"][0]
    assert (told["reason"], told["message"]) == ("FailedCreate", "no room")
    found["status"] = refused
    assert "conditions" not in replicasets.status_of(found, [pod()], [pod("b")], None)
    counted = replicasets.status_of(found, [pod()], [pod("b")], None)
    assert counted == {
        "replicas": 1, "fullyLabeledReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
        "observedGeneration": 1, "terminatingReplicas": 1,
    }  # fmt: skip


def test_a_daemon_is_bound_to_its_node_and_tolerates_its_troubles() -> None:
    daemon = deployment()
    daemon["metadata"]["annotations"] = {"deprecated.daemonset.template.generation": "2"}
    template = daemon_pods.template_for(daemon, "n1", "hash")
    assert template["metadata"]["labels"] == {
        "app": "web", "pod-template-generation": "2", "controller-revision-hash": "hash",
    }  # fmt: skip
    made = {"metadata": template["metadata"], "spec": template["spec"]}
    assert wanted_node(made) == "n1"
    assert daemon_pods.is_updated(made, daemon, "other")
    assert len(template["spec"]["tolerations"]) == 6
    assert "tolerations" not in daemon["spec"]["template"]["spec"]


@pytest.mark.parametrize(
    ("taint", "may"),
    [
        ({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}, (True, True)),
        ({"key": "special", "effect": "NoSchedule"}, (False, True)),
        ({"key": "special", "effect": "NoExecute"}, (False, False)),
        ({"key": "special", "effect": "PreferNoSchedule"}, (True, True)),
    ],
)
def test_taints_keep_daemons_away(taint: Json, may: tuple[bool, bool]) -> None:
    node = {"metadata": {"name": "n1", "labels": {}}, "spec": {"taints": [taint]}}
    assert daemon_pods.may_run(deployment(), node) == may


def job(**spec: Any) -> Json:
    asked = {"parallelism": 1, "completions": 1, "backoffLimit": 6, "template": {"spec": {}}}
    return {"metadata": {"name": "j"}, "spec": asked | spec, "status": {}}


def test_how_many_pods_of_a_job_run() -> None:
    assert job_status.wanted_active(job(completions=5, parallelism=2), 0, 0) == 2
    assert job_status.wanted_active(job(completions=5, parallelism=2), 4, 0) == 1
    assert job_status.wanted_active(job(completions=None, parallelism=3), 0, 1) == 3
    assert job_status.wanted_active(job(completions=None, parallelism=3), 1, 2) == 2
    assert job_status.is_done(job(completions=None), 1, 0)
    assert not job_status.is_done(job(), 1, 1)


def test_why_a_job_fails() -> None:
    assert job_status.failure_of(job(backoffLimit=0), [], 1) == job_status.BACKOFF
    assert job_status.failure_of(job(backoffLimit=1), [], 1) is None
    late = job(activeDeadlineSeconds=5)
    late["status"]["startTime"] = ago(6)
    assert job_status.failure_of(late, [], 0) == job_status.DEADLINE
    again = job(backoffLimit=2, template={"spec": {"restartPolicy": "OnFailure"}})
    restarted = pod(containerStatuses=[{"restartCount": 2}])
    assert job_status.failure_of(again, [restarted], 0) == job_status.BACKOFF


def test_a_job_waits_longer_with_each_failure_in_a_row() -> None:
    def ended(name: str, seconds: float) -> Json:
        state = {"terminated": {"finishedAt": ago(seconds)}}
        return pod(name, "Failed", containerStatuses=[{"state": state}])

    once = job_status.Failures().then([], [ended("a", 2)])
    assert 7 < once.seconds_to_retry <= 9
    twice = once.then([], [ended("b", 1)])
    assert 17 < twice.seconds_to_retry <= 20
    assert twice.then([ended("c", 0)], []).seconds_to_retry == 0
    assert twice.then([], []) == twice


def test_an_ending_namespace_says_what_it_waits_for() -> None:
    maps, all_pods = BY_PLURAL["", "v1", "configmaps"], BY_PLURAL["", "v1", "pods"]
    held = {"metadata": {"name": "m", "finalizers": ["example.org/f"]}}
    found = conditions_of({"metadata": {}}, {maps: [held, held], all_pods: [pod()]})
    texts = {each["type"]: each["message"] for each in found if each["status"] == "True"}
    assert texts == {
        "NamespaceContentRemaining": "Some resources are remaining: "
        "configmaps. has 2 resource instances, pods. has 1 resource instances",
        "NamespaceFinalizersRemaining": "Some content in the namespace has finalizers remaining: "
        "example.org/f in 2 resource instances",
    }
    assert {each["status"] for each in conditions_of({"metadata": {}}, {})} == {"False"}


def test_similar_events_are_combined_from_the_tenth_on() -> None:
    correlator = Correlator()
    texts = [correlator.text_of("u", "R", f"{n}", 0) for n in range(12)]
    assert texts == [*(f"{n}" for n in range(9)), *(f"{COMBINED}{n}" for n in (9, 10, 11))]
    assert correlator.text_of("u", "other", "x", 0) == "x"
    assert correlator.text_of("u", "R", "later", 601) == "later"


def test_events_about_one_object_are_limited() -> None:
    correlator = Correlator()
    assert [correlator.may_write("u", 0) for _ in range(26)] == [True] * 25 + [False]
    assert correlator.may_write("v", 0)
    assert [correlator.may_write("u", 300) for _ in range(2)] == [True, False]
