"""A file is written over as a whole, or stays as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.in_place import write_over


def test_only_what_was_read_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"a: 1\r\n")
    write_over(str(file), "a: 1\r\n", "a: ü\r\n")
    assert file.read_bytes() == "a: ü\r\n".encode()
    with pytest.raises(InputError, match="changed by somebody else"):
        write_over(str(file), "a: 1\r\n", "a: 2\r\n")
    assert file.read_bytes() == "a: ü\r\n".encode()
    assert list(tmp_path.iterdir()) == [file]


def test_a_write_that_fails_leaves_the_old_text_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1\n")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_over(str(file), "a: 1\n", "a: 2\n")
    assert file.read_text() == "a: 1\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="no regular file"):
        write_over(str(tmp_path / "pipe"), "", "a: 1\n")
