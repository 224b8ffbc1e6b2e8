"""Traefik's redirects. Source: pkg/middlewares/redirect, and measured."""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.controllers._traefik import paths, templates
from kubectl_ingress.controllers._traefik.changes import INTERNAL_ERROR, UNCHANGED, Changes
from kubectl_ingress.core import patterns
from kubectl_ingress.core.actions import Action, Redirecting
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step

_HOST = re.compile(r"\[[\w:.]+\]|[\w._-]+", re.ASCII)
# url.Parse: no control characters, and a colon in front of any slash ends a scheme.
_NOT_A_URL = re.compile(r"[\x00-\x1f\x7f]|^:|^[^A-Za-z/?#][^/?#]*:")
_URL = re.compile(r"((?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?)([^?#]*)(.*)", re.DOTALL)


def status_of(method: str, permanent: bool) -> int:
    """What a redirect without a status of its own answers: other methods keep theirs."""
    if method == "GET":
        return 301 if permanent else 302
    return 308 if permanent else 307


def _port(scheme: str, port: str) -> str:
    return "" if port in ("", {"http": "80", "https": "443"}.get(scheme)) else f":{port}"


def location_of(url: str) -> str | None:
    """A URL as Go writes it again; None where it is none."""
    if _NOT_A_URL.search(url):
        return None
    found = _URL.fullmatch(url)
    path = paths.rewritten(found[2]) if found else None
    return None if found is None or path is None else found[1] + path + found[3]


class RedirectScheme(Action, Struct, frozen=True):
    """The same URL with another scheme, and with a port where it is not the scheme's own.

    `status` None leaves it to the method; `only` is the scheme of the requests
    that are redirected, "" for all.
    """

    scheme: str
    port: str = ""
    permanent: bool = False
    status: int | None = None
    changes: Changes = UNCHANGED
    only: str = ""

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """A redirect, unless the request has that URL already."""
        if self.only not in ("", request.scheme):
            return None
        uri = self.changes.uri(request)
        found = _HOST.match(request.host)
        host = found[0] if found else ""
        location = f"{self.scheme}://{host}{_port(self.scheme, self.port)}{uri}"
        port = _port(request.scheme, str(request.port or ""))
        if location == f"{request.scheme}://{request.host}{port}{uri}":
            return None
        status = self.status or status_of(request.method, self.permanent)
        return Outcome(OutcomeKind.REDIRECT, status, location=location_of(location))

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Where to."""
        return (Step("redirect", f"{request.scheme} is redirected to {self.scheme}"),)


class RedirectRegex(Action, Struct, frozen=True):
    """What a pattern finds in the whole URL is replaced; a changed URL is a redirect."""

    regex: str
    replacement: str
    permanent: bool = False
    status: int | None = None
    changes: Changes = UNCHANGED
    because: str = "redirectRegex"

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """A redirect, 500 to what is no URL, or nothing where the URL stays."""
        url = f"{request.scheme}://{request.authority}{self.changes.uri(request)}"
        changed = templates.replace_all(self.regex, url, self.replacement)
        if changed == url:
            return None
        location = location_of(changed)
        if location is None:
            return Outcome(OutcomeKind.REPLY, INTERNAL_ERROR)
        status = self.status or status_of(request.method, self.permanent)
        return Outcome(OutcomeKind.REDIRECT, status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Where to."""
        return (Step("redirect", f"{self.because}: {self.replacement}"),)


class RedirectPath(Redirecting, frozen=True, kw_only=True):
    """To what replaces the match of a pattern in the path: a rewrite-target with a scheme."""

    regex: str
    replacement: str

    def leads_to(self, request: Request, path: str) -> str | None:
        """Where the pattern is found; the query is lost."""
        written = paths.normal_path(request.path) or "/"
        if patterns.find(self.regex, written) is None:
            return None
        return templates.replace_all(self.regex, written, self.replacement)

    def __str__(self) -> str:
        return f"rewrite-target {self.replacement} has a scheme: {self.status}"
