"""Names that the server makes up.

Kubernetes' own: staging/src/k8s.io/apiserver/pkg/storage/names/generate.go.
"""

from __future__ import annotations

import random

# No vowels and nothing that looks like another letter: no words come about.
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_LENGTH, _LONGEST = 5, 63


def generated_name(prefix: str) -> str:
    """The prefix, cut to leave room, and five characters."""
    suffix = "".join(random.choices(ALPHABET, k=_LENGTH))  # noqa: S311 - a name is no secret
    return prefix[: _LONGEST - _LENGTH] + suffix
