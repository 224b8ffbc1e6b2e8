"""ingress-nginx (kubernetes/ingress-nginx, retired in March 2026).

How it turns Ingresses into nginx servers and locations, as its source
(internal/ingress/controller, the template, the Lua files) has it and as it was
measured: servers from the oldest Ingress on, a ``/`` location of its own for
every host, and one rewrite that turns all paths of a host into
case-insensitive patterns. The parts are in _ingress_nginx, in this order:
settings, selection, upstreams, servers, merging, tls, names, locations, acting.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_ingress.controllers._ingress_nginx.acting import Acting
from kubectl_ingress.controllers._ingress_nginx.dialect import DIALECT
from kubectl_ingress.controllers._ingress_nginx.doubts import opaque_for_host, opaque_settings
from kubectl_ingress.controllers._ingress_nginx.locations import Locations, pieces_of
from kubectl_ingress.controllers._ingress_nginx.merging import add_spares, merge_canaries
from kubectl_ingress.controllers._ingress_nginx.names import in_order, set_aliases, www_names
from kubectl_ingress.controllers._ingress_nginx.profile import PROFILE
from kubectl_ingress.controllers._ingress_nginx.redirects import WwwRedirect
from kubectl_ingress.controllers._ingress_nginx.refusals import find_refusal
from kubectl_ingress.controllers._ingress_nginx.selection import Loaded, select
from kubectl_ingress.controllers._ingress_nginx.servers import Host, make_hosts
from kubectl_ingress.controllers._ingress_nginx.settings import DEFAULTS, Settings, settings_of
from kubectl_ingress.controllers._ingress_nginx.tls import Certificates
from kubectl_ingress.controllers._ingress_nginx.upstreams import Upstreams
from kubectl_ingress.core.actions import Reply
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.table import Entry, Matcher, MatchKind, RouteTable, Server
from kubectl_ingress.core.values import UNSET

__all__ = ["PROFILE", "Settings", "compile", "settings_of"]


def compile(snapshot: Snapshot, settings: Settings = DEFAULTS) -> RouteTable:
    """The RouteTable that ingress-nginx makes of these objects."""
    selection = select(snapshot, settings)
    loaded = selection.loaded
    upstreams = Upstreams.of(loaded, snapshot, settings)
    hosts = make_hosts(loaded, upstreams)
    merge_canaries(loaded, hosts, upstreams)
    add_spares(hosts, upstreams)
    set_aliases(hosts.by_host)
    _add_doubts(loaded, hosts.by_host, settings)
    ordered = in_order(hosts.by_host)
    pieces = {host: pieces_of(host) for host in ordered}
    www = list(www_names(hosts.by_host))
    certificates = Certificates(snapshot, settings)
    acting = Acting(settings, upstreams, certificates.certified(ordered))
    locations = Locations(acting, settings.health_path)
    compiled = {
        host: locations.server(host, pieces[host], certificates.of_host(host)) for host in ordered
    }
    default = compiled[hosts.by_host[""]]
    servers = [server for server in compiled.values() if server is not default or server.names]
    return RouteTable(
        controller=PROFILE.name,
        ingress_class=settings.ingress_class,
        servers=(*_www_servers(www, acting), *servers),
        default=default,
        loaded=tuple(one.ingress for one in loaded),
        ignored=selection.ignored,
        findings=(
            *snapshot.findings,
            *selection.findings,
            *(finding for one in loaded for finding in one.values.ignored),
        ),
        refused=find_refusal(ordered, pieces, www, settings),
        namespace=snapshot.namespace,
        dialect=DIALECT,
        lost=tuple(hosts.lost),
    )


def _add_doubts(loaded: tuple[Loaded, ...], by_host: dict[str, Host], settings: Settings) -> None:
    """What may do anything to the requests of whole hosts."""
    everywhere = opaque_settings(settings)
    for host in by_host.values() if everywhere else ():
        host.doubts += everywhere
    for one in loaded:
        found = () if one.plain else opaque_for_host(one.ingress, one.values, settings)
        for rule in one.ingress.rules if found else ():
            (by_host.get(rule.host) or by_host[""]).doubts += found


def _www_servers(www: list[tuple[str, Host]], acting: Acting) -> Iterator[Server]:
    settings = acting.settings
    for name, host in www:
        redirect = WwwRedirect(
            settings.config.redirect_code,
            acting.annotation(host.www, "from-to-www-redirect") if host.www else UNSET,
            host=host.host,
            sight=acting.sight,
            http_port=settings.http_port,
            https_port=settings.https_port,
        )
        rest = Entry(Matcher(MatchKind.PREFIX, "/"), (Reply(404),), None)
        yield Server(name, (rest,), first=(redirect,))
