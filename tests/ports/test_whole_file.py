"""A file is there as a whole, or as it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kubectl_ingress.ports.whole_file import write_whole


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
@pytest.mark.parametrize("before", [None, b"before"])
def test_content_and_permissions(tmp_path: Path, before: bytes | None, mode: int) -> None:
    # As long as a name may be, in bytes.
    file = tmp_path / ("ü" * 127)
    if before is not None:
        file.write_bytes(before)
    write_whole(file, b"after", mode)
    assert file.read_bytes() == b"after"
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert list(tmp_path.iterdir()) == [file]


def test_who_has_it_open_reads_what_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"before")
    with file.open("rb") as reading:
        write_whole(file, b"after", 0o600)
        assert reading.read() == b"before"


def test_a_link_is_itself_replaced(tmp_path: Path) -> None:
    file, link = tmp_path / "a", tmp_path / "link"
    file.write_bytes(b"before")
    link.symlink_to(file)
    write_whole(link, b"after", 0o600)
    assert (link.is_symlink(), link.read_bytes(), file.read_bytes()) == (False, b"after", b"before")


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"before")

    def fail(descriptor: int) -> None:
        raise failure

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(failure)):
        write_whole(file, b"after", 0o600)
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]


def test_without_a_directory_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "a", b"after", 0o600)
    assert list(tmp_path.iterdir()) == []
