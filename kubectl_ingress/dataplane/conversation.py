"""One client's connection: each request asked of the model, and what it decides done."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable, Sequence
from email.utils import formatdate
from functools import cached_property
from http.client import responses

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.sight import Sight
from kubectl_ingress.controllers.ingress_nginx import PROFILE
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Request, Target
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.dataplane.client import Client, Gone
from kubectl_ingress.dataplane.forwarding import Replaced, Sent, forward
from kubectl_ingress.dataplane.http1 import Bad, Head, Header
from kubectl_ingress.dataplane.proxied import Asked, ask
from kubectl_ingress.dataplane.seen import sight_of
from kubectl_ingress.dataplane.server import SENT_ON, VIA
from kubectl_ingress.dataplane.upstream import Failed

_AUTHORITY = re.compile(r"(\[[^\]]*\]?|[^:]*)(?::([0-9]{1,5})$)?")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_NOT_IN_A_LOCATION = re.compile(rb"[\x00-\x20\x7f]")
# After these nginx closes the connection.
_LAST = (400, 413, 500)
_OF_A_BODY = (b"content-length", b"transfer-encoding", b"expect")
_ASK_FOR_PASSWORD = (b"WWW-Authenticate", b'Basic realm="Authentication Required"')

# Tools, ours among them, know a page of the controller itself by its mark.
_PAGE = """\
<!doctype html>
<title>{title}</title>
<h1>{title}</h1>
<p>The data plane of kubectl ingress says so, not an application behind it.</p>
{mark}
"""


class Routes(Struct, frozen=True, dict=True):
    """A table, and whose turn it is at each of its backends."""

    table: RouteTable
    turns: dict[str, int] = field(default_factory=dict)

    @cached_property
    def sight(self) -> Sight:
        """How clients are seen."""
        return sight_of(self.table)

    def in_turn(self, backend: Backend) -> list[Target]:
        """The ready endpoints, the one whose turn it is first."""
        ready = [endpoint for endpoint in backend.endpoints if endpoint.ready]
        turn = self.turns.get(str(backend), 0)
        self.turns[str(backend)] = turn + 1
        start = turn % len(ready) if ready else 0
        return ready[start:] + ready[:start]


class Door(Struct, frozen=True):
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
    request, routes = to_request(head, door.scheme, client.address), door.routes()
    asked = ask(routes.table, request)
    client.most = asked.body
    await _Answering(client, head, request, door, routes, asked).serve()


class _Answering(Struct, frozen=True):
    """One request while it is answered."""

    client: Client
    head: Head
    request: Request
    door: Door
    routes: Routes
    asked: Asked

    async def serve(self) -> None:
        """As the table has it, or the error page for the status that comes of that."""
        outcome = self.asked.outcome
        if outcome.kind is OutcomeKind.UNDEFINED and outcome.candidates:
            outcome = outcome.candidates[0]
        match outcome.kind:
            case OutcomeKind.REDIRECT:
                location = _location(outcome, self.request, self.head)
                await _reply(self.client, outcome.status or 302, [location])
            case OutcomeKind.FORWARD:
                await self._forward(outcome)
            case OutcomeKind.REPLY:
                await self._reply(outcome.status or 404, body=outcome.status != 413)
            case _:
                # Not loaded in the first place.
                await self._reply(503)

    async def _forward(self, outcome: Outcome) -> None:
        weights = [backend.weight for backend in outcome.backends]
        (backend,) = random.choices(outcome.backends, weights)  # noqa: S311 - shares, no secrets
        if backend.status is not None:
            await self._reply(backend.status)
            return
        codes = self.asked.pages.codes if self.asked.pages else frozenset()
        target = _raw(outcome.upstream_path or "", self.request, self.head)
        sent = Sent(self.head, target, self._own(self.asked.code), codes)
        try:
            await forward(self.client, sent, self.routes.in_turn(backend), _added())
        except (Failed, Replaced) as refused:
            if self.client.answering or refused.status not in codes:
                raise
            if isinstance(refused, Failed):
                self.door.say(f"{refused.status}: {refused.why}")
            await self._reply(refused.status, body=False)

    async def _reply(self, status: int, body: bool = True) -> None:
        """A status of our own; `body` is whether the client's is still there to be sent on."""
        pages = self.asked.pages
        if pages is not None and status in pages.codes:
            if pages.backend is not None:
                await self._send_to_page(pages.backend, status, body)
                return
            status = 404
        if status in _LAST:
            raise Bad(status)
        await _reply(self.client, status, [_ASK_FOR_PASSWORD] if status == 401 else [])

    async def _send_to_page(self, backend: Backend, status: int, body: bool) -> None:
        query = self.head.target.partition(b"?")[2]
        target = b"/?" + query if query else b"/"
        head = self.head if body else _without_body(self.head)
        sent = Sent(head, target, self._own(status, page=True), body=body)
        added = _added()
        if status in _LAST:
            added.append((b"Connection", b"close"))
        await forward(self.client, sent, self.routes.in_turn(backend), added)
        await self.client.discard()

    def _own(self, code: int | None, page: bool = False) -> list[Header]:
        """Headers for an endpoint; `code` is what it answers for, as an error `page` or else."""
        found = _sent_on(self.client, self.head, self.request, self.routes.sight)
        if code is not None:
            found.append((b"X-Code", str(code).encode()))
            found += [(b"X-Format", value) for value in self.head.values(b"accept")[:1]]
        if page:
            found.append((b"X-Original-URI", self.head.target))
        return found


def _without_body(head: Head) -> Head:
    kept = tuple(header for header in head.headers if header[0].lower() not in _OF_A_BODY)
    had_one = len(kept) < len(head.headers)
    return replace(head, headers=(*kept, (b"Content-Length", b"0")) if had_one else kept)


def to_request(head: Head, scheme: str, client: str = "") -> Request:
    """A request as the model knows it."""
    # HTTP/1.0 may name no host: nginx has its default server for that.
    host, port = _authority(head.host.decode("latin-1") or "_")
    return Request(
        host=host,
        target=_text(head.target),
        scheme=scheme,
        method=head.method.decode("ascii"),
        headers=tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in head.headers),
        port=port,
        client=client,
        body_size=_length(head),
    )


def _authority(text: str) -> tuple[str, int | None]:
    found = _AUTHORITY.match(text)
    host, port = found.groups() if found else (text, None)
    return host, int(port) if port else None


def _text(target: bytes) -> str:
    """What is no UTF-8 has to be percent-encoded: to patterns that is the same."""
    try:
        return target.decode()
    except UnicodeDecodeError:
        return _NOT_ASCII.sub(_encoded, target).decode("ascii")


def _raw(text: str, request: Request, head: Head) -> bytes:
    """What the model made of a target, with the client's own bytes where it left them alone."""
    query, raw_query = request.target.partition("?")[2], head.target.partition(b"?")[2]
    for seen, raw in (
        (request.target, head.target),
        (request.target.removesuffix("/"), head.target.removesuffix(b"/")),
        (f"?{query}", b"?" + raw_query),
    ):
        if text.endswith(seen):
            return text[: len(text) - len(seen)].encode("latin-1", "replace") + raw
    return text.encode("latin-1", "replace")


def _location(outcome: Outcome, request: Request, head: Head) -> Header:
    location = _raw(outcome.location or "", request, head)
    # A capture may hold what was encoded in the request, a line break too.
    return b"Location", _NOT_IN_A_LOCATION.sub(_encoded, location)


def _encoded(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]


def _length(head: Head) -> int:
    return max((int(value) for value in head.values(b"content-length")), default=0)


def _sent_on(client: Client, head: Head, request: Request, sight: Sight) -> list[Header]:
    hosts = head.values(b"host")
    host = hosts[0] if hosts else b""
    if sight.headers:
        forwarded = head.values(b"x-forwarded-host")
        host = forwarded[0].partition(b",")[0] if forwarded else host
    values = {
        "http_host": host,
        "request_id": secrets.token_hex(16).encode(),
        "remote_addr": str(sight.client(request) or "").encode(),
        "server_port": sight.port(request, client.port).encode("latin-1"),
        "scheme": sight.scheme(request).encode("latin-1"),
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
    body = page.encode() if status >= 300 and status != 304 else b""
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
