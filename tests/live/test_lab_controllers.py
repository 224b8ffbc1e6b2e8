"""The lab's controllers beside kube-controller-manager: the same steps, and what is seen then.

Both work against a real API server with the played node. Compared are all objects that
controllers write, whole but for random names, and the events.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.realcluster import fixture

if TYPE_CHECKING:
    from tests.realcluster.testbed import Bed

pytestmark = pytest.mark.skipif(
    not fixture.inside(),
    reason="THE LAB'S CONTROLLERS WERE NOT COMPARED WITH THE REAL ONES: run `make test-live`",
)
STAGES = ("made", "changed", "history", "undone", "ending", "removed")
Seen = dict[str, dict[str, Any]]


class Faults(logging.Handler):
    """What the controllers themselves stumbled over."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.getMessage()}: {record.exc_info}")


@pytest.fixture(scope="module")
def faults() -> Iterator[Faults]:
    handler = Faults()
    logger = logging.getLogger("kubectl_ingress.lab.controllers")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@contextmanager
def with_programs(kind: type[Bed]) -> Iterator[Bed]:
    """A bed in which some programs end."""
    from tests.live.ending_programs import make_exits
    from tests.realcluster.testbed import BedOptions

    with fixture.running(lambda *places: kind(*places, BedOptions())) as bed:
        bed.node.images.insert(0, ("exits-", make_exits))
        yield bed


@pytest.fixture(scope="module")
def real() -> Seen:
    """What is seen beside kube-controller-manager; its bed ends before the other begins."""
    from tests.live.controllers_scenario import stages
    from tests.realcluster.testbed import Bed

    with with_programs(Bed) as bed:
        return dict(stages(bed))


@pytest.fixture(scope="module")
def lab_bed(real: Seen, faults: Faults) -> Iterator[Bed]:
    from tests.live.controllers_beds import LabBed

    with with_programs(LabBed) as bed:
        yield bed


@pytest.fixture(scope="module")
def lab(lab_bed: Bed) -> Seen:
    from tests.live.controllers_scenario import stages

    return dict(stages(lab_bed))


@pytest.mark.parametrize("stage", STAGES)
def test_the_same_is_seen(stage: str, real: Seen, lab: Seen) -> None:
    assert sorted(lab[stage]) == sorted(real[stage])
    for name, theirs in real[stage].items():
        assert lab[stage][name] == theirs, f"{name}:\n{differing(theirs, lab[stage][name])}"


def test_nothing_is_missing_from_the_comparison(real: Seen) -> None:
    kinds = {name.partition(" ")[0] for name in real["made"]}
    assert kinds == {
        "ConfigMap", "DaemonSet", "Deployment", "EndpointSlice", "Endpoints", "Event", "Job",
        "Pod", "ReplicaSet", "ServiceAccount",
    }  # fmt: skip
    reasons = {
        condition["reason"]
        for stage in ("made", "changed", "undone")
        for name, items in real[stage].items()
        if name.startswith(("Deployment", "Job", "ReplicaSet"))
        for item in items
        for condition in item["status"].get("conditions", [])
    }
    assert reasons == {
        "BackoffLimitExceeded", "CompletionsReached", "DeadlineExceeded", "DeploymentPaused",
        "FailedCreate", "MinimumReplicasAvailable", "MinimumReplicasUnavailable",
        "NewReplicaSetAvailable", "NewReplicaSetCreated", "ProgressDeadlineExceeded",
    }  # fmt: skip


def test_namespaces_end(lab: Seen, lab_bed: Bed) -> None:
    from tests.live.controllers_scenario import ENDING, NAMESPACE

    nobody = json.dumps({"metadata": {"finalizers": None}})
    lab_bed.kubectl("patch", "cm", "held", "-n", ENDING, "--type=merge", "-p", nobody)
    lab_bed.kubectl("delete", "ns", NAMESPACE, "--timeout=15s")
    for name in (NAMESPACE, ENDING):
        found = lab_bed.kubectl("get", "ns", name, check=False)
        assert "NotFound" in found.stderr, found.stdout


def test_the_controllers_stumble_over_nothing(lab: Seen, faults: Faults) -> None:
    assert faults.texts == []


def differing(theirs: object, ours: object) -> str:
    """Both as text, line by line, where they differ."""
    import difflib

    lines = [json.dumps(each, indent=1, sort_keys=True).splitlines() for each in (theirs, ours)]
    return "\n".join(difflib.unified_diff(lines[0], lines[1], "real", "lab", lineterm="", n=8))
