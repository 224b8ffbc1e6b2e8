"""Who is let in: source ranges, passwords, and what another service says.

The access phase of nginx (ngx_http_access_module, ngx_http_auth_basic_module,
ngx_http_auth_request_module, satisfy); measured.
"""

from __future__ import annotations

import base64
import binascii
from enum import Enum

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.sight import Sight
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.networks import Network, is_in
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.values import UNSET, Value

_REFUSED = (403,)
# What it says is passed on, whatever else it says, or nothing at all, is 500.
_OF_A_SERVICE = (401, 403, 500)


class Says(Enum):
    """What one of the checks says of a request."""

    YES = "let in"
    NO = "refused"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


class Ranges(Struct, frozen=True):
    """Source ranges: `refused` come first, and with `allowed` all others are refused too."""

    allowed: tuple[Network, ...]
    refused: tuple[Network, ...]
    because: Value

    def say(self, request: Request, sight: Sight) -> Says:
        """What they say; without a word of a client, nothing hinders it."""
        client = sight.client(request)
        if client is None:
            return Says.UNKNOWN
        if is_in(client, self.refused):
            return Says.NO
        if not self.allowed:
            return Says.NOTHING
        return Says.YES if is_in(client, self.allowed) else Says.NO


class Access(Action, Struct, frozen=True):
    """The checks of a location; answers where one that counts refuses for sure.

    `password` is what asks for one, by the `scheme` basic or digest, `service`
    the URL that is asked; any may be absent. `any_one`: one yes is enough
    (satisfy any).
    """

    sight: Sight
    ranges: Ranges | None = None
    password: Value | None = None
    scheme: str = "basic"
    service: str = ""
    service_because: Value = UNSET
    any_one: bool = False

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """403 or 401, None where the request is let in or nobody knows."""
        status = self._status(request)
        return None if status is None else Outcome(OutcomeKind.REPLY, status)

    def _status(self, request: Request) -> int | None:
        source, password = self._source(request), self._password(request)
        if not self.any_one:
            return 403 if source is Says.NO else 401 if password is Says.NO else None
        said = {source, password, Says.UNKNOWN if self.service else Says.NOTHING}
        if said & {Says.YES, Says.UNKNOWN}:
            return None
        return 401 if password is Says.NO else 403 if source is Says.NO else None

    def _source(self, request: Request) -> Says:
        return self.ranges.say(request, self.sight) if self.ranges else Says.NOTHING

    def _password(self, request: Request) -> Says:
        if self.password is None:
            return Says.NOTHING
        return Says.UNKNOWN if _has_credentials(request, self.scheme) else Says.NO

    def doubts(self, request: Request) -> tuple[Finding, ...]:
        """What nobody can know, of a request that the checks may let in."""
        source = self._source(request)
        if self.any_one and source is Says.YES:
            return ()
        found = []
        if source is Says.UNKNOWN and self.ranges:
            what = "lets only some clients in, and this client's address is not known"
            found.append(_doubt(self.ranges.because, what, _REFUSED))
        if self.password is not None and self._password(request) is Says.UNKNOWN:
            found.append(_doubt(self.password, "decides whether this password is one", (401,)))
        if self.service:
            what = f"lets {self.service} decide who is let in"
            found.append(_doubt(self.service_because, what, _OF_A_SERVICE))
        return tuple(found)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Which check."""
        if self._status(request) == 401 and self.password is not None:
            because, text = self.password, "a name and a password are asked for: 401"
        else:
            because = self.ranges.because if self.ranges else UNSET
            text = f"the client {request.client} is not let in: 403"
        return because.step("access", text, passed=False)


def _doubt(because: Value, what: str, statuses: tuple[int, ...]) -> Finding:
    name = because.field[-1] if because.field else ""
    message = f"{name} of {because.source} {what}"
    return Finding("KI401", "warning", message, because.source, statuses=statuses)


def _has_credentials(request: Request, wanted: str) -> bool:
    """Whether there is a name and a password at all: the right scheme, and a colon in the text."""
    scheme, _, encoded = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != wanted or wanted == "digest":
        return scheme.lower() == wanted
    try:
        return b":" in base64.b64decode(encoded.strip() + "==", validate=False)
    except (binascii.Error, ValueError):
        return False
