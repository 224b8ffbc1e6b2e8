"""Filters of an HTTPRoute as plugins of Kong.

Source: KIC's subtranslator/httproute.go (3.5), and Kong's redirect and
request-transformer plugins.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._gateway.filters import RedirectFilter
from kubectl_ingress.controllers._kong.rewrite import Filling, PrefixSwap, Template
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.gateway import Filter, HTTPMatch, ObjectRef
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Request

_KONG_PLUGIN = ("configuration.konghq.com", "KongPlugin")


class Effects(Struct, frozen=True):
    """What the filters of a rule do.

    `dropped` is why the controller leaves the rule out, `refused` why Kong takes
    nothing at all, `doubts` what is not modelled or was not measured.
    """

    first: tuple[Action, ...] = ()
    rewrite: Filling | None = None
    dropped: str = ""
    refused: str = ""
    doubts: tuple[str, ...] = ()


def effects_of(filters: tuple[Filter, ...], match: HTTPMatch) -> Effects:
    """The effects for one match; header filters and unknown ones have none."""
    first: list[Action] = []
    doubts: list[str] = []
    rewrite: Filling | None = None
    dropped = refused = ""
    for one in filters:
        if one.redirect is not None:
            first.append(Redirected(one.redirect.status, redirect=one.redirect))
            doubts.append("its filter RequestRedirect: how Kong answers was read and not measured")
            if not one.redirect.hostname:
                refused = "a RequestRedirect without a hostname gives a location without a host"
        elif one.rewrite is not None and one.rewrite.path is not None:
            rewrite = _rewrite(one.rewrite.path.type, one.rewrite.path.value, match)
        elif one.mirror is not None or one.type == "RequestMirror":
            dropped = "the controller knows no RequestMirror"
        elif one.extension is not None:
            if _is_plugin(one.extension):
                doubts.append(f"its filter KongPlugin {one.extension.name}")
            else:
                dropped = f"the controller knows no filter {one.extension.kind}"
    return Effects(tuple(first), rewrite, dropped, refused, tuple(doubts))


def _is_plugin(extension: ObjectRef) -> bool:
    return (extension.group, extension.kind) == _KONG_PLUGIN


def _rewrite(kind: str, value: str, match: HTTPMatch) -> Filling:
    if kind == "ReplacePrefixMatch":
        return PrefixSwap(as_bytes(value), root=match.path.value in ("", "/"))
    return Template((as_bytes(value),), f"ReplaceFullPath {value}")


class Redirected(RedirectFilter, frozen=True, kw_only=True):
    """The plugin `redirect`: a fixed location, or one with the request's own path and query."""

    def leads_to(self, request: Request, path: str) -> str | None:
        """Every request."""
        wanted = self.redirect
        port = f":{wanted.port}" if wanted.port else ""
        start = f"{wanted.scheme or 'http'}://{wanted.hostname}{port}"
        modifier = wanted.path
        fixed = modifier is not None and modifier.type == "ReplaceFullPath"
        return start + (modifier.value if modifier is not None and fixed else request.target)
