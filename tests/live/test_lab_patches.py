"""What the lab's patches and server-side apply are tested against is what a real server does.

The recorded answers of tests/lab/data, played again on the real API server.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.apply_cases import Case
from tests.lab.recorded import answers, names_of_tables
from tests.live.play_lab_patches import played
from tests.realcluster.fixture import inside

pytestmark = pytest.mark.skipif(
    not inside(),
    reason="THE RECORDED PATCHES WERE NOT PLAYED AGAIN: run `make test-live`",
)


@pytest.fixture(scope="module")
def again() -> dict[str, dict[str, list[Any]]]:
    return played()


def settled(answer: list[Any]) -> list[Any]:
    """Several faults come in the random order of a Go map."""
    code, body = answer
    if code < 300:
        return answer
    message = body["message"].replace("errors:", "errors:\n")
    return [code, body | {"message": sorted(message.split("\n"))}]


@pytest.mark.parametrize("case", names_of_tables(), ids=lambda case: case.name)
def test_as_recorded(again, case: Case):
    recorded = answers(case.group)[case.name]
    for rank, pair in enumerate(zip(again[case.group][case.name], recorded, strict=True), 1):
        now, then = map(settled, pair)
        assert now == then, f"step {rank} of {case.name}: {case.steps[rank - 1]}"
