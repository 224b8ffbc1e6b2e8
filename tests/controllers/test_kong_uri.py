"""Paths as Kong makes them, and what a rewrite fills in."""

from __future__ import annotations

import pytest

from kubectl_ingress.controllers._kong.rewrite import PrefixSwap, parse_rewrite
from kubectl_ingress.controllers._kong.uri import (
    escape,
    joined,
    joined_v1,
    normalise,
    request_path,
)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("//a///b/", "/a/b/"),
        ("/a/./b/.", "/a/b/"),
        ("/a/b/..", "/a/"),
        ("/a/../../b", "/b"),
        ("/%61%2d", "/a-"),
        ("/%2f%2F%3f", "/%2F%2F%3F"),
        ("/%20", "/ "),
        ("/%2e%2e/a", "/a"),
        ("/%zz", "/%zz"),
        ("/\xc3\xa9", "/\xc3\xa9"),
    ],
)
def test_normalise(given: str, made: str) -> None:
    assert normalise(given) == made


def test_what_is_normal_stays_so() -> None:
    for text in ("/", "/a b", "/a%2Fb", "/a/", "/~a", "/a!$&'()*+,;=:@"):
        assert normalise(normalise(text)) == normalise(text) == text


@pytest.mark.parametrize(
    ("raw", "path"), [("/é", "/\xc3\xa9"), ("/%C3%A9", "/\xc3\xa9"), ("/../a", None), ("/%", None)]
)
def test_the_path_of_a_request(raw: str, path: str | None) -> None:
    assert request_path(raw) == path


def test_escape() -> None:
    assert escape('/a b"<\xe9%2F|') == "/a%20b%22%3C%E9%2F%7C"


@pytest.mark.parametrize(
    ("base", "path", "postfix", "made"),
    [
        ("/", "/a", None, "/a"),
        ("/api", "/", None, "/api"),
        ("/api", "/a", None, "/api/a"),
        ("/api/", "/a", None, "/api/a"),
        ("/", "/a", "", "/"),
        ("/api", "/a", "", "/api"),
        ("/api", "/a/", "", "/api/"),
        ("/api/", "/a", "", "/api"),
        ("/api/", "/a/", "", "/api/"),
        ("/api", "/ab", "b", "/api/b"),
        ("/api", "/a/b", "/b", "/api/b"),
        ("/", "/a..", "..", "/"),
        ("/", "/a./b", "./b", "/b"),
    ],
)
def test_joined(base: str, path: str, postfix: str | None, made: str) -> None:
    assert joined(base, path, postfix) == made


@pytest.mark.parametrize(
    ("base", "path", "postfix", "made"),
    [
        ("/api", "/a", None, "/apia"),
        ("/api", "/ab", "b", "/apib"),
        ("/api/", "/a/b", "/b", "/api/b"),
    ],
)
def test_joined_v1(base: str, path: str, postfix: str | None, made: str) -> None:
    assert joined_v1(base, path, postfix) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("/x", "/x"),
        ("/$1/$2", "/one/two"),
        ("/$12", "/"),
        ("/$0", "/"),
        (r"/\$1", "/$1"),
        ("$1$1", "oneone"),
    ],
)
def test_templates(text: str, made: str) -> None:
    template = parse_rewrite(text, "it")
    assert template is not None
    assert template.filled(("one", "two")) == made


@pytest.mark.parametrize("text", ["$", "/$x", "\\", r"\x", "$9999999999"])
def test_bad_templates(text: str) -> None:
    assert parse_rewrite(text, "it") is None


@pytest.mark.parametrize(
    ("swap", "groups", "made"),
    [
        (PrefixSwap("/n/", root=False), (), "/n"),
        (PrefixSwap("/n", root=False), ("/x",), "/n/x"),
        (PrefixSwap("/", root=False), (), "/"),
        (PrefixSwap("/n", root=True), ("x",), "/n/x"),
        (PrefixSwap("/", root=True), ("",), "/"),
    ],
)
def test_prefix_swaps(swap: PrefixSwap, groups: tuple[str, ...], made: str) -> None:
    assert swap.filled(groups) == made
