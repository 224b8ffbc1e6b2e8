"""Request bodies, as curl's -d takes them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.body import read_body


def test_what_is_typed_and_what_is_read(tmp_path: Path) -> None:
    raw = b"\xff\xfe\r\n\0a"
    file = tmp_path / "body"
    file.write_bytes(raw)
    # As Python reads what a pipe has, where that need not be text.
    piped = io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8", errors="surrogateescape")
    assert read_body("a\nb", io.StringIO()) == b"a\nb"
    assert read_body(f"@{file}", io.StringIO()) == b"\xff\xfea"
    assert read_body("@-", piped) == b"\xff\xfea"
    assert read_body("@-", io.StringIO("ä\n")) == "ä".encode()


def test_a_file_that_cannot_be_read() -> None:
    with pytest.raises(InputError, match="cannot read the body from /no/such/file"):
        read_body("@/no/such/file", io.StringIO())
