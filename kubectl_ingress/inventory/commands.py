"""Commands to copy. Names come from a cluster, so they are quoted."""

from __future__ import annotations

import shlex

from kubectl_ingress.core.inventory import ObjectRef


def command(*words: str) -> str:
    """``kubectl WORDS``."""
    return shlex.join(("kubectl", *words))


def within(place: ObjectRef) -> tuple[str, str]:
    """The flag for the namespace of an object."""
    return ("-n", place.namespace)
