import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_ingress.core.paths import (
    decode_unreserved,
    encode,
    has_prefix,
    normalise,
    resolved,
)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/", "/"),
        ("/foo", "/foo"),
        ("/foo/", "/foo/"),
        ("//foo///bar", "/foo/bar"),
        ("/./foo", "/foo"),
        ("/foo/.", "/foo/"),
        ("/bar/../foo", "/foo"),
        ("/foo/..", "/"),
        ("/a/b/..", "/a/"),
        ("/%66oo", "/foo"),
        ("/foo%2Fbar", "/foo/bar"),
        ("/%2e%2e/x", None),
        ("/a/%2E%2E/x", "/x"),
        ("/a%3Fb", "/a?b"),
        ("/%C3%A9", "/\xc3\xa9"),
        ("/é", "/\xc3\xa9"),
        ("/..", None),
        ("/%", None),
        ("/%zz", None),
        ("/%00", None),
        ("foo", None),
        ("/foo#bar/..", "/foo"),
        ("/foo/.#", "/foo/"),
        ("/a%23b", "/a#b"),
        ("#/a", None),
        ("/a b", None),
        ("/a\x7f", None),
    ],
)
def test_normalise(raw: str, path: str | None) -> None:
    assert normalise(raw) == path


@given(st.text("/.ab", max_size=8))
def test_a_path_without_escapes_is_the_one_that_it_stands_for(raw: str) -> None:
    assert normalise(f"/a{raw}") == normalise(f"/%61{raw}")


def test_reserved_characters_stay_escaped() -> None:
    assert decode_unreserved("/%66%2fo%3F%zz%C3%A9") == "/f%2Fo%3F%zz\xc3\xa9"


def test_dots_do_not_lead_above_the_root() -> None:
    assert resolved("/a//./b/../../../c/") == ["c"]


def test_encode_escapes_what_nginx_escapes() -> None:
    assert encode("/a b%?\xc3\xa9+/") == "/a%20b%25%3F%C3%A9+/"


@pytest.mark.parametrize(
    ("path", "prefix", "fits"),
    [
        # The table of the Ingress documentation.
        ("/foo", "/", True),
        ("/foo", "/foo", True),
        ("/foo/", "/foo", True),
        ("/foo", "/foo/", True),
        ("/aaa/bbb", "/aaa/bb", False),
        ("/aaa/bbb/ccc", "/aaa/bbb", True),
        ("/aaa/bbbxyz", "/aaa/bbb", False),
    ],
)
def test_prefix_is_by_element(path: str, prefix: str, fits: bool) -> None:
    assert has_prefix(path, prefix) is fits
