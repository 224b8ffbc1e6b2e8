"""Routes as people type them: ``--rule host/path*=svc:port,tls=secret``, and the rest."""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.errors import UsageError
from kubectl_ingress.scaffold import checks

_RULE = re.compile(
    r"(?P<host>[^/=]*)(?P<path>/.*)=(?P<service>[^=:,]+):(?P<port>[^=:,]+)"
    r"(?P<tls>,tls(=(?P<secret>[^=,]*))?)?"
)


class Route(Struct, frozen=True):
    """One path of one host ("" is every host) to a Service's port.

    `secret` is the TLS Secret of the host, "" the controller's default
    certificate, None no TLS.
    """

    host: str
    path: str
    path_type: str
    service: str
    port: int | str
    secret: str | None = None


def parse_rule(text: str) -> Route:
    """A rule in the words of ``kubectl create ingress``.

    A path that ends in ``*`` is a Prefix without it, any other is Exact, as
    measured with kubectl 1.37. Raises UsageError.
    """
    match = _RULE.fullmatch(text)
    if match is None:
        raise UsageError(
            f"--rule {text!r} is not understood",
            "HOST/PATH=SERVICE:PORT[,tls[=SECRET]]; HOST may be empty, /PATH* is a prefix",
        )
    what = f"--rule {text!r}:"
    path_type = "Prefix" if match["path"].endswith("*") else "Exact"
    secret = None
    if match["tls"]:
        secret = checks.object_name(match["secret"], f"{what} secret") if match["secret"] else ""
    return Route(
        host=checks.host(match["host"], f"{what} host"),
        path=checks.path(match["path"].removesuffix("*"), path_type, f"{what} path"),
        path_type=path_type,
        service=checks.service_name(match["service"], f"{what} Service"),
        port=checks.port_reference(match["port"], f"{what} port"),
        secret=secret,
    )


def check_distinct(routes: tuple[Route, ...]) -> None:
    """Refuse two routes with one host and path: which of them wins is up to the controller."""
    seen: set[tuple[str, str, str]] = set()
    for route in routes:
        key = (route.host, route.path, route.path_type)
        if key in seen:
            raise UsageError(
                f"two rules have host {route.host or '(every host)'} and path {route.path}",
                "leave one of them out",
            )
        seen.add(key)


def tls_entries(routes: tuple[Route, ...]) -> list[dict[str, object]]:
    """``spec.tls``: a host counts where it first has TLS, hosts of one Secret share an entry."""
    entries: dict[str, list[str]] = {}
    covered: set[str] = set()
    for route in routes:
        if route.secret is None or route.host in covered or not (route.host or route.secret):
            continue
        covered.add(route.host)
        hosts = entries.setdefault(route.secret, [])
        hosts += [route.host] if route.host else []
    return [
        {**({"hosts": hosts} if hosts else {}), **({"secretName": secret} if secret else {})}
        for secret, hosts in entries.items()
    ]
