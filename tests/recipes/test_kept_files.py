"""What was fetched is kept for its user alone, and believed only by its digest."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.kept_files import directory, kept_or_fetched

BODY = b"kind: Something\n"
DIGEST = hashlib.sha256(BODY).hexdigest()
URL = "https://host.example/a.yaml"


def fetch(address: str, sha256: str) -> bytes:
    assert (address, sha256) == (URL, DIGEST)
    return BODY


def not_again(address: str, sha256: str) -> bytes:
    raise AssertionError("it was fetched again")


def test_it_is_fetched_once(tmp_path: Path) -> None:
    variables = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert kept_or_fetched(URL, DIGEST, variables, fetch) == (BODY, False)
    assert kept_or_fetched(URL, DIGEST, variables, not_again) == (BODY, True)
    [file] = (tmp_path / "cache/kubectl-ingress/manifests").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("data", [b"", BODY + b"kind: Evil\n"])
def test_what_somebody_changed_is_fetched_again(tmp_path: Path, data: bytes) -> None:
    variables = {"XDG_CACHE_HOME": str(tmp_path)}
    kept_or_fetched(URL, DIGEST, variables, fetch)
    file = tmp_path / "kubectl-ingress/manifests" / DIGEST
    file.write_bytes(data)
    assert kept_or_fetched(URL, DIGEST, variables, fetch) == (BODY, False)
    assert file.read_bytes() == BODY


def test_where_it_cannot_be_kept_it_is_fetched_each_time(tmp_path: Path) -> None:
    (tmp_path / "kubectl-ingress").write_text("a file in the way")
    variables = {"XDG_CACHE_HOME": str(tmp_path)}
    for _ in range(2):
        assert kept_or_fetched(URL, DIGEST, variables, fetch) == (BODY, False)
    assert kept_or_fetched(URL, DIGEST, {}, fetch) == (BODY, False)


def test_what_cannot_be_fetched_leaves_nothing(tmp_path: Path) -> None:
    def fail(address: str, sha256: str) -> bytes:
        raise InputError("no network")

    with pytest.raises(InputError):
        kept_or_fetched(URL, DIGEST, {"XDG_CACHE_HOME": str(tmp_path)}, fail)
    assert list(tmp_path.iterdir()) == []


def test_where_that_is() -> None:
    assert directory({"HOME": "/home/me"}) == Path("/home/me/.cache/kubectl-ingress/manifests")
    # As the XDG specification says: a relative path counts for nothing.
    assert directory({"HOME": "/home/me", "XDG_CACHE_HOME": "x"}) == directory({"HOME": "/home/me"})
    assert directory({}) is None
