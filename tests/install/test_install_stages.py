"""How far an installation is, judged from objects alone."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.install.settings import WEBHOOK_NAME
from kubectl_ingress.install.stages import Answer, Readings, can_be_asked, judge, rollout_of
from kubectl_ingress.providers import Variant
from kubectl_ingress.providers.aws import PROVIDER
from tests.install.world import HOSTNAME, endpoint_slice

SECRET = {"data": {"ca": "Q0E=", "cert": "eA==", "key": "eQ=="}}
WEBHOOK = {"webhooks": [{"name": WEBHOOK_NAME, "clientConfig": {"caBundle": "Q0E="}}]}
OTHER_CA = {"webhooks": [{"name": WEBHOOK_NAME, "clientConfig": {"caBundle": "b2xk"}}]}
SERVICE = {"status": {"loadBalancer": {"ingress": [{"hostname": HOSTNAME}]}}}


def deployment(
    wanted: int | None = 1, total: int = 1, updated: int = 1, available: int = 1, seen: int = 2
) -> dict[str, Any]:
    return {
        "metadata": {"generation": 2},
        "spec": {} if wanted is None else {"replicas": wanted},
        "status": {
            "observedGeneration": seen,
            "replicas": total,
            "updatedReplicas": updated,
            "availableReplicas": available,
        },
    }


def readings(**changes: Any) -> Readings:
    whole: dict[str, Any] = {
        "workload": deployment(),
        "service": SERVICE,
        "secret": SECRET,
        "webhook": WEBHOOK,
        "slices": (endpoint_slice(),),
        "answer": Answer(True, "answers"),
    }
    return Readings(**{**whole, **changes})


def stage(label: str, **changes: Any) -> tuple[bool, str, bool]:
    found = next(s for s in judge(readings(**changes), PROVIDER, Variant()) if s.label == label)
    return found.done, found.detail, found.reached


def test_all_is_done_when_all_is_there():
    assert [(s.label, s.done, s.detail) for s in judge(readings(), PROVIDER, Variant())] == [
        ("controller", True, "1/1 ready"),
        ("admission webhook", True, "answers"),
        ("load balancer", True, "named by AWS"),
    ]


@pytest.mark.parametrize(
    ("state", "done"),
    [
        (deployment(), True),
        (deployment(None), True),
        (deployment(3, 3, 3, 3), True),
        (deployment(seen=1), False),
        (deployment(3, 3, 3, 2), False),
        (deployment(3, 3, 2, 3), False),
        # An old pod still runs: the available ones may be old ones too.
        (deployment(1, 2, 1, 1), False),
        (deployment(0, 0, 0, 0), False),
        (None, False),
        ({"metadata": [], "spec": "x", "status": {"replicas": "1"}}, False),
    ],
)
def test_a_rollout_is_judged_as_kubectl_does(state, done):
    assert rollout_of(state).done is done


def test_the_controller_counts_its_ready_pods():
    assert stage("controller", workload=deployment(3, 3, 3, 2)) == (False, "2/3 ready", True)
    assert stage("controller", workload=deployment(0, 0, 0, 0))[1] == "scaled to 0 replicas"
    assert stage("controller", workload=None)[:2] == (False, "its Deployment is gone")


def test_the_controller_cannot_start_before_its_certificate():
    starting = deployment(1, 1, 1, 0)
    told = (False, "waits for its certificate", False)
    assert stage("controller", workload=starting, secret=None) == told
    # One that runs goes on running when somebody deletes the Secret.
    assert stage("controller", secret=None) == (True, "1/1 ready", True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"secret": None}, (False, "its certificate is being made", True)),
        ({"secret": {"data": {"ca": "Q0E="}}}, (False, "its certificate is being made", True)),
        ({"secret": {"data": "x"}}, (False, "its certificate is being made", True)),
        ({"webhook": None}, (False, "its CA is being registered", True)),
        ({"webhook": OTHER_CA}, (False, "its CA is being registered", True)),
        (
            {"webhook": {"webhooks": [{"name": "other"}]}},
            (False, "its CA is being registered", True),
        ),
        ({"slices": ()}, (False, "waits for the controller", False)),
        ({"slices": (endpoint_slice(False),)}, (False, "waits for the controller", False)),
        ({"answer": None}, (False, "not asked yet", True)),
        ({"answer": Answer(False, "refused")}, (False, "does not answer", True)),
    ],
)
def test_the_webhook_needs_its_whole_chain(changes, told):
    assert stage("admission webhook", **changes) == told
    assert can_be_asked(readings(**changes)) is ("answer" in changes)


@pytest.mark.parametrize(
    ("service", "told"),
    [
        (None, (False, "its Service is gone", True)),
        ({}, (False, "pending", True)),
        ({"status": {"loadBalancer": {"ingress": [{}]}}}, (False, "pending", True)),
        ({"status": {"loadBalancer": []}}, (False, "pending", True)),
        (
            {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}},
            (True, "named by AWS", True),
        ),
    ],
)
def test_the_load_balancer_is_known_by_its_address(service, told):
    assert stage("load balancer", service=service) == told
