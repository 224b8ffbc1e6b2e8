"""Which names a host has, and what its backends are."""

from __future__ import annotations

from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Gateway,
    Group,
    Invalid,
    Level,
    Risk,
    Scope,
    flag,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    are_server_names,
    is_service_name,
    one_of,
)
from kubectl_ingress.controllers._tables import Effect, Kind

GROUPS: tuple[Group, ...] = (
    Group(
        "Aliases",
        (
            Annotation(
                "server-alias",
                Kind.HOSTS,
                Effect.ROUTE,
                are_server_names,
                "More names of the host: plain ones, *.name or ~expression; the oldest"
                " Ingress of the host decides.",
                Gateway(Level.CORE, "more hostnames of the route; no expressions"),
                risk=Risk.HIGH,
                scope=Scope.INGRESS,
                invalid=Invalid.DROPPED,
            ),
        ),
    ),
    Group(
        "DefaultBackend",
        (
            Annotation(
                "default-backend",
                Kind.SERVICE,
                Effect.ROUTE,
                is_service_name,
                "The Service that answers where the path's own has no endpoint, and the"
                " errors that custom-http-errors names.",
                Gateway(Level.APPROXIMATE, "only as extensions of implementations"),
                invalid=Invalid.DROPPED,
            ),
        ),
    ),
    Group(
        "ServiceUpstream",
        (
            flag(
                "service-upstream",
                Effect.UPSTREAM,
                "Requests go to the cluster IP of the Service instead of to its pods.",
                Gateway(Level.APPROXIMATE, "proxies that route to Services"),
                scope=Scope.INGRESS,
                setting="service-upstream",
                instead="false",
            ),
        ),
    ),
    Group(
        "BackendProtocol",
        (
            Annotation(
                "backend-protocol",
                Kind.CHOICE,
                Effect.UPSTREAM,
                one_of("auto_http", "http", "https", "grpc", "grpcs", "fcgi", fold=True),
                "What the pods speak: HTTP, HTTPS, GRPC, GRPCS, AUTO_HTTP or FCGI;"
                " certificates are not checked unless proxy-ssl-verify is on.",
                Gateway(
                    Level.EXTENDED,
                    (
                        "appProtocol of the Service, GRPCRoute, BackendTLSPolicy (which"
                        " always checks)"
                    ),
                ),
                default="HTTP",
            ),
        ),
    ),
    Group(
        "SSLPassthrough",
        (
            flag(
                "ssl-passthrough",
                Effect.TLS,
                "TLS goes to the pods of the host's / unopened; paths count no more. The"
                " controller needs --enable-ssl-passthrough.",
                Gateway(Level.EXTENDED, "TLSRoute and a Passthrough listener"),
                scope=Scope.INGRESS,
                invalid=Invalid.DROPPED,
            ),
        ),
    ),
)
