"""What the projects publish, as ../shared holds it; got from there in place of the network."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import pytest

UPSTREAM = Path(__file__).parents[3] / "shared/data/upstream"
needed = pytest.mark.skipif(
    not UPSTREAM.exists(), reason=f"OTHER CONTROLLERS ARE NOT TRIED: there is no {UPSTREAM}"
)


@cache
def by_digest() -> dict[str, Path]:
    """The files, each by the digest that SHA256SUMS has for it."""
    lines = (UPSTREAM / "SHA256SUMS").read_text().splitlines()
    return {line.split()[0]: UPSTREAM / line.split()[1] for line in lines}


def download(address: str, sha256: str) -> bytes:
    """For ``running.run``: the file of this digest, if it is that file."""
    data = by_digest()[sha256].read_bytes()
    assert hashlib.sha256(data).hexdigest() == sha256, address
    return data
