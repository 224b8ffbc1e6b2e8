"""The two addresses of --diff as they are typed."""

from __future__ import annotations

import pytest

from kubectl_ingress.testing.diff_specs import parse_side
from tests.manifests import snapshot


@pytest.mark.parametrize(
    ("typed", "address", "port"),
    [
        ("lb.example", "lb.example", None),
        ("lb.example:8080", "lb.example", 8080),
        ("lb.example:", "lb.example", None),
        ("203.0.113.7:80", "203.0.113.7", 80),
        ("2001:db8::1", "2001:db8::1", None),
        ("[2001:db8::1]", "2001:db8::1", None),
        ("[2001:db8::1]:8080", "2001:db8::1", 8080),
    ],
)
def test_an_address(typed: str, address: str, port: int | None) -> None:
    side = parse_side(typed, snapshot())
    assert (side.name, side.address, side.port) == (typed, address, port)
