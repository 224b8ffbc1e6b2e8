import pytest

from kubectl_ingress.core.hosts import host_problem, is_ip, normalise_host, wildcard_of


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
