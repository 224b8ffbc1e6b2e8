"""Filters of a rule, as the specification has them: what becomes of a request on its way.

Source: HTTPRouteFilter in the types of the Gateway API 1.6. Header modifiers
and mirrors leave the way as it is.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._gateway.attachment import AnyRule
from kubectl_ingress.controllers._gateway.entrance import WELL_KNOWN, Entrance
from kubectl_ingress.core.actions import Action, PathChange, Redirecting, Reply
from kubectl_ingress.core.gateway import (
    BackendRef,
    Filter,
    ObjectRef,
    PathModifier,
    Redirect,
)
from kubectl_ingress.core.guards import Preflight
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Request


def replace_prefix(path: str, prefix: str, replacement: str) -> str:
    """The table of HTTPPathModifier: whole elements, a final slash of both texts ignored."""
    rest = path[len(prefix.rstrip("/")) :]
    return replacement.rstrip("/") + rest or "/"


class ChangedPath(Struct, frozen=True):
    """``urlRewrite.path``; `prefix` is that of the match."""

    modifier: PathModifier
    prefix: str

    def apply(self, path: str) -> str:
        """The new path."""
        if self.modifier.type == "ReplacePrefixMatch":
            return replace_prefix(path, self.prefix, self.modifier.value)
        return self.modifier.value or "/"

    def target(self, request: Request, path: str) -> str | None:
        """The new path with the query."""
        return self.apply(request.path) + request.query_text

    def __str__(self) -> str:
        return f"URLRewrite {self.modifier.type} {self.modifier.value}"


class RedirectFilter(Redirecting, frozen=True, kw_only=True):
    """``requestRedirect``, as one implementation or another does it."""

    redirect: Redirect

    def __str__(self) -> str:
        return f"filter RequestRedirect answers {self.status}"


class RequestRedirect(RedirectFilter, frozen=True, kw_only=True):
    """As the specification has it; `prefix` is that of the match."""

    prefix: str
    entrance: Entrance

    def leads_to(self, request: Request, path: str) -> str | None:
        """Every request."""
        wanted = self.redirect
        scheme = wanted.scheme or request.scheme
        host = wanted.hostname or request.host
        host = f"[{host}]" if ":" in host else host
        port = self._port(request)
        colon = "" if port == WELL_KNOWN.get(scheme) else f":{port}"
        new = request.path
        if wanted.path is not None:
            new = ChangedPath(wanted.path, self.prefix).apply(new)
        return f"{scheme}://{host}{colon}{new}{request.query_text}"

    def _port(self, request: Request) -> int:
        """The written one, else that of a written scheme, else the listener's."""
        if self.redirect.port:
            return self.redirect.port
        return WELL_KNOWN.get(self.redirect.scheme) or self.entrance.port(request)


# The specification leaves 200 or 204, and 403 for a foreign origin.
_PREFLIGHT = Finding(
    "KI401",
    "info",
    "filter CORS answers a preflight request with 204, or 200, or 403 where the origin is foreign:"
    " the implementation chooses",
)


class Filtered(Struct, frozen=True):
    """What a rule's filters do: actions before the request is sent on, and a change of its path."""

    actions: tuple[Action, ...] = ()
    change: PathChange | None = None


def filtered(filters: tuple[Filter, ...], prefix: str, entrance: Entrance) -> Filtered:
    """The effect of filters in their order; what comes after an answer never happens."""
    actions: list[Action] = []
    change: PathChange | None = None
    for one in filters:
        if one.redirect is not None:
            redirect = one.redirect
            actions.append(
                RequestRedirect(
                    redirect.status, redirect=redirect, prefix=prefix, entrance=entrance
                )
            )
        elif one.extension is not None:
            actions.append(Reply(500, unresolved(one.extension)))
        elif one.cors is not None:
            actions.append(Preflight(204, finding=_PREFLIGHT))
        elif one.rewrite is not None and one.rewrite.path is not None:
            change = ChangedPath(one.rewrite.path, prefix)
    return Filtered(tuple(actions), change)


def unresolved(extension: ObjectRef) -> Finding:
    """A filter that only its implementation knows."""
    text = f"{extension.kind} {extension.name} ({extension.group})"
    message = (
        f"the filter {text} is implementation specific and not modelled: whoever does not know it"
        " answers with an error"
    )
    return Finding("KI401", "warning", message)


def weighted(rule: AnyRule) -> list[BackendRef]:
    """The backends that get requests at all."""
    return [one for one in rule.backends if one.weight]


def changes_way(one: Filter) -> bool:
    """Whether a filter changes where a request goes, or its path."""
    rewritten = one.rewrite is not None and one.rewrite.path is not None
    return rewritten or any((one.redirect, one.extension, one.cors))
