"""Finds recipes: nothing lists them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import cast

from kubectl_ingress import registry
from kubectl_ingress.recipes import Recipe

MAINTAINED_BUILDS = (
    "A maintained build of ingress-nginx can be brought with --image or --registry: SUSE Rancher "
    "Prime patches its images until November 2027; Chainguard's and forkline's forks go on."
)


@cache
def recipes() -> Mapping[str, Recipe]:
    """All of them, by name."""
    return MappingProxyType({name: _load(name) for name in registry.names("recipes")})


def find_recipe(name: str) -> Recipe | None:
    """The one that is called so, None where there is none."""
    return _load(name) if name in registry.names("recipes") else None


def _load(name: str) -> Recipe:
    return cast(Recipe, registry.load("recipes", name).RECIPE)
