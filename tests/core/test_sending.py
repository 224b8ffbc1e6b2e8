"""Where --connect-to and --resolve lead a request."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.request import Request
from kubectl_ingress.core.sending import ConnectTo, Sending, parse_connect_to, parse_resolve


@pytest.mark.parametrize(
    ("typed", "way"),
    [
        ("a:80:b:8080", ConnectTo("a", 80, "b", 8080)),
        (":::", ConnectTo("", None, "", None)),
        ("::[::1]:", ConnectTo("", None, "::1", None)),
        ("a:80:b", ConnectTo("a", 80, "b", None)),
        ("a:80", None),
        ("a:b:c:d", None),
        ("", None),
        ("[2001:db8::1]:80:[::1]:81", ConnectTo("2001:db8::1", 80, "::1", 81)),
        ("a:80:2001:db8::1:81", None),
        ("[a]:80:b:81", None),
        # No port, and none that would be another one, cut to 16 bits.
        ("::b:0", None),
        ("::b:65536", None),
        ("a:65536:b:80", None),
        ("::b:٨٠", None),
    ],
)
def test_connect_to(typed: str, way: ConnectTo | None) -> None:
    assert parse_connect_to(typed) == way


@pytest.mark.parametrize(
    ("typed", "way"),
    [
        ("a:80:127.0.0.1", ConnectTo("a", 80, "127.0.0.1", None)),
        ("*:443:::1", ConnectTo("", 443, "::1", None)),
        ("a:443:[::1]", ConnectTo("a", 443, "::1", None)),
        ("a:80:b", ConnectTo("a", 80, "b", None)),
        ("a:80:name.example", None),
        ("a:80", None),
        ("a::127.0.0.1", None),
        (":80:127.0.0.1", None),
        ("[::1]:80:127.0.0.1", ConnectTo("::1", 80, "127.0.0.1", None)),
        ("a:0:127.0.0.1", None),
        ("a:65536:127.0.0.1", None),
        ("a:٨٠:127.0.0.1", None),
    ],
)
def test_resolve(typed: str, way: ConnectTo | None) -> None:
    assert parse_resolve(typed) == way


@pytest.mark.parametrize(
    ("ways", "address", "port", "direct"),
    [
        ([], "lb", 8000, False),
        (["other:80:x:1"], "lb", 8000, False),
        (["shop.example:81:x:1"], "lb", 8000, False),
        (["SHOP.example:80:x:1"], "x", 1, True),
        ([":::9"], "lb", 9, False),
        ([":::", "::x:"], "x", 80, True),
        (["::x:1", "::y:2"], "x", 1, True),
    ],
)
def test_the_first_that_says_something_of_the_host_counts(
    ways: list[str], address: str, port: int, direct: bool
) -> None:
    found = [way for word in ways if (way := parse_connect_to(word))]
    sending = Sending(ways=tuple(found))
    plan = sending.directed(sending.plan(Request("shop.example"), "lb", 8000))
    assert (plan.address, plan.port, plan.direct) == (address, port, direct)
    assert plan.request.host == "shop.example"


def test_resolve_leads_to_the_port_of_the_url() -> None:
    way = parse_resolve("shop.example:8443:10.0.0.1")
    assert way is not None
    sending = Sending(ways=(way,))
    request = Request("shop.example", scheme="https", port=8443)
    plan = sending.directed(sending.plan(request, "lb", 443))
    assert (plan.address, plan.port, plan.direct) == ("10.0.0.1", 8443, True)
