"""Sends a client's request on to an endpoint, and its answer back, both as they come.

As nginx does it: another endpoint where one cannot be reached, and nothing
left running for a client that has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from kubectl_ingress.core.request import Target
from kubectl_ingress.dataplane.client import CHUNK, Client, Gone
from kubectl_ingress.dataplane.http1 import Head, Header
from kubectl_ingress.dataplane.upstream import HOP, Answer, Failed, Upstream, without_hop

T = TypeVar("T")

# As nginx and ingress-nginx: the date is the proxy's own, the endpoint's server is nobody's affair.
_NOT_SENT_BACK = frozenset((b"date", b"server"))
# Methods that may be sent twice (RFC 9110 section 9.2.2).
_REPEATABLE = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"))


class Replaced(Exception):
    """An endpoint's answer has a status that another backend is to answer for."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Sent(Struct, frozen=True):
    """What an endpoint is sent, and what becomes of its answer.

    `own` are headers beside the client's; answers of a status in `replaced` go
    no further. Where `body` is false, the client's body is not sent on.
    """

    head: Head
    target: bytes
    own: Sequence[Header]
    replaced: frozenset[int] = frozenset()
    body: bool = True


async def forward(
    client: Client, sent: Sent, endpoints: Sequence[Target], added: Sequence[Header]
) -> None:
    """Let the first endpoint that can be reached answer the request.

    `added` are headers for the client. Raises Failed, Replaced and Bad, where
    `client.answering` says whether an answer can still be given, and Gone.
    """
    request = sent.head
    failed = Failed(502, "no endpoint is ready")
    for endpoint in endpoints:
        try:
            upstream = await Upstream.connect(endpoint, client.limits)
        except Failed as error:
            failed = error
            continue
        try:
            upstream.start(request, sent.target, sent.own)
            await _exchange(client, upstream, sent, added)
        except Failed as error:
            failed = error
            has_body = bool(
                request.values(b"content-length") + request.values(b"transfer-encoding")
            )
            if client.answering or has_body or request.method not in _REPEATABLE:
                raise
        else:
            return
        finally:
            upstream.close()
    raise failed


async def _exchange(
    client: Client, upstream: Upstream, sent: Sent, added: Sequence[Header]
) -> None:
    sending = asyncio.create_task(_send(client, upstream, sent.body))
    try:
        answer = await _while_there(sending, upstream.answer())
        if answer.status in sent.replaced:
            raise Replaced(answer.status)
        if answer.status != 101:
            await _while_there(sending, _send_back(client, upstream, answer, added))
            return
    finally:
        await _ended(sending)
    if not client.complete:
        raise Failed(502, "an endpoint changed the protocol in the middle of a request")
    kept = [header for header in answer.headers if header[0].lower() not in _NOT_SENT_BACK]
    await client.answer(101, answer.reason, [*kept, *added])
    await _relay(client, upstream)


async def _send(client: Client, upstream: Upstream, body: bool) -> None:
    """The request's body; then ends only when the client goes."""
    # An endpoint may answer before it has read all; that is for its answer to say.
    with contextlib.suppress(Failed):
        if body:
            await client.go_on()
            while data := await client.piece():
                await upstream.send(data)
        await upstream.end()
    await client.gone()


async def _while_there(sending: asyncio.Task[None], work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, unless the client's side ends before."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task, sending), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            sending.result()
            raise Gone
        return task.result()
    finally:
        await _ended(task)


async def _ended(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        # Looked at, so that asyncio does not complain of an error nobody saw.
        task.exception()


async def _send_back(
    client: Client, upstream: Upstream, answer: Answer, added: Sequence[Header]
) -> None:
    headers = without_hop(answer.headers, HOP | _NOT_SENT_BACK)
    if any(name.lower() == b"transfer-encoding" for name, _ in answer.headers):
        headers = [header for header in headers if header[0].lower() != b"content-length"]
    await client.answer(answer.status, answer.reason, [*headers, *added])
    while data := await upstream.piece():
        await client.data(data)
    await client.end()


async def _relay(client: Client, upstream: Upstream) -> None:
    """Bytes both ways, until one side ends or nothing comes for as long as nginx waits."""
    loop = asyncio.get_running_loop()

    async def copy(
        reader: asyncio.StreamReader, write: Callable[[bytes], Awaitable[None]], first: bytes
    ) -> None:
        data = first or await reader.read(CHUNK)
        while data:
            limit.reschedule(loop.time() + client.limits.endpoint)
            await write(data)
            data = await reader.read(CHUNK)

    client_ahead = bytes(client.ahead)
    client.ahead.clear()
    with contextlib.suppress(OSError, Failed):
        async with asyncio.timeout(client.limits.endpoint) as limit:
            tasks = (
                asyncio.create_task(copy(client.reader, upstream.write, client_ahead)),
                asyncio.create_task(copy(upstream.reader, client.write, upstream.ahead)),
            )
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    await _ended(task)
