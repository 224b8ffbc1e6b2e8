"""The API for the lab's own components, without a connection between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from kubectl_ingress.lab.api import MERGE, ApiError, Change, Json, relisted
from kubectl_ingress.lab.apiserver.accounts import User
from kubectl_ingress.lab.apiserver.requests import Call
from kubectl_ingress.lab.apiserver.server import ApiServer, Streamed, encode
from kubectl_ingress.lab.apiserver.status import Refused

COMPONENT = User("system:lab", ("system:masters", "system:authenticated"))
_WATCH = {"watch": "1", "timeoutSeconds": "3600"}
_RETRY_SECONDS = 0.2


@dataclass(frozen=True)
class LocalApi:
    """Implements Api. What it gives is the caller's own: the store never sees it changed."""

    server: ApiServer
    user: User = COMPONENT

    def as_user(self, token: str) -> LocalApi:
        """See Api."""
        user = self.server.accounts.authenticate(f"Bearer {token}")
        if user is None:
            raise ApiError(401, "Unauthorized")
        return LocalApi(self.server, user)

    async def get(self, path: str) -> Json:
        """See Api."""
        return await self._ask("GET", path)

    async def find(self, path: str) -> Json | None:
        """See Api."""
        try:
            return await self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def create(self, path: str, body: Json, agent: str = "lab") -> Json:
        """See Api."""
        return await self._ask("POST", path, body, agent=agent)

    async def replace(self, path: str, body: Json, agent: str = "lab") -> Json:
        """See Api."""
        return await self._ask("PUT", path, body, agent=agent)

    async def patch(self, path: str, body: Json, kind: str = MERGE, agent: str = "lab") -> Json:
        """See Api."""
        return await self._ask("PATCH", path, body, kind=kind, agent=agent)

    async def delete(
        self, path: str, uid: str = "", grace: int | None = 0, policy: str = ""
    ) -> None:
        """See Api."""
        options: Json = {} if grace is None else {"gracePeriodSeconds": grace}
        if policy:
            options["propagationPolicy"] = policy
        if uid:
            options["preconditions"] = {"uid": uid}
        try:
            await self._ask("DELETE", path, options)
        except ApiError as error:
            # 409 means that the name belongs to another object by now.
            if error.status not in (404, 409):
                raise

    async def follow(self, path: str) -> AsyncIterator[Change]:
        """See Api."""
        known: dict[str, Json] = {}
        while True:
            try:
                listed = await self.get(path)
                for change in relisted(known, listed):
                    yield change
                version = listed["metadata"]["resourceVersion"]
                async for kind, item in self._watch(path, version):
                    uid = item["metadata"]["uid"]
                    if kind == "DELETED":
                        known.pop(uid, None)
                    else:
                        known[uid] = item
                    yield kind, item
            except ApiError as error:
                if error.status != 410:
                    raise
            await asyncio.sleep(_RETRY_SECONDS)

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
        if isinstance(answer, Streamed) or isinstance(answer.body, str):
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
