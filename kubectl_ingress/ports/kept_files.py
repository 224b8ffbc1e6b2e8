"""Files that were fetched, kept by their digest: below $XDG_CACHE_HOME, for this user alone.

A kept file is nothing that is believed: whoever reads it gets it only if it
still has the digest that it is asked for by. What cannot be kept is fetched
again next time, and nothing is said.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from kubectl_ingress.ports.whole_file import write_whole

Fetch = Callable[[str, str], bytes]
"""Address and digest -> the file."""


def directory(variables: Mapping[str, str]) -> Path | None:
    """Where they are (XDG Base Directory 0.8); None for a user without a home."""
    cache = Path(variables.get("XDG_CACHE_HOME") or "")
    home = Path(variables.get("HOME") or "")
    if not cache.is_absolute():
        if not home.is_absolute():
            return None
        cache = home / ".cache"
    return cache / "kubectl-ingress" / "manifests"


def kept_or_fetched(
    address: str, sha256: str, variables: Mapping[str, str], fetch: Fetch
) -> tuple[bytes, bool]:
    """The file of this digest, and whether it was kept. Raises what `fetch` raises."""
    place = directory(variables)
    found = _read(place / sha256, sha256) if place else None
    if found is not None:
        return found, True
    data = fetch(address, sha256)
    if place is not None:
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(place / sha256, data, 0o600)
    return data, False


def _read(file: Path, sha256: str) -> bytes | None:
    try:
        data = file.read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None
