"""All server blocks: those of hosts, and the one for hosts that nobody has."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_ingress.controllers._f5_nginx.actions import RefuseHandshake
from kubectl_ingress.controllers._f5_nginx.ingress_sites import IngressSites
from kubectl_ingress.controllers._f5_nginx.locations import locations
from kubectl_ingress.controllers._f5_nginx.options import Options
from kubectl_ingress.controllers._f5_nginx.ownership import Ownership
from kubectl_ingress.controllers._f5_nginx.refusal import refusals
from kubectl_ingress.controllers._f5_nginx.requests import Listeners
from kubectl_ingress.controllers._f5_nginx.settings import Settings
from kubectl_ingress.controllers._f5_nginx.site import Site, servers
from kubectl_ingress.controllers._f5_nginx.snippets import snippet
from kubectl_ingress.controllers._f5_nginx.virtual_servers import VirtualSites
from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.matching import EVERYTHING, Matcher, MatchKind
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.table import Entry, Lost, Server
from kubectl_ingress.core.values import Value


class Frontends:
    """The servers of a table, made of the hosts and their owners.

    `refused` says why nginx loads nothing of it, None where it does; `lost` and
    `findings` are about Ingresses that are left out because of that.
    """

    def __init__(self, snapshot: Snapshot, settings: Settings, ownership: Ownership) -> None:
        self.snapshot, self.settings, self.ownership = snapshot, settings, ownership
        self.refused: Finding | None = None
        self.lost: list[Lost] = []
        self.findings: list[Finding] = []
        self._places = {
            host: locations(owner, host, settings) for host, owner in ownership.owners.items()
        }
        self._listeners = Listeners(settings.http_port, settings.https_port, self._more_ports())
        left_out = self._refuse()
        self._sites = list(self._made(left_out))

    def _more_ports(self) -> frozenset[int]:
        used = {self.settings.http_port, self.settings.https_port}
        found: set[int] = set()
        for owner in self.ownership.owners.values():
            if owner.ingress is not None:
                options = Options(owner.ingress, self.settings)
                found.update(options.http_ports, options.https_ports)
        return frozenset(found - used)

    def _refuse(self) -> set[str]:
        """Ingresses that are left out; without -enable-config-safety it is all or nothing."""
        left_out = set()
        for host, owner in self.ownership.owners.items():
            places = self._places[host]
            problems = refusals(owner.ingress, places, self.settings) if owner.ingress else iter(())
            problem = next(problems, None)
            if problem is None or owner.ingress is None:
                continue
            self.findings.append(problem)
            if not self.settings.config_safety:
                self.refused = self.refused or problem
                continue
            left_out.add(owner.ingress.meta.key)
            self.lost += [Lost(place.route, place.backend.service, problem) for place in places]
        return left_out

    def _made(self, left_out: set[str]) -> Iterator[Site]:
        ingresses = IngressSites(self.snapshot, self.settings, self._listeners)
        virtual = VirtualSites(self.snapshot, self.settings, self._listeners)
        for host, owner in self.ownership.owners.items():
            tie = self.ownership.ties.get(host)
            if owner.virtual_server is not None:
                yield virtual.site(owner.virtual_server, host, tie)
            elif owner.ingress is not None and owner.ingress.meta.key not in left_out:
                yield ingresses.site(owner.ingress, host, self._places[host], tie)

    def servers(self) -> tuple[Server, ...]:
        """Those of hosts."""
        return servers(self._sites, self._listeners)

    def default(self) -> Server:
        """The rule without host where there is one, and nginx's own default server."""
        own = tuple(self._own_default())
        for site in self._sites:
            if not site.host:
                server = site.server(self._listeners)
                return replace(server, entries=(*server.entries, *own), names=())
        return Server("", own)

    def _own_default(self) -> Iterator[Entry]:
        refuse = () if self.settings.default_secret else (RefuseHandshake(),)
        if self.settings.health_uri:
            matcher = Matcher(MatchKind.PREFIX, self.settings.health_uri)
            yield Entry(matcher, (*refuse, Reply(200)), None, implied=True)
        yield Entry(EVERYTHING, (*refuse, *self._returned()), None, implied=True)

    def _returned(self) -> tuple[Action, ...]:
        key = "default-server-return"
        text = self.settings.config.get(key, "")
        value = Value(f"return {text};", f"ConfigMap {self.settings.config_name}", ("data", key))
        return (*(snippet(value, key).answers if text else ()), Reply(404))
