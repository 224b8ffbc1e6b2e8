"""Who is let through, whichever controller asks."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.guards import Addresses, BodyLimit, Password, Preflight
from kubectl_ingress.core.networks import is_in, parse_address, parse_network, parse_networks
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.values import Value

TEN, ONE = parse_networks(["10.0.0.0/8"]), parse_networks(["10.0.0.1"])
SETTING = Value("x", "Ingress d/i", ("metadata", "annotations", "x"))


def status(guard: Addresses | Password | BodyLimit | Preflight, request: Request) -> int | None:
    outcome = guard.outcome(request, "/")
    return outcome.status if outcome else None


@pytest.mark.parametrize(
    ("client", "answer"), [("10.0.0.1", 403), ("10.0.0.2", None), ("11.0.0.1", 403), ("", None)]
)
def test_addresses(client: str, answer: int | None) -> None:
    assert status(Addresses(TEN or (), ONE or ()), Request("h", client=client)) == answer


def test_an_unknown_address_is_a_doubt_about_the_setting() -> None:
    guard = Addresses(TEN or (), because=SETTING, status=404)
    assert guard.doubt(Request("h", client="10.1.1.1")) is None
    found = guard.doubt(Request("h"))
    assert found is not None
    assert (found.code, found.object) == ("KI401", "Ingress d/i")
    assert status(guard, Request("h", client="11.1.1.1")) == 404


def sent(value: str, method: str = "GET") -> Request:
    return Request("h", method=method, headers=(("Authorization", value),))


def test_passwords() -> None:
    asked, useless = Password(SETTING), Password(SETTING, usable=False)
    assert status(asked, Request("h")) == 401
    assert status(asked, sent("Bearer x")) == 401
    assert status(asked, sent("BASIC x")) is None
    assert status(useless, sent("Basic x")) == 403
    assert status(Password(scheme="digest"), sent("Basic x")) == 401
    assert status(Password(spared=("OPTIONS",)), Request("h", method="OPTIONS")) is None
    assert asked.doubt(sent("Basic x")) is not None
    assert useless.doubt(sent("Basic x")) is None
    assert asked.steps(sent(""), "/")[0].field == SETTING.field


@pytest.mark.parametrize(("limit", "answer"), [(9, 413), (10, None), (0, None)])
def test_bodies(limit: int, answer: int | None) -> None:
    assert status(BodyLimit(limit), Request("h", body_size=10)) == answer


def test_a_preflight_request_has_both_headers() -> None:
    headers = (("Origin", "https://a"), ("Access-Control-Request-Method", "PUT"))
    whole = Request("h", method="OPTIONS", headers=headers)
    assert status(Preflight(204), whole) == 204
    assert status(Preflight(204), Request("h", method="OPTIONS", headers=headers[:1])) is None
    assert status(Preflight(204), Request("h", headers=headers)) is None


def test_networks() -> None:
    cut = parse_network("10.1.2.3/8")
    assert str(cut) == "10.0.0.0/8"
    assert parse_network("10.0.0.0/33") is None
    assert parse_networks(["10.0.0.1", "x"]) is None
    assert parse_networks([]) == ()
    address = parse_address("2001:db8::1")
    assert address is not None
    assert is_in(address, parse_networks(["10.0.0.0/8", "2001:db8::/32"]) or ())
    assert parse_address("a.test") is None
