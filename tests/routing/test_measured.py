"""The model against every measured answer of the real controllers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import COUNTED
from tests.routing.compare import difference
from tests.routing.deviations import DEVIATIONS
from tests.routing.measured import Case, own_cases, to_request

CASES = list(own_cases())

# Of all requests to a controller, how many have to be predicted.
ENOUGH = {"ingress-nginx": 0.99}
ENOUGH_ELSEWHERE = 0.97


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_decides_what_the_real_one_did(
    case: Case, record_property: Callable[[str, Any], None]
) -> None:
    table, snapshot = case.table(), case.snapshot()
    wrong = {
        name: text
        for number, asked in enumerate(case.asked)
        if (text := difference(case, snapshot, table.decide(to_request(asked.request)), asked))
        for name in (f"{case.id}#{number}",)
    }
    title = f"{case.controller} {case.flavour}".strip()
    record_property(COUNTED, (title, len(case.asked) - len(wrong), len(case.asked)))
    unexplained = {name: text for name, text in wrong.items() if name not in DEVIATIONS}
    assert not unexplained
    mended = {n for n in DEVIATIONS if n.rpartition("#")[0] == case.id} - set(wrong)
    assert not mended, "no deviation any more: delete it from the list"


@pytest.mark.parametrize("controller", sorted({case.controller for case in CASES}))
def test_few_answers_are_not_predicted(controller: str) -> None:
    cases = [case for case in CASES if case.controller == controller]
    ids = {f"{case.id}#{number}" for case in cases for number in range(len(case.asked))}
    share = 1 - len(ids & set(DEVIATIONS)) / len(ids)
    assert share >= ENOUGH.get(controller, ENOUGH_ELSEWHERE)


def test_every_deviation_is_of_a_case() -> None:
    ids = {f"{case.id}#{number}" for case in CASES for number in range(len(case.asked))}
    assert set(DEVIATIONS) <= ids
