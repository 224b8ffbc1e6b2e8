"""The locations of a host of Ingresses (configs/ingress.go, generateNginxCfg)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kubectl_ingress.controllers._f5_nginx.conf import Name, name_of
from kubectl_ingress.controllers._f5_nginx.options import Options
from kubectl_ingress.controllers._f5_nginx.ownership import Owner
from kubectl_ingress.controllers._f5_nginx.rejection import is_master
from kubectl_ingress.controllers._f5_nginx.settings import Settings
from kubectl_ingress.core.objects import Ingress, PathRule, ServiceBackend
from kubectl_ingress.core.request import Route


class Location(Struct, frozen=True):
    """One location: `path` is as declared, `options` are those of its Ingress."""

    name: Name
    path: str
    is_exact: bool
    route: Route
    options: Options
    backend: ServiceBackend

    @property
    def rewrite_pattern(self) -> str:
        """What rewrite-target looks for; it stands without quotes in nginx.conf."""
        start = {"case_sensitive": "^", "case_insensitive": "(?i)^"}
        modifier = "= " if self.is_exact else ""
        return f"{start.get(self.options.path_regex, '')}{modifier}{self.path}"


def locations(owner: Owner, host: str, settings: Settings) -> list[Location]:
    """In written order, those of minions by namespace and name; a default backend comes last."""
    ingress = owner.ingress
    if ingress is None:
        return []
    if not is_master(ingress):
        return list(_of_ingress(ingress, host, settings))
    found = []
    for minion in owner.minions:
        options = Options(minion.ingress, settings, ingress)
        for rule in minion.ingress.rules[0].paths:
            if rule.path in minion.paths and rule.backend is not None:
                found.append(_location(rule, rule.backend, host, options))
    return found


def _of_ingress(ingress: Ingress, host: str, settings: Settings) -> Iterator[Location]:
    options = Options(ingress, settings)
    rules = [path for rule in ingress.rules if rule.host == host for path in rule.paths]
    for rule in rules:
        if rule.backend is not None:
            yield _location(rule, rule.backend, host, options)
    has_root = any(rule.path in ("", "/") and rule.path_type != "Exact" for rule in rules)
    if ingress.default_backend is not None and not has_root:
        route = Route(ingress.meta.key, host, "", "")
        name = name_of("/", "", options.path_regex)
        yield Location(name, "/", False, route, options, ingress.default_backend)


def _location(rule: PathRule, backend: ServiceBackend, host: str, options: Options) -> Location:
    path = rule.path or "/"
    route = Route(options.ingress.meta.key, host, path, rule.path_type)
    name = name_of(path, rule.path_type, options.path_regex)
    return Location(name, path, rule.path_type == "Exact", route, options, backend)
