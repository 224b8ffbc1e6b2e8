"""The Job and its ConfigMap: as strict as clusters may ask for, and whole."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from kubectl_ingress.clusterprobe.curl import curl_files
from kubectl_ingress.clusterprobe.objects import ProbeJob, config_map_of, job_of, share_out
from kubectl_ingress.core.answer import Plan
from kubectl_ingress.core.request import Request
from kubectl_ingress.errors import UsageError


def plan(target: str = "/", body: bytes | None = None) -> Plan:
    return Plan(Request("a.test", target), "lb.test", 80, body, max_time=5)


def probe(*shares: tuple[Plan, ...]) -> ProbeJob:
    return ProbeJob("ns", "kubectl-ingress-test-1", "curl:1@sha256:x", "abc", shares)


@pytest.mark.parametrize(
    ("count", "parallelism", "sizes"),
    [(9, 3, [3, 3, 3]), (10, 3, [4, 3, 3]), (2, 5, [1, 1]), (1, 1, [1])],
)
def test_requests_are_shared_out_evenly_in_their_order(
    count: int, parallelism: int, sizes: list[int]
) -> None:
    plans = [plan(f"/{number}") for number in range(count)]
    shares = share_out(plans, parallelism)
    assert [len(share) for share in shares] == sizes
    assert [one for share in shares for one in share] == plans


def test_the_job_is_indexed_bounded_and_marked() -> None:
    job = job_of(probe((plan(), plan()), (plan(),)))
    spec = job["spec"]
    assert job["metadata"]["annotations"].keys() == {"kubectl-ingress/installed-by"}
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 2, 2)
    assert spec["backoffLimit"] == 0
    assert spec["ttlSecondsAfterFinished"] > 0
    # The time to start, and that of the longer share.
    assert spec["activeDeadlineSeconds"] == 60 + 10 + 10


def test_the_pods_are_restricted() -> None:
    pod: dict[str, Any] = job_of(probe((plan(),)))["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"].keys() == {"cpu", "memory"}
    assert pod["topologySpreadConstraints"][0]["topologyKey"] == "kubernetes.io/hostname"


def test_nothing_of_the_request_is_in_a_command() -> None:
    job = job_of(probe((plan("/$(id);`id`"),)))
    assert "id)" not in json.dumps(job)
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["curl", "-q", "-K", "$(JOB_COMPLETION_INDEX)"]


def test_each_index_has_its_file_and_a_body_is_there_once() -> None:
    shares = ((plan(body=b"\xff"), plan("/2")), (plan(body=b"\xff"),))
    made = config_map_of(probe(*shares), "uid-of-the-job")
    assert made["data"] == {
        str(n): curl_files(share, "abc").config for n, share in enumerate(shares)
    }
    ((name, body),) = made["binaryData"].items()
    assert base64.b64decode(body) == b"\xff"
    assert all(f'"@{name}"' in text for text in made["data"].values())
    (owner,) = made["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"]) == ("Job", "uid-of-the-job")


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="a ConfigMap holds 1000000"):
        config_map_of(probe((plan(body=bytes(1_000_000)),)), "")
    # Many of the same take no room.
    config_map_of(probe((plan(),) * 100_000), "")
