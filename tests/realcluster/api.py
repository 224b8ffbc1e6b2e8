"""The API of a real API server, over HTTP, as the played components use it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from kubectl_ingress.lab.api import MERGE, ApiError, Change, Json, relisted

RETRY_SECONDS = 0.2


class HttpApi:
    """One user's view of the API server, for use inside one event loop."""

    def __init__(
        self,
        url: str,
        token: str,
        ca_file: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            verify=ssl.create_default_context(cafile=None if ca_file is None else str(ca_file)),
            transport=transport,
            timeout=httpx.Timeout(30.0),
            limits=httpx.Limits(max_connections=None),
            # A proxy of the environment has no business here.
            trust_env=False,
        )
        self._token = token

    def as_user(self, token: str) -> HttpApi:
        """The same API server, as someone else."""
        other = object.__new__(HttpApi)
        other._client, other._token = self._client, token
        return other

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(self, path: str) -> Json:
        """One object, or a list."""
        return await self._request("GET", path)

    async def find(self, path: str) -> Json | None:
        """One object, or None where there is none."""
        try:
            return await self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def create(self, path: str, body: Json, agent: str = "bed") -> Json:
        """Create an object; ``path`` is that of its collection."""
        return await self._request("POST", path, body, agent=agent)

    async def replace(self, path: str, body: Json, agent: str = "bed") -> Json:
        """Replace an object."""
        return await self._request("PUT", path, body, agent=agent)

    async def patch(self, path: str, body: Json, kind: str = MERGE, agent: str = "bed") -> Json:
        """Patch an object."""
        return await self._request("PATCH", path, body, kind=kind, agent=agent)

    async def delete(
        self, path: str, uid: str = "", grace: int | None = 0, policy: str = ""
    ) -> None:
        """Delete an object, only if it has this uid; one that is gone is fine."""
        options: Json = {} if grace is None else {"gracePeriodSeconds": grace}
        if policy:
            options["propagationPolicy"] = policy
        if uid:
            options["preconditions"] = {"uid": uid}
        try:
            await self._request("DELETE", path, options)
        except ApiError as error:
            # 409 means that the name belongs to another object by now.
            if error.status not in (404, 409):
                raise

    async def follow(self, path: str) -> AsyncIterator[Change]:
        """List, then watch for ever.

        After a lost connection or an expired version (410) it lists again; what vanished in
        between is then reported as deleted, so that a reader never keeps ghosts.
        """
        known: dict[str, Json] = {}
        while True:
            try:
                listed = await self.get(path)
                for change in relisted(known, listed):
                    yield change
                version = listed["metadata"]["resourceVersion"]
                async for kind, item in self._watch(path, version):
                    if kind == "DELETED":
                        known.pop(item["metadata"]["uid"], None)
                    else:
                        known[item["metadata"]["uid"]] = item
                    yield kind, item
            except httpx.TransportError:
                pass
            except ApiError as error:
                if error.status not in (410, 429) and error.status < 500:
                    raise
            await asyncio.sleep(RETRY_SECONDS)

    async def _watch(self, path: str, version: str) -> AsyncIterator[Change]:
        query = {"watch": "1", "resourceVersion": version}
        timeout = httpx.Timeout(30.0, read=None)
        async with self._client.stream(
            "GET", path, params=query, headers=self._headers(), timeout=timeout
        ) as response:
            if response.status_code != 200:
                await response.aread()
                raise _refusal(response)
            async for line in response.aiter_lines():
                change = json.loads(line)
                if change["type"] == "ERROR":
                    status = change["object"]
                    raise ApiError(status.get("code", 500), status.get("message", ""))
                yield change["type"], change["object"]

    async def _request(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        kind: str = "application/json",
        agent: str = "bed",
    ) -> Json:
        response = await self._client.request(
            method,
            path,
            content=None if body is None else json.dumps(body),
            headers=self._headers(agent) | {"Content-Type": kind},
        )
        if response.status_code >= 300:
            raise _refusal(response)
        answer: Json = response.json()
        return answer

    def _headers(self, agent: str = "bed") -> dict[str, str]:
        # The API server takes the part before the slash as field manager.
        return {"Authorization": f"Bearer {self._token}", "User-Agent": f"{agent}/bed"}


def _refusal(response: httpx.Response) -> ApiError:
    try:
        text = str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        text = response.text
    return ApiError(response.status_code, text)
