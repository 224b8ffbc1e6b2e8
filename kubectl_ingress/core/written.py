"""Where in an Ingress its routes are written."""

from __future__ import annotations

from kubectl_ingress.core.objects import Ingress
from kubectl_ingress.core.request import Route


def field_of(route: Route, ingress: Ingress) -> tuple[str | int, ...]:
    """The path of the rule that a route is of, else the default backend; () where it is neither.

    Of several rules the first of those that fit best: a host may be an alias, a type implied.
    """
    written = [
        (rule.host == route.host, path.path_type in (route.path_type, ""), number, place)
        for number, rule in enumerate(ingress.rules)
        for place, path in enumerate(rule.paths)
        if route.path and (path.path or "/") == route.path
    ]
    if not written:
        return ("spec", "defaultBackend") if ingress.default_backend is not None else ()
    best = max(one[:2] for one in written)
    _, _, number, place = next(one for one in written if one[:2] == best)
    return ("spec", "rules", number, "http", "paths", place, "path")
