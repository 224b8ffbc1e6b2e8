"""Kong: its ingress controller 3.5 with the gateway 3.9, in all three router flavours.

The controller makes routes of Ingresses and HTTPRoutes, which Kong's router
puts in an order of its own: `traditional` (the charts' setting) in Lua,
`traditional_compatible` and `expressions` in Rust. One object that Kong does
not take makes it refuse everything.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._kong.certificates import with_certificates
from kubectl_ingress.controllers._kong.collected import Collected
from kubectl_ingress.controllers._kong.contests import by_number
from kubectl_ingress.controllers._kong.entries import KongEntry, servers_of
from kubectl_ingress.controllers._kong.http_routes import translate as translate_http_routes
from kubectl_ingress.controllers._kong.ingresses import translate as translate_ingresses
from kubectl_ingress.controllers._kong.reasons import why_none
from kubectl_ingress.controllers._kong.routes import Flavor
from kubectl_ingress.controllers._kong.traditional import Lookup
from kubectl_ingress.controllers._kong.uri import request_path
from kubectl_ingress.controllers._profile import Profile, Told
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.table import Dialect, RouteTable, Server

PROFILE = Profile(
    name="kong",
    title="Kong",
    controller="ingress-controllers.konghq.com/kong",
    default_class="kong",
    not_found_body="no Route matched with those values",
    gateway_controller="konghq.com/kic-gateway-controller",
)

_GATE = "rewriteuris"


class Settings(Struct, frozen=True):
    """What the controller and the gateway beside it were told.

    `rewrite_uris` is the feature gate RewriteURIs; `without_class` whether
    Ingresses without a class are taken, as the class is the cluster's default.
    """

    ingress_class: str = PROFILE.default_class
    flavor: Flavor = Flavor.TRADITIONAL
    rewrite_uris: bool = False
    without_class: bool = False

    @property
    def class_rule(self) -> ClassRule:
        """The class of that name alone, whatever its IngressClass says."""
        return ClassRule(
            PROFILE.title,
            self.ingress_class,
            PROFILE.controller,
            without_class=self.without_class,
            annotation_first=True,
            empty_annotation=False,
            by_name=True,
            by_name_alone=True,
        )


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """Settings from flags and variables (CONTROLLER_* are flags too, KONG_* the gateway's)."""
    name = _class_name(told, snapshot)
    gates = told.flags.get("feature-gates") or told.env.get("CONTROLLER_FEATURE_GATES", "")
    known = snapshot.class_by_name.get(name)
    return Settings(
        ingress_class=name,
        flavor=_flavor(told.router_flavor or told.env.get("KONG_ROUTER_FLAVOR", "")),
        rewrite_uris=_has_gate(gates),
        without_class=known is not None and known.is_default,
    )


def _class_name(told: Told, snapshot: Snapshot) -> str:
    """The one class it serves; another one of its controller is only meant where it was told so.

    Where the class of its own name is there, that is it (measured: a second class
    is ignored).
    """
    named = told.flags.get("ingress-class") or told.env.get("CONTROLLER_INGRESS_CLASS")
    if named:
        return named
    own = snapshot.class_by_name.get(PROFILE.default_class)
    if own is not None and own.controller == PROFILE.controller:
        return PROFILE.default_class
    return told.ingress_class or PROFILE.default_class


def _flavor(text: str) -> Flavor:
    try:
        return Flavor(text)
    except ValueError:
        return Flavor.TRADITIONAL


def _has_gate(gates: str) -> bool:
    """``RewriteURIs=true`` in a list of gates."""
    for gate in gates.split(","):
        name, _, value = gate.strip().partition("=")
        if name.lower() == _GATE:
            return value.lower() in ("true", "1", "t")
    return False


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """The RouteTable that Kong serves."""
    taken, ignored = settings.class_rule.select(snapshot)
    into = Collected(snapshot, settings.flavor)
    translate_ingresses(taken, into, settings.rewrite_uris)
    translate_http_routes(snapshot, into)
    servers, default = servers_of(into.routes, settings.flavor)
    traditional = settings.flavor is Flavor.TRADITIONAL
    return RouteTable(
        controller=PROFILE.name,
        ingress_class=settings.ingress_class,
        servers=with_certificates(servers, taken),
        default=default,
        loaded=tuple(taken),
        ignored=tuple(ignored),
        findings=(*snapshot.findings, *into.findings),
        refused=into.refusals[0] if into.refusals else None,
        namespace=snapshot.namespace,
        dialect=_dialect(traditional),
        lost=tuple(into.lost),
        why_none=why_none,
        contest=_lookup(servers, default).contest if traditional else by_number,
    )


def _dialect(traditional: bool) -> Dialect:
    return Dialect(
        host=_host,
        path=request_path,
        every_server=True,
        gives_up=404 if traditional else None,
    )


def _host(host: str) -> str | None:
    """Hosts are compared as they are sent."""
    return host or None


def _lookup(servers: tuple[Server, ...], default: Server) -> Lookup:
    entries = (entry for server in (*servers, default) for entry in server.entries)
    return Lookup(tuple(entry for entry in entries if isinstance(entry, KongEntry)))
