"""One client's connection: each request asked of the model, and what it decides done."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from http.client import responses

from kubectl_ingress.controllers.ingress_nginx import PROFILE
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Request, Target
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.dataplane.client import Client, Gone
from kubectl_ingress.dataplane.forwarding import forward
from kubectl_ingress.dataplane.http1 import Bad, Head, Header
from kubectl_ingress.dataplane.server import SENT_ON, VIA
from kubectl_ingress.dataplane.upstream import Failed

_AUTHORITY = re.compile(r"(\[[^\]]*\]?|[^:]*)(?::([0-9]{1,5})$)?")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_NOT_IN_A_LOCATION = re.compile(rb"[\x00-\x20\x7f]")
_OWN_PORT = {"http": 80, "https": 443}

# Tools, ours among them, know a page of the controller itself by its mark.
_PAGE = """\
<!doctype html>
<title>{title}</title>
<h1>{title}</h1>
<p>The data plane of kubectl ingress says so, not an application behind it.</p>
{mark}
"""


@dataclass(frozen=True)
class Routes:
    """A table, and whose turn it is at each of its backends."""

    table: RouteTable
    turns: dict[str, int] = field(default_factory=dict)

    def in_turn(self, backend: Backend) -> list[Target]:
        """The ready endpoints, the one whose turn it is first."""
        ready = [endpoint for endpoint in backend.endpoints if endpoint.ready]
        turn = self.turns.get(str(backend), 0)
        self.turns[str(backend)] = turn + 1
        start = turn % len(ready) if ready else 0
        return ready[start:] + ready[:start]


@dataclass(frozen=True)
class Door:
    """Where clients come in: by which scheme, and whose routes they get."""

    scheme: str
    routes: Callable[[], Routes]
    say: Callable[[str], None]


async def converse(client: Client, door: Door) -> None:
    """Answer requests until one of the two ends the connection."""
    try:
        while await _answer_next(client, door):
            pass
    except Gone:
        pass
    finally:
        await client.close()


async def _answer_next(client: Client, door: Door) -> bool:
    try:
        head = await client.request()
        if head is None:
            return False
        await _answer(client, head, door)
    except (Bad, Failed) as refused:
        if client.answering:
            # Too late for a status: the client sees its answer torn off.
            return False
        if isinstance(refused, Failed):
            door.say(f"{refused.status}: {refused.why}")
        await _reply(client, refused.status, close=isinstance(refused, Bad))
    return client.reusable


async def _answer(client: Client, head: Head, door: Door) -> None:
    request, routes = to_request(head, door.scheme), door.routes()
    outcome = routes.table.decide(request).outcome
    if outcome.kind is OutcomeKind.UNDEFINED and outcome.candidates:
        outcome = outcome.candidates[0]
    if outcome.status in (400, 500):
        raise Bad(outcome.status)
    # nginx looks at this before anything else that is decided.
    if _length(head) > client.limits.body:
        raise Bad(413)
    match outcome.kind:
        case OutcomeKind.FORWARD:
            target = _raw(outcome.upstream_path or "", request, head)
            if not target:
                raise Bad(500)
            endpoints = routes.in_turn(outcome.backends[0])
            own = _sent_on(client, head, door.scheme)
            await forward(client, head, target, own, endpoints, _added())
        case OutcomeKind.REDIRECT:
            await _reply(client, outcome.status or 302, [_location(outcome, request, head)])
        case OutcomeKind.REPLY:
            await _reply(client, outcome.status or 404)
        case _:
            # Not loaded in the first place.
            await _reply(client, 503)


def to_request(head: Head, scheme: str) -> Request:
    """A request as the model knows it. Bytes above ASCII are percent-encoded: they match alike."""
    # HTTP/1.0 may name no host: nginx has its default server for that.
    host, port = _authority(head.host.decode("latin-1") or "_")
    return Request(
        host=host,
        target=_NOT_ASCII.sub(_encoded, head.target).decode("ascii"),
        scheme=scheme,
        method=head.method.decode("ascii"),
        headers=tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in head.headers),
        port=None if port == _OWN_PORT[scheme] else port,
    )


def _authority(text: str) -> tuple[str, int | None]:
    found = _AUTHORITY.match(text)
    host, port = found.groups() if found else (text, None)
    return host.lower().removesuffix("."), int(port) if port else None


def _raw(text: str, request: Request, head: Head) -> bytes:
    """What the model made of a target, with the client's own bytes where it left them alone."""
    made = text.encode("latin-1", "replace")
    query, raw_query = request.target.partition("?")[2], head.target.partition(b"?")[2]
    for seen, raw in (
        (request.target, head.target),
        (request.target.removesuffix("/"), head.target.removesuffix(b"/")),
        (f"?{query}", b"?" + raw_query),
    ):
        if made.endswith(seen.encode("ascii")):
            return made[: len(made) - len(seen)] + raw
    return made


def _location(outcome: Outcome, request: Request, head: Head) -> Header:
    location = _raw(outcome.location or "", request, head)
    # A capture may hold what was encoded in the request, a line break too.
    return b"Location", _NOT_IN_A_LOCATION.sub(_encoded, location)


def _encoded(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]


def _length(head: Head) -> int:
    return max((int(value) for value in head.values(b"content-length")), default=0)


def _sent_on(client: Client, head: Head, scheme: str) -> list[Header]:
    hosts = head.values(b"host")
    values = {
        "http_host": hosts[0] if hosts else b"",
        "request_id": secrets.token_hex(16).encode(),
        "remote_addr": client.address.encode(),
        "server_port": str(client.port).encode(),
        "scheme": scheme.encode(),
    }
    # As nginx: no header without a value.
    return [(name.encode(), values[holds]) for name, holds in SENT_ON if values[holds]]


def _added() -> list[Header]:
    return [(b"Date", formatdate(usegmt=True).encode()), (b"Via", b"1.1 " + VIA.encode())]


async def _reply(
    client: Client, status: int, headers: Sequence[Header] = (), close: bool = False
) -> None:
    phrase = responses.get(status, "")
    page = _PAGE.format(title=f"{status} {phrase}", mark=PROFILE.not_found_body)
    body = page.encode() if status >= 300 else b""
    sent = [
        (b"Content-Type", b"text/html"),
        (b"Content-Length", str(len(body)).encode()),
        *headers,
        *_added(),
        *([(b"Connection", b"close")] if close else []),
    ]
    await client.answer(status, phrase.encode(), sent)
    if client.method != b"HEAD":
        await client.data(body)
    await client.end()
    if not close:
        # A body that nobody wanted comes all the same, even from a client that
        # waited to be asked for it.
        await client.discard()
