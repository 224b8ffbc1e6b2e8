"""Where a host ends and its port begins."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.authority import parse_authority


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.example", ("a.example", None)),
        ("a.example:8080", ("a.example", 8080)),
        ("A_b.Example.:1", ("A_b.Example.", 1)),
        ("a.example:65535", ("a.example", 65535)),
        ("a.example:00080", ("a.example", 80)),
        ("10.0.0.1:80", ("10.0.0.1", 80)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
        ("[2001:db8::1]:80", ("2001:db8::1", 80)),
        ("bücher.example:80", ("bücher.example", 80)),
        # A trailing colon is as none.
        ("a.example:", ("a.example", None)),
        ("[::1]:", ("::1", None)),
        # Whether there has to be a host is for whoever asks.
        ("", ("", None)),
        (":", ("", None)),
        (":80", ("", 80)),
    ],
)
def test_host_and_port(text: str, found: tuple[str, int | None]) -> None:
    assert parse_authority(text) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a:0", "port 0 is not one of 1 to 65535"),
        ("a:00000", "port 00000 is not"),
        ("a:65536", "port 65536 is not"),
        ("a:" + "9" * 5000, "is not one of"),
        ("a:x", "'a:x' is neither HOST nor HOST:PORT"),
        ("a:-1", "is neither"),
        ("a:+1", "is neither"),
        ("a: 1", "is neither"),
        ("a:1_0", "is neither"),
        ("a:1\n", "is neither"),
        # Digits, but not those of a port.
        ("a:٨٠", "is neither"),
        ("a:８０", "is neither"),
        ("a:²", "is neither"),
        ("a:1:2", "is neither"),
        # Without brackets nobody can tell where these end.
        ("::1", "is neither"),
        ("2001:db8::1", "is neither"),
        ("2001:db8::1:80", "is neither"),
        ("[::1", "is neither"),
        ("::1]", "is neither"),
        ("[::1]80", "is neither"),
        ("x[::1]", "is neither"),
        ("[[::1]]", "is neither"),
        ("[]", "Address cannot be empty"),
        ("[10.0.0.1]", "At least 3 parts expected"),
        ("[a.example]:80", "At least 3 parts expected"),
        ("[1:2:3]", "Exactly 8 parts expected"),
    ],
)
def test_neither(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_authority(text)
