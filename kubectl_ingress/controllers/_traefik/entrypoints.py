"""Where Traefik listens, and what its command line says about it.

Static configuration: --entrypoints.NAME.address, .http.tls, .http.redirections,
.http.middlewares, .asdefault. Names have no case there. Without any of these the
two that the official chart makes are taken: web for http, websecure for https.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from kubectl_ingress.controllers._go import words
from kubectl_ingress.controllers._profile import Told

HTTP, HTTPS = "http", "https"
_TRUE = frozenset({"1", "t", "true", ""})
_ENTRY_POINT = re.compile(r"entrypoints\.([^.]+)\.(.+)")
_LARGEST = 2**63 - 1
LARGEST_PRIORITY = _LARGEST - 1000
"""A router of a user may not have more."""


class Redirection(Struct, frozen=True):
    """entryPoints.NAME.http.redirections: everything on it is sent elsewhere."""

    scheme: str
    port: str
    permanent: bool
    priority: int


class EntryPoint(Struct, frozen=True):
    """One port that Traefik listens on; `tls` if all its routers speak TLS."""

    name: str
    port: str
    tls: bool = False
    default: bool = True
    middlewares: tuple[str, ...] = ()
    redirection: Redirection | None = None


class EntryPoints(Struct, frozen=True):
    """The two that a plain and a TLS connection from outside come in by."""

    http: EntryPoint | None = EntryPoint("web", "80")
    https: EntryPoint | None = EntryPoint("websecure", "443", tls=True)

    def schemes(self, names: Sequence[str] | None, tls: bool) -> frozenset[str]:
        """How a router is reached that names these entry points (None: no names), with its own TLS.

        Without TLS of its own it is plain, unless the entry point gives it TLS.
        """
        found = set()
        if _listens(self.http, names) and not (tls or (self.http and self.http.tls)):
            found.add(HTTP)
        if _listens(self.https, names) and (tls or (self.https and self.https.tls)):
            found.add(HTTPS)
        return frozenset(found)

    def of(self, scheme: str) -> EntryPoint | None:
        """The entry point for a scheme."""
        return self.https if scheme == HTTPS else self.http


def _listens(point: EntryPoint | None, names: Sequence[str] | None) -> bool:
    if point is None:
        return False
    return point.default if not names else point.name in {name.lower() for name in names}


def static_flags(told: Told) -> dict[str, str]:
    """The static configuration by name in lower case: of the arguments, else of TRAEFIK_ variables.

    Traefik reads one source only, and arguments come first.
    """
    flags = {name.lower(): value for name, value in told.flags.items()}
    if flags:
        return flags
    return {
        name[len("traefik_") :].lower().replace("_", "."): value
        for name, value in told.env.items()
        if name.upper().startswith("TRAEFIK_")
    }


def is_set(flags: Mapping[str, str], name: str, default: bool = False) -> bool:
    """A boolean of the static configuration."""
    return flags[name].lower() in _TRUE if name in flags else default


def entry_points(flags: Mapping[str, str]) -> EntryPoints:
    """From the static configuration."""
    told: dict[str, dict[str, str]] = {}
    for name, value in flags.items():
        if found := _ENTRY_POINT.fullmatch(name):
            told.setdefault(found[1], {})[found[2]] = value
    if not any("address" in options for options in told.values()):
        told.setdefault("web", {}).setdefault("address", ":80")
        options = told.setdefault("websecure", {})
        options.setdefault("address", ":443")
        options.setdefault("http.tls", "true")
    ports = {name: _port(options.get("address", "")) for name, options in told.items()}
    chosen = any(is_set(options, "asdefault") for options in told.values())
    points = [
        EntryPoint(
            name=name,
            port=ports[name],
            tls=any(option == "http.tls" or option.startswith("http.tls.") for option in options)
            and is_set(options, "http.tls", default=True),
            default=is_set(options, "asdefault") if chosen else name != "traefik",
            middlewares=words(options.get("http.middlewares", "")),
            redirection=_redirection(options, ports),
        )
        for name, options in told.items()
    ]
    return EntryPoints(
        _first(points, "web", lambda point: not point.tls and point.default),
        _first(points, "websecure", lambda point: point.tls or point.port in ("443", "8443")),
    )


def _first(
    points: Iterable[EntryPoint], name: str, fits: Callable[[EntryPoint], bool]
) -> EntryPoint | None:
    found = [point for point in points if point.name == name or fits(point)]
    found.sort(key=lambda point: point.name != name)
    return found[0] if found else None


def _port(address: str) -> str:
    return address.partition("/")[0].rpartition(":")[2]


def _redirection(options: Mapping[str, str], ports: Mapping[str, str]) -> Redirection | None:
    prefix = "http.redirections.entrypoint."
    target = options.get(f"{prefix}to", "")
    if not target:
        return None
    priority = options.get(f"{prefix}priority", "")
    return Redirection(
        scheme=options.get(f"{prefix}scheme", HTTPS),
        port=_port(target) if ":" in target else ports.get(target.lower(), "443"),
        permanent=is_set(options, f"{prefix}permanent", default=True),
        priority=int(priority) if re.fullmatch(r"-?\d{1,18}", priority) else _LARGEST - 1,
    )
