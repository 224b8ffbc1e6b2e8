"""The API for the lab's own components, without a connection between."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

from kubectl_ingress.lab.api import Api, ApiError, Change, Json
from kubectl_ingress.lab.apiserver.accounts import AUTHENTICATED, User
from kubectl_ingress.lab.apiserver.rbac import MASTERS
from kubectl_ingress.lab.apiserver.requests import Call
from kubectl_ingress.lab.apiserver.server import ApiServer, Streamed, encode
from kubectl_ingress.lab.apiserver.status import Refused
from kubectl_ingress.lab.apiserver.writing import Answer

COMPONENT = User("system:lab", (MASTERS, AUTHENTICATED))
_WATCH = {"watch": "1", "timeoutSeconds": "3600"}


class LocalApi(Api):
    """What it gives is the caller's own: the store never sees it changed."""

    def __init__(self, server: ApiServer, user: User = COMPONENT) -> None:
        self.server, self.user = server, user

    def as_user(self, token: str) -> LocalApi:
        """See Api."""
        user = self.server.accounts.authenticate(f"Bearer {token}")
        if user is None:
            raise ApiError(401, "Unauthorized")
        return LocalApi(self.server, user)

    async def _watch(self, path: str, version: str) -> AsyncIterator[Change]:
        call = self._call("GET", path, _WATCH | {"resourceVersion": version})
        try:
            answer = await self.server.answer(call)
        except Refused as refused:
            raise ApiError(refused.code, refused.message) from refused
        if isinstance(answer, Streamed):
            async for line in answer.lines:
                change = json.loads(line)
                yield change["type"], change["object"]

    async def _ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        kind: str = "application/json",
        agent: str = "lab",
    ) -> Json:
        own = None if body is None else json.loads(json.dumps(body))
        call = self._call(method, path, {}, own, kind, agent)
        try:
            answer = await self.server.answer(call)
        except Refused as refused:
            raise ApiError(refused.code, refused.message) from refused
        if not isinstance(answer, Answer) or isinstance(answer.body, str):
            raise ApiError(406, f"{path} gives no object")
        found: Json = json.loads(encode(answer.body))
        return found

    def _call(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        body: Json | None = None,
        kind: str = "application/json",
        agent: str = "lab",
    ) -> Call:
        parts = urlsplit(path)
        asked = dict(parse_qsl(parts.query)) | query
        return Call(method, parts.path, self.user, asked, body, kind, agent=agent)
