"""How requests are sent, and where to other than their usual address: curl's flags, read."""

from __future__ import annotations

import re

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.core.answer import Plan, Wire
from kubectl_ingress.core.authority import parse_authority
from kubectl_ingress.core.redirects import Follow
from kubectl_ingress.core.request import Request

_HOST = r"(?:\[[^\[\]]*\]|[^:\[\]]*)"
_VALUE = re.compile(rf"({_HOST}:[^:]*):({_HOST}(?::[^:]*)?)")
_RESOLVE = re.compile(rf"({_HOST}:[^:]+):(\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]+)")


class ConnectTo(Struct, frozen=True):
    """One --connect-to. Empty host and port None: any at the front, as asked for at the end."""

    host: str
    port: int | None
    to_host: str
    to_port: int | None

    def matches(self, host: str, port: int) -> bool:
        """Whether a connection to this host and port is meant, and changed."""
        meant = self.host.lower() in ("", host.lower()) and self.port in (None, port)
        return meant and bool(self.to_host or self.to_port is not None)


def parse_connect_to(typed: str) -> ConnectTo | None:
    """``HOST1:PORT1:HOST2:PORT2``, each of which may be empty; None for anything else."""
    value = _VALUE.fullmatch(typed)
    if value is None:
        return None
    try:
        return ConnectTo(*parse_authority(value[1]), *parse_authority(value[2]))
    except ValueError:
        return None


def parse_resolve(typed: str) -> ConnectTo | None:
    """``HOST:PORT:ADDRESS``, where the host ``*`` is any; None for anything else."""
    value = _RESOLVE.fullmatch(typed)
    if value is None:
        return None
    try:
        host, port = parse_authority(value[1])
    except ValueError:
        return None
    to_host = value[2].removeprefix("[").removesuffix("]")
    return ConnectTo("" if host == "*" else host, port, to_host, None) if host else None


class Sending(Struct, frozen=True):
    """What of curl's flags is the same for every request; `max_time` is in seconds.

    `ways` are those of --connect-to and --resolve: the first that matches counts.
    `follow` is None where redirects are not followed.
    """

    verify: bool = True
    max_time: float = 30.0
    wire: Wire = field(default_factory=Wire)
    ways: tuple[ConnectTo, ...] = ()
    follow: Follow | None = None

    def plan(self, request: Request, address: str, port: int, body: bytes | None = None) -> Plan:
        """A request to this address and port, sent so."""
        return Plan(request, address, port, body, self.max_time, self.verify, self.wire)

    def directed(self, plan: Plan) -> Plan:
        """The plan led to where the flags want the requests to its host."""
        request = plan.request
        for way in self.ways:
            if way.matches(request.host, request.listener_port):
                if not way.to_host:
                    return replace(plan, port=way.to_port or plan.port)
                port = request.listener_port if way.to_port is None else way.to_port
                return replace(plan, address=way.to_host, port=port, direct=True)
        return plan
