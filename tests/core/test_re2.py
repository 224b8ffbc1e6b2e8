"""What Go's regexp refuses, of what PCRE2 takes or does not."""

import pytest

from kubectl_ingress.core.re2 import problem


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "/foo.*",
        "^/a(b|c)+$",
        "(?i)/foo",
        "(?i:a)b",
        "(?P<name>a)",
        "(?<name>a)",
        "a*?b+?c??d{2,3}?",
        "a{1000}",
        "a{x}",
        r"\d\w\s\b\A\z\.\/\-",
        r"\x41\123",
        "[*+?{}()|]",
        "[]a]",
        r"[\]a]",
        "[[:alpha:]]",
        r"\Q(?=*+\E+",
        r"\Qab",
    ],
)
def test_taken(pattern: str) -> None:
    assert problem(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "a)",
        "[a",
        "*a",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "(?<!a)b",
        "(?>a)",
        "(?#x)a",
        "(?R)",
        "(?P=name)",
        r"(a)\1",
        r"(a)\9",
        r"\k<a>",
        r"a\K",
        r"\Z",
        r"\h",
        "a*+",
        "a++",
        "a?+",
        "a+??",
        "a{2}{3}",
        "a**",
        "a{1001}",
        "a{2,1001}",
        "a{" + "9" * 5000 + "}",
        "(*ACCEPT)a",
        "\\",
    ],
)
def test_refused(pattern: str) -> None:
    assert problem(pattern) != ""


def test_a_long_pattern_takes_no_long_time() -> None:
    assert problem("a?" * 200_000 + "(") != ""
