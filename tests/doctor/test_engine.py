"""What holds of every check."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_ingress.core.codes import CODES
from kubectl_ingress.doctor.engine import AREAS, Check, all_checks, checks_for, reference

DOCS = Path(__file__).parents[2] / "docs" / "doctor.md"


@pytest.mark.parametrize("one", all_checks(), ids=lambda one: one.NAME)
def test_a_check_says_what_it_is(one: Check) -> None:
    assert one.AREA in AREAS
    assert (one.__doc__ or "").strip().endswith(".")
    assert set(one.CODES) <= {*CODES, "those of lint"}


def test_names_are_unique_and_areas_in_order() -> None:
    names = [one.NAME for one in all_checks()]
    assert len(names) == len(set(names))
    areas = [AREAS.index(one.AREA) for one in all_checks()]
    assert areas == sorted(areas)


def test_the_docs_list_all_checks() -> None:
    assert reference(all_checks()) in DOCS.read_text()


def test_explain_says_what_a_check_looks_at() -> None:
    [text] = checks_for({"KI610"})
    assert text.startswith("kubectl ingress doctor, events: Warnings of the last hour")
    assert not list(checks_for({"KI501"}))
