"""The values of a chart: the recipe's, the place's, and what somebody has set beside them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kubectl_ingress.install.recipe_manifest import Place
from kubectl_ingress.recipes import Chart

Values = Mapping[str, object]


def values_for(recipe: Chart, place: Place) -> dict[str, object]:
    """What this program sets, here."""
    service: Values = {"type": "LoadBalancer" if place.balanced else "NodePort"}
    if place.balanced and place.annotations:
        service = {**service, "annotations": dict(place.annotations)}
    if not recipe.service:
        return merged({}, recipe.values)
    for key in reversed(recipe.service):
        service = {key: service}
    return merged(recipe.values, service)


def merged(under: Values, over: Values) -> dict[str, object]:
    """Both, mapping by mapping, as helm merges value files; `over` wins."""
    found = dict(under)
    for key, value in over.items():
        below = found.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        found[key] = merged(below, value) if both else value  # type: ignore[arg-type]
    return found


def beside(found: Values, ours: Values) -> tuple[str, ...]:
    """The paths (``gateway.replicaCount``) that are set there and not by us."""
    return tuple(path for path in _leaves(found) if path not in set(_leaves(ours)))


def _leaves(values: Values, path: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"
