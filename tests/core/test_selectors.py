from __future__ import annotations

import pytest

from kubectl_ingress.core.selectors import parse_selector
from kubectl_ingress.errors import UsageError

LABELS = {"app": "web", "tier": "front", "example.com/x": ""}


@pytest.mark.parametrize(
    ("typed", "selected"),
    [
        ("app=web", True), ("app==web", True), ("app!=web", False), ("app=api", False),
        ("app", True), ("!app", False), ("none", False), ("! none", True), ("none!=x", True),
        ("app in (web, api)", True), ("app notin (web)", False), ("none notin (a)", True),
        ("app=web,tier=front", True), ("app=web, tier=back", False), ("example.com/x=", True),
        ("tier in (front),app", True),
    ],
)  # fmt: skip
def test_terms(typed: str, selected: bool) -> None:
    assert parse_selector(typed)(LABELS) is selected


@pytest.mark.parametrize("typed", ["=a", "a b", "a in b", "a=(b)", "a in (b", "a,,b", "a>1"])
def test_what_is_none(typed: str) -> None:
    with pytest.raises(UsageError):
        parse_selector(typed)
