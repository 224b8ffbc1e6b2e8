"""The two addresses of --diff as they are typed."""

from __future__ import annotations

import pytest

from kubectl_ingress.errors import UsageError
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


def test_a_url_is_none_and_what_to_write_is_said() -> None:
    with pytest.raises(UsageError) as caught:
        parse_side("http://203.0.113.7:8080/x", snapshot())
    assert "is a URL" in caught.value.sentence
    assert caught.value.next_step == "write 203.0.113.7:8080"
