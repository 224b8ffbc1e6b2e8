"""The indexes against a plain look at everything."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_ingress.core import patterns
from kubectl_ingress.core.hosts import HostIndex, HostName, NameKind, parse_host_name
from kubectl_ingress.core.matching import Matcher, MatchKind, PathIndex

# Few letters, so that texts begin alike and paths hit them.
PATHS = st.text("/aAb.%é", max_size=8).map(lambda text: "/" + text.encode().decode("latin-1"))
LITERALS = st.builds(
    Matcher,
    st.sampled_from([MatchKind.EXACT, MatchKind.PREFIX, MatchKind.ELEMENTS]),
    PATHS.map(lambda text: text.rstrip("/")),
    st.booleans(),
)
PIECES = st.sampled_from(
    [
        *("/a", "b", "/", ".", "[ab]", "(a|b)", "(.*)", "a?", "b*", "/{2}", r"\.", r"\w", "(?i)"),
        *("^", "$", "a|/b", "(?:/|$)", r"\Q.\E", "(?x)"),
    ]
)
ANCHORS = st.sampled_from(["^", "", "(?i)^", r"\A"])
REGEXES = st.builds(
    lambda anchor, pieces, fold: Matcher(MatchKind.REGEX, anchor + "".join(pieces), fold),
    ANCHORS,
    st.lists(PIECES, max_size=5),
    st.booleans(),
).filter(lambda matcher: not patterns.check_pattern(matcher.text))


@given(st.lists(st.one_of(LITERALS, REGEXES), max_size=12), PATHS)
def test_the_path_index_finds_what_a_plain_scan_finds(matchers: list[Matcher], path: str) -> None:
    plain = [rank for rank, matcher in enumerate(matchers) if matcher.matches(path)]
    assert list(PathIndex(matchers).matching(path)) == plain


@pytest.mark.parametrize(
    ("pattern", "start"),
    [
        ("^/foo/(.*)", "/foo/"),
        ("^/foo", "/foo"),
        ("/foo", ""),
        ("^/fooo?", "/foo"),
        ("^/fo{2}", "/f"),
        (r"^/a\.b", "/a.b"),
        (r"^/a\d", "/a"),
        ("^/a|/b", ""),
        ("(?i)^/Foo", "/Foo"),
        ("^/foo(?i)bar", ""),
        ("^", ""),
        ("", ""),
    ],
)
def test_literal_start(pattern: str, start: str) -> None:
    assert patterns.literal_start(pattern) == start


HOSTS = st.text("ab.-é", max_size=7)
NAMES = st.one_of(
    st.builds(HostName, st.sampled_from([NameKind.EXACT, NameKind.LABEL, NameKind.SUFFIX]), HOSTS),
    st.builds(HostName, st.just(NameKind.START), HOSTS.map(lambda host: f"{host}.")),
    st.builds(HostName, st.just(NameKind.REGEX), st.sampled_from(["^a", "b$", r"^a\.b", "."])),
)


def has(name: HostName, host: str) -> bool:
    """The meaning of a name, read slowly."""
    match name.kind:
        case NameKind.EXACT:
            return host == name.text
        case NameKind.LABEL:
            label, dot, rest = host.partition(".")
            return bool(dot) and rest == name.text and re.fullmatch(r"[\w-]+", label) is not None
        case NameKind.SUFFIX:
            return bool(name.text) and host.endswith(f".{name.text}")
        case NameKind.START:
            return host.startswith(name.text)
    text = host.encode().decode("latin-1")
    return patterns.search(name.text, text, ignore_case=True) is not None


@given(st.lists(NAMES, max_size=10), HOSTS)
def test_the_host_index_finds_what_a_plain_scan_finds(names: list[HostName], host: str) -> None:
    index = HostIndex(zip(names, range(len(names)), strict=True), r"[\w-]+")
    plain = [position for position, name in enumerate(names) if has(name, host)]
    assert sorted(index.matching(host)) == plain


def test_the_order_of_names_is_that_of_nginx() -> None:
    written = ["~^www", "*.b.example", "www.a.*", "*.example", "www.a.b.example", "www.*"]
    names = [parse_host_name(text, NameKind.SUFFIX) for text in written]
    index = HostIndex(zip(names, range(len(names)), strict=True), r"[\w-]+")
    found = [written[position] for position in index.matching("www.a.b.example")]
    assert found == ["www.a.b.example", "*.b.example", "*.example", "www.a.*", "www.*", "~^www"]


@pytest.mark.parametrize("text", ["a.example", "*.a.example", "mail.*", "~^a"])
def test_names_are_written_as_they_are_read(text: str) -> None:
    assert str(parse_host_name(text)) == text
