"""Name servers on loopback, asked for real."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_ingress.core.lookup import Lookup
from kubectl_ingress.errors import UsageError
from kubectl_ingress.ports import names
from kubectl_ingress.ports.names import ask_resolver, ask_system, parse_resolver

from .name_servers import Zone, serving

SOA = "a.example. 300 IN SOA ns.a.example. hostmaster.a.example. 1 60 60 3600 120"
ZONE = Zone(
    "a.example.",
    [
        SOA,
        "a.example. 60 IN A 192.0.2.2",
        "a.example. 60 IN A 192.0.2.1",
        "a.example. 30 IN AAAA 2001:db8::1",
        "empty.a.example. 60 IN TXT x",
        "www.a.example. 20 IN CNAME a.example.",
    ],
)


def ask(name: str) -> Lookup:
    with serving(at_1=ZONE.answer) as port:
        found = ask_resolver(name, f"127.0.0.1:{port}")
    assert found.resolver == f"127.0.0.1:{port}"
    return found


def test_addresses_of_both_families() -> None:
    found = ask("a.example")
    assert found.addresses == ("192.0.2.1", "192.0.2.2", "2001:db8::1")
    assert (found.ttl, found.error, found.missing, found.reached) == (30, "", False, True)


def test_an_alias_is_kept_no_longer_than_itself() -> None:
    assert ask("www.a.example").ttl == 20


def test_a_name_that_is_not_there_and_how_long_that_is_kept() -> None:
    found = ask("b.a.example")
    assert (found.addresses, found.missing, found.ttl) == ((), True, 120)
    found = ask("empty.a.example")
    assert (found.missing, found.error, found.ttl) == (False, "the name has no address", 120)


def test_a_resolver_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "PATIENCE_SECONDS", 0.2)
    with serving(at_1=lambda query: None) as port:
        found = ask_resolver("a.example", f"127.0.0.1:{port}")
    assert not found.reached
    assert found.error.startswith(f"no answer from 127.0.0.1:{port}")


def test_a_file_that_stands_in_for_dns(tmp_path: Path) -> None:
    file = tmp_path / "curlrc"
    file.write_text('connect-to = "lb.example:443:127.0.0.9:8443"\n')
    assert ask_system("lb.example", str(file)).addresses == ("127.0.0.9",)
    found = ask_system("a.example", str(file))
    assert (found.missing, found.addresses) == (True, ())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1.1.1.1", ("1.1.1.1", 53)),
        ("1.1.1.1:5353", ("1.1.1.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("1.1.1.1:", ("1.1.1.1", 53)),
    ],
)
def test_resolvers_as_typed(typed: str, meant: tuple[str, int]) -> None:
    assert parse_resolver(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("dns.example", "1.1.1.1:x", "1.1.1.1:0", "[::1", "", "1.1.1", ":53", "1.1.1.1:65536"),
        *("1.1.1.1: 53", "1.1.1.1:5_3", "1.1.1.1:٥٣", "[1.1.1.1]:53"),
    ],
)
def test_what_is_no_resolver(typed: str) -> None:
    with pytest.raises(UsageError, match="is no IP address"):
        parse_resolver(typed)
