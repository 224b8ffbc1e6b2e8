"""Our annotation: which objects are ours, and which of them belong together. Pure.

Its first word is our version. Nothing else stands there on an installation of
ingress-nginx; ``--manifest`` on what somebody's own manifest holds; the name of
a recipe, and what of it was installed, on what was made by that.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from kubectl_ingress import __version__
from kubectl_ingress.install.live import Live, is_ours, reader_of
from kubectl_ingress.install.settings import INSTALLED_BY

LABEL = "kubectl-ingress/controller"
"""Beside the annotation on what a recipe made: by a label the API server finds it."""


class Mark(Struct, frozen=True):
    """What objects that belong together are marked with: the annotation, and labels."""

    text: str
    labels: Mapping[str, str] = field(default_factory=dict)


OWN_MANIFEST = Mark(f"{__version__} --manifest")


def recipe_mark(name: str, version: str) -> Mark:
    """Of a recipe; `version` is a release, or which manifest it was."""
    return Mark(f"{__version__} {name} {version}", {LABEL: name})


def family(live: Live) -> str | None:
    """What it belongs to: "", ``--manifest`` or a recipe's name; None for what is not ours."""
    return _words(live)[0] if is_ours(live) else None


def version_of(live: Live) -> str:
    """What of a recipe was installed, "" where the mark does not tell."""
    return _words(live)[1]


def _words(live: Live) -> tuple[str, str]:
    words = reader_of(live).meta().annotations.get(INSTALLED_BY, "").split()
    name, version = (*words[1:3], "", "")[:2]
    return name, version
