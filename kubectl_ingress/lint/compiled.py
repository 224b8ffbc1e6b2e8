"""A controller with what it was told, and what it makes of the objects."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from kubectl_ingress.controllers._choice import SPECIFICATION
from kubectl_ingress.controllers._profile import Controller, Settings
from kubectl_ingress.controllers._unmodelled import Unmodelled
from kubectl_ingress.core.matching import MatchKind
from kubectl_ingress.core.table import RouteTable


class Compiled(Struct, frozen=True, dict=True):
    """One controller with what it was told, and its table."""

    controller: Controller
    settings: Settings
    table: RouteTable

    @property
    def name(self) -> str:
        """The controller's."""
        return self.controller.PROFILE.name

    @property
    def is_modelled(self) -> bool:
        """Whether its routes are its own, and not those of the specification alone."""
        return self.name != SPECIFICATION and not isinstance(self.controller, Unmodelled)

    @cached_property
    def patterns(self) -> frozenset[tuple[str, str, str]]:
        """Ingress, host and path of the paths that are compared as regular expressions."""
        servers = (*self.table.servers, self.table.default)
        return frozenset(
            (entry.route.ingress, entry.route.host, entry.route.path)
            for server in servers
            for entry in server.entries
            if entry.route is not None and entry.matcher.kind is MatchKind.REGEX
        )

    @cached_property
    def refused(self) -> frozenset[str]:
        """The keys of the Ingresses that stand in a configuration which cannot be loaded."""
        parts = (part for part in self.table.parts if part.refused is not None)
        return frozenset(one.meta.key for part in parts for one in part.loaded)

    @cached_property
    def routed(self) -> frozenset[str]:
        """The keys of the Ingresses that have a route."""
        return frozenset(one.meta.key for part in self.table.parts for one in part.known.loaded)
