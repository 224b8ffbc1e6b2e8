"""Filters of a rule as Traefik's middlewares do them.

Source: pkg/middlewares/gatewayapi/{redirect,urlrewrite} and httproute.go
(loadMiddlewares); measured with 3.7.9. Paths are one character per byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from kubectl_ingress.controllers._gateway.filters import RedirectFilter, unresolved
from kubectl_ingress.controllers._traefik import paths
from kubectl_ingress.controllers._traefik.changes import Change
from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.gateway import Filter, PathModifier
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Request

_STATUSES = frozenset({301, 302, 303, 307, 308})
_HEADERS = frozenset({"RequestHeaderModifier", "ResponseHeaderModifier"})


class ReplacedPath(Struct, frozen=True):
    """``path`` of a rewrite or redirect; `prefix` is the value of the match, whatever its type."""

    modifier: PathModifier
    prefix: str

    def apply(self, path: str) -> str | int:
        """The new path, both escaped. It is made of the decoded one, so %2F becomes a slash."""
        bare = paths.decoded(path) or ""
        new = as_bytes(self.modifier.value)
        if self.modifier.type == "ReplacePrefixMatch":
            new = _joined(new, bare.removeprefix(as_bytes(self.prefix)))
            if bare.endswith("/") and not new.endswith("/"):
                new += "/"
        return path if new == bare else paths.encoded(new)

    def __str__(self) -> str:
        return f"URLRewrite {self.modifier.type} {self.modifier.value}"


def _joined(front: str, rest: str) -> str:
    """Go's path.Join: slashes merged, dots resolved, no final slash but the root's."""
    whole = "/".join(part for part in (front, rest) if part)
    return paths.clean(whole).removesuffix("/") or ("/" if whole else "")


class TraefikRedirect(RedirectFilter, frozen=True, kw_only=True):
    """A port that is written stays, else that of the Host header does."""

    prefix: str

    def leads_to(self, request: Request, path: str) -> str | None:
        """Every request."""
        wanted = self.redirect
        new: str | int = paths.normal_path(request.path) or "/"
        if wanted.path is not None:
            new = ReplacedPath(wanted.path, self.prefix).apply(str(new))
        slash = "" if str(new).startswith("/") or not new else "/"
        return (
            f"{wanted.scheme or request.scheme}://{self._authority(request)}{slash}{new}"
            f"{paths.query_text(request)}"
        )

    def _authority(self, request: Request) -> str:
        wanted = self.redirect
        host = wanted.hostname or request.host
        port = wanted.port
        if not port and wanted.scheme not in ("http", "https"):
            port = request.port
        if not port:
            return host
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def problem(filters: tuple[Filter, ...]) -> str:
    """Why a router with these middlewares is not made at all, "" if it is."""
    for one in filters:
        if one.redirect is not None and one.redirect.status not in _STATUSES:
            return f"Traefik redirects with no status {one.redirect.status}"
    return ""


class TraefikFiltered(Struct, frozen=True):
    """What filters do: actions before the request is sent on, and changes of its path."""

    actions: tuple[Action, ...] = ()
    changes: tuple[Change, ...] = ()


def traefik_filtered(
    filters: tuple[Filter, ...], prefix: str, error: int, extensions: bool
) -> TraefikFiltered:
    """The effect of filters; one that Traefik does not do is answered with `error`.

    `extensions`: Middlewares are known, as their provider is switched on.
    """
    broken = next(_unsupported(filters, extensions), None)
    if broken is not None:
        return TraefikFiltered((Reply(error, broken),))
    actions: list[Action] = []
    changes: list[Change] = []
    for one in filters:
        if one.redirect is not None:
            redirect = one.redirect
            actions.append(TraefikRedirect(redirect.status, redirect=redirect, prefix=prefix))
        elif one.rewrite is not None and one.rewrite.path is not None:
            changes.append(ReplacedPath(one.rewrite.path, prefix))
    return TraefikFiltered(tuple(actions), tuple(changes))


def _unsupported(filters: tuple[Filter, ...], extensions: bool) -> Iterator[Finding]:
    for one in filters:
        if one.extension is not None:
            if not (extensions and _is_middleware(one)):
                yield unresolved(one.extension)
        elif one.rewrite is not None:
            if one.rewrite.path is None and not one.rewrite.hostname:
                yield Finding(
                    "KI506", "error", "an empty filter URLRewrite is answered with an error"
                )
        elif one.redirect is None and one.type not in _HEADERS:
            message = f"Traefik does not do the filter {one.type}: the rule answers with an error"
            yield Finding("KI506", "error", message)


def _is_middleware(one: Filter) -> bool:
    ref = one.extension
    return ref is not None and (ref.group, ref.kind) == ("traefik.io", "Middleware")


def middlewares(filters: Iterable[Filter]) -> Iterator[str]:
    """The Middlewares that a rule names, each as a sentence."""
    for one in filters:
        if one.extension is not None and _is_middleware(one):
            yield f"what Middleware {one.extension.name} does is not modelled"
