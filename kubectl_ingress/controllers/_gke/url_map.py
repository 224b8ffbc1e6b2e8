"""The paths of a URL map: what an Ingress path becomes, and what it matches.

kubernetes/ingress-gce, translator.go; Compute Engine API reference, urlMaps,
pathMatchers[].pathRules[].paths[].
"""

from __future__ import annotations

from kubectl_ingress.core.matching import Matcher, MatchKind
from kubectl_ingress.core.paths import as_bytes

EVERY_PATH = "/*"
_LONGEST = 1024


class BadPath(ValueError):
    """A path that the controller or the API of the load balancer refuses."""


def url_map_paths(path: str, path_type: str) -> tuple[str, ...]:
    """The paths of the URL map. Raises BadPath.

    ImplementationSpecific is taken word for word, so that /foo is exact and
    /foo/* leaves /foo out; Prefix becomes both.
    """
    if path_type in ("", "ImplementationSpecific"):
        return (_checked(path or EVERY_PATH),)
    if path_type not in ("Exact", "Prefix"):
        raise BadPath(f"the path type {path_type!r} is not known")
    if not path or "*" in path:
        what = "holds a *" if path else "is empty"
        raise BadPath(f"the path {path!r} of type {path_type} {what}")
    if path_type == "Exact":
        return (_checked(path),)
    if path == "/":
        return (EVERY_PATH,)
    bare = path.removesuffix("/")
    return (_checked(bare), _checked(f"{bare}/*"))


def _checked(path: str) -> str:
    if not path.startswith("/") or "?" in path or "#" in path or len(path) > _LONGEST:
        raise BadPath(f"the path {path!r} is none of a URL map")
    if "*" in path.removesuffix("/*"):
        raise BadPath(f"the path {path!r} has a * that is not the last character, after a slash")
    return path


def matcher_of(path: str) -> Matcher:
    """What a path of a URL map matches."""
    if path.endswith("/*"):
        return Matcher(MatchKind.PREFIX, as_bytes(path[:-1]))
    return Matcher(MatchKind.EXACT, as_bytes(path))
