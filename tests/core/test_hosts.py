import pytest

from kubectl_ingress.core.hosts import (
    HostName,
    NameKind,
    host_name,
    host_problem,
    is_for,
    is_ip,
    normalise_host,
    parse_host_name,
    wildcard_of,
)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("A.Example", "a.example"),
        ("a.example:8080", "a.example"),
        ("a.example.", "a.example"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("10.0.0.1:80", "10.0.0.1"),
    ],
)
def test_normalise(typed: str, host: str) -> None:
    assert normalise_host(typed) == host


@pytest.mark.parametrize("host", ["a", "a.example", "*.example.com", "xn--caf-dma.example", "1.a"])
def test_good_hosts(host: str) -> None:
    assert host_problem(host) == ""


@pytest.mark.parametrize(
    ("host", "word"),
    [
        ("", "1 to 253"),
        ("10.0.0.1", "not an IP address"),
        ("2001:db8::1", "not an IP address"),
        ("A.example", "lower-case"),
        ("a.example:80", "no port"),
        ("http://a.example", "a scheme"),
        ("http://a.example:80/x", "a scheme"),
        ("a.example/x", "a path"),
        ("a_b.example", "letters"),
        ("-a.example", "letters"),
        ("a..example", "letters"),
        ("a.*.example", "wildcard"),
        ("*", "wildcard"),
        ("a" * 64 + ".example", "63"),
        ("a." * 127 + "example", "253"),
        ("a\x1b[31m.example", "letters"),
    ],
)
def test_bad_hosts(host: str, word: str) -> None:
    assert word in host_problem(host)


def test_one_wildcard_may_cover_a_host() -> None:
    assert wildcard_of("a.b.example") == "*.b.example"
    assert wildcard_of("localhost") == ""
    assert is_ip("::1")
    assert not is_ip("a.example")


@pytest.mark.parametrize(
    ("host", "name", "to_nginx"),
    [
        ("a.test", (NameKind.EXACT, "a.test"), None),
        ("*.test", (NameKind.SUFFIX, "test"), None),
        ("*.a.*", (NameKind.SUFFIX, "a.*"), None),
        ("a.*", (NameKind.EXACT, "a.*"), (NameKind.START, "a.")),
        ("~^a$", (NameKind.EXACT, "~^a$"), (NameKind.REGEX, "^a$")),
    ],
)
def test_names_of_hosts(
    host: str, name: tuple[NameKind, str], to_nginx: tuple[NameKind, str] | None
) -> None:
    assert host_name(host, NameKind.SUFFIX) == HostName(*name)
    assert parse_host_name(host, NameKind.SUFFIX) == HostName(*(to_nginx or name))


@pytest.mark.parametrize(
    ("rule", "fits"),
    [("", True), ("x.a.test", True), ("*.a.test", True), ("*.test", False), ("a.test", False)],
)
def test_for_which_hosts_a_rule_is(rule: str, fits: bool) -> None:
    assert is_for(rule, "x.a.test") is fits
