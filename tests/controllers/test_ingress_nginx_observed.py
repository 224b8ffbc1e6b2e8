"""The model against what the real ingress-nginx 1.15.1 answered."""

import pytest

from tests.observed import (
    Case,
    covered_cases,
    needs_observed,
    observed_fields,
    predicted_fields,
)

CASES = list(covered_cases())


@needs_observed
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_model_decides_what_the_real_controller_did(case: Case) -> None:
    assert predicted_fields(case) == observed_fields(case)


@needs_observed
def test_enough_of_the_measurements_is_covered() -> None:
    # The count on the day this was written; it only ever grows as the table does.
    assert len(CASES) >= 140
