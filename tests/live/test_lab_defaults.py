"""The recordings that the lab's tests stand on: the real API server still answers so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kubectl_ingress.lab.api import Json
from tests.lab.writes import recorded
from tests.live.lab_writes import (
    Server,
    answers_to_creates,
    answers_to_updates,
    create_cases,
    update_cases,
)
from tests.live.quiet import quiet_cluster
from tests.realcluster.fixture import REASON, inside

HOW = "python -m tests.realcluster.enter python -m tests.live.lab_writes"
OUTCOMES = ("output", "refused", "warnings")

pytestmark = pytest.mark.skipif(not inside(), reason=REASON)


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, Json]]:
    """What the real server says to each case, by file and name."""
    with quiet_cluster() as cluster:
        server = Server(cluster)
        creates = answers_to_creates(server, recorded("creates"))
        updates = answers_to_updates(server, recorded("updates"))
        yield {f"creates: {case['case']}": case for case in creates} | {
            f"updates: {case['case']}": case for case in updates
        }


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(f"{name}: {case['case']}", case, id=f"{name}: {case['case']}")
        for name in ("creates", "updates")
        for case in recorded(name)
    ],
)
def test_the_recording_is_true(answers: dict[str, Json], name: str, case: Json) -> None:
    assert answers[name] == case, f"if Kubernetes is another one, record anew: {HOW}"


@pytest.mark.parametrize(
    ("name", "written"), [("creates", create_cases), ("updates", update_cases)]
)
def test_every_case_that_is_written_is_recorded(
    name: str, written: Callable[[], list[Json]]
) -> None:
    inputs = [
        {key: value for key, value in case.items() if key not in ("stored", *OUTCOMES)}
        for case in recorded(name)
    ]
    assert inputs == written(), f"record anew: {HOW}"
