"""What becomes of a path, and the redirect to HTTPS."""

from __future__ import annotations

from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Gateway,
    Group,
    Level,
    Risk,
    Scope,
    flag,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    is_absolute_path,
    path_with_captures,
)
from kubectl_ingress.controllers._tables import Effect, Kind

GROUPS: tuple[Group, ...] = (
    Group(
        "Rewrite",
        (
            Annotation(
                "rewrite-target",
                Kind.PATH,
                Effect.PATH,
                path_with_captures,
                "The whole path becomes this one, with $1 and so on for what the path's"
                " groups found; all paths of the host become regular expressions.",
                Gateway(
                    Level.APPROXIMATE,
                    (
                        "URLRewrite, ReplaceFullPath or ReplacePrefixMatch; captures only"
                        " by extensions"
                    ),
                ),
                risk=Risk.MEDIUM,
                scope=Scope.INGRESS,
            ),
            flag(
                "ssl-redirect",
                Effect.REDIRECT,
                "Plain HTTP is redirected to HTTPS where the host has a TLS entry.",
                Gateway(
                    Level.EXTENDED, "RequestRedirect to https, 308, in a route of the HTTP listener"
                ),
                default="true",
                setting="ssl-redirect",
            ),
            flag(
                "preserve-trailing-slash",
                Effect.REDIRECT,
                "The redirect to HTTPS keeps a slash at the end, which it cuts otherwise.",
                Gateway(Level.APPROXIMATE, "redirects keep the path as it is"),
                risk=Risk.MEDIUM,
                setting="preserve-trailing-slash",
            ),
            flag(
                "force-ssl-redirect",
                Effect.REDIRECT,
                "Plain HTTP is redirected to HTTPS even without a TLS entry.",
                Gateway(
                    Level.EXTENDED, "RequestRedirect to https, 308, in a route of the HTTP listener"
                ),
                risk=Risk.MEDIUM,
                setting="force-ssl-redirect",
            ),
            flag(
                "use-regex",
                Effect.ROUTE,
                "All paths of the host, those of other Ingresses too, become regular"
                " expressions that ignore case and need not reach the end.",
                Gateway(
                    Level.APPROXIMATE,
                    ("path matches of type RegularExpression; dialect, anchors and order differ"),
                ),
            ),
            Annotation(
                "app-root",
                Kind.PATH,
                Effect.REDIRECT,
                path_with_captures,
                "Requests for / of the host are redirected here, with 302 and without their query.",
                Gateway(Level.EXTENDED, "Exact / with RequestRedirect 302, ReplaceFullPath"),
                risk=Risk.MEDIUM,
                check=is_absolute_path,
            ),
        ),
    ),
)
