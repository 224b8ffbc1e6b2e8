"""Files of a repository at GitHub, as its raw server gives them."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_ingress.recipes import File

_RAW = "https://raw.githubusercontent.com"


def raw(repository: str, tag: str, digests: Mapping[str, str]) -> tuple[File, ...]:
    """`digests` maps each path in the repository to the SHA-256 of the file at this tag."""
    return tuple(
        File(f"{_RAW}/{repository}/{tag}/{path}", digest) for path, digest in digests.items()
    )
