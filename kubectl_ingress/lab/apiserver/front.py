"""The API server over HTTPS."""

from __future__ import annotations

import json
import ssl
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from kubectl_ingress.lab import portforward
from kubectl_ingress.lab.apiserver import protobuf
from kubectl_ingress.lab.apiserver.accounts import User
from kubectl_ingress.lab.apiserver.discovery import HEALTH
from kubectl_ingress.lab.apiserver.requests import APPLY, Call
from kubectl_ingress.lab.apiserver.server import ApiServer, Streamed, encode
from kubectl_ingress.lab.apiserver.status import Refused, bad_request
from kubectl_ingress.lab.apiserver.subresources import Forwarding
from kubectl_ingress.lab.serving import HttpServer, Reader, Request, Response, Writer

BODY_LIMIT = 3 * 1024 * 1024
"""Bytes of a request, as the real server has it."""
DialPod = Callable[[str, str, int], Awaitable[tuple[Reader, Writer]]]
"""Connects to a port of a pod, by namespace and name."""
_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"


class Front(HttpServer):
    """Listens, and hands each request to the API server."""

    def __init__(
        self,
        server: ApiServer,
        ip: str,
        port: int,
        tls: ssl.SSLContext,
        dial: DialPod | None = None,
    ) -> None:
        super().__init__(ip, port, self._handle, tls, BODY_LIMIT)
        self._api, self._dial = server, dial

    async def _handle(self, request: Request) -> Response:
        try:
            if request.path in HEALTH:
                # Whoever waits for the lab has no token yet.
                return Response(200, "ok")
            user = self._api.user_of(request.headers.get("authorization", ""))
            answer = await self._api.answer(_call(request, user))
        except Refused as refused:
            retry = [("Retry-After", "1")] if refused.code == 429 else []
            headers = [*retry, *_warnings(refused.warnings)]
            return Response(refused.code, encode(refused.body()), _JSON, headers)
        if isinstance(answer, Forwarding):
            if self._dial is None:
                return Response(501, "no pods run here\n")
            dial = partial(self._dial, answer.namespace, answer.pod)
            return portforward.answer(request, _ports(request), dial)
        if isinstance(answer, Streamed):
            return Response(200, b"", _JSON, lines=answer.lines)
        kind = _TEXT if isinstance(answer.body, str) else _JSON
        return Response(answer.code, encode(answer.body), kind, _warnings(answer.warnings))


def _ports(request: Request) -> list[int]:
    query = parse_qs(urlsplit(request.target).query)
    return [int(port) for each in query.get("ports", []) for port in each.split(",")]


def _call(request: Request, user: User) -> Call:
    headers, parts = request.headers, urlsplit(request.target)
    content_type = headers.get("content-type", _JSON).partition(";")[0].strip()
    return Call(
        method=request.method,
        path=parts.path,
        user=user,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        body=_body(request, content_type),
        content_type=content_type,
        accept=headers.get("accept", _JSON),
        agent=headers.get("user-agent", "unknown").partition("/")[0],
        acting=_acting(request),
    )


def _acting(request: Request) -> dict[str, str]:
    """The headers of impersonation; repeated ones are lines of one text."""
    found: dict[str, str] = {}
    for name, value in request.fields:
        if name.startswith("impersonate-"):
            found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def _body(request: Request, content_type: str) -> Any:
    if not request.body:
        return None
    if content_type == protobuf.MEDIA_TYPE:
        wanted = protobuf.definition_at(request.method, request.path)
        # Where nothing is wanted the request is refused for that.
        return protobuf.decode(request.body, wanted) if wanted else None
    if "json" not in content_type and content_type != APPLY:
        why = "the body of the request was in an unknown format - accepted media types include"
        types = f"{_JSON}, {protobuf.MEDIA_TYPE}"
        raise Refused(415, "UnsupportedMediaType", f"{why}: {types}")
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError) as error:
        # kubectl sends JSON even where the type says YAML.
        raise bad_request(f"the body of the request is not JSON: {error}") from error


def _warnings(texts: Iterable[str]) -> list[tuple[str, str]]:
    return [("Warning", f"299 - {_quoted(text)}") for text in texts]


def _quoted(text: str) -> str:
    """A quoted-string (RFC 9110 section 5.6.4), in ASCII."""
    plain = text.encode("ascii", "replace").decode()
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
