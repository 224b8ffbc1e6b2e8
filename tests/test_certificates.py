"""Whether one who trusts some CAs accepts a certificate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kubectl_ingress.certificates import self_signed, why_not_trusted

NOW = datetime(2026, 11, 26, tzinfo=UTC)
NAME = "hook.ns.svc"
OWN = self_signed([NAME], NOW)[0].decode()
OTHER = self_signed([NAME], NOW)[0].decode()


@pytest.mark.parametrize(
    ("pem", "authority", "name", "why"),
    [
        (OWN, OWN, NAME, ""),
        # One of several is enough.
        (OWN, OTHER + OWN, NAME, ""),
        (OWN, OTHER, NAME, "is not signed by the CA of its caBundle"),
        (OWN, OWN, "other.ns.svc", "is for hook.ns.svc, not for other.ns.svc"),
        (OWN, "nothing", NAME, "is held against a CA that cannot be read"),
        ("nothing", OWN, NAME, "cannot be read"),
    ],
)
def test_why_not(pem: str, authority: str, name: str, why: str) -> None:
    assert why_not_trusted(pem, authority, name, NOW) == why


def test_one_that_is_over() -> None:
    later = NOW + timedelta(days=100)
    assert why_not_trusted(OWN, OWN, NAME, later) == "expired 10 days ago"
