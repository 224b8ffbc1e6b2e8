"""The API of a real API server, over HTTP, as the played components use it."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from kubectl_ingress.lab.api import Api, ApiError, Change, Json

RESTART_SECONDS = 20.0


class HttpApi(Api):
    """One user's view of the API server, for use inside one event loop."""

    lost = (httpx.TransportError,)

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

    async def _ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        kind: str = "application/json",
        agent: str = "lab",
    ) -> Json:
        request = self._client.build_request(
            method,
            path,
            content=None if body is None else json.dumps(body),
            headers=self._headers(agent) | {"Content-Type": kind},
        )
        response = await self._send(request)
        if response.status_code >= 300:
            raise _refusal(response)
        answer: Json = response.json()
        return answer

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """Send it; again while a test restarts the API server, as kubelets and clouds do."""
        deadline = time.monotonic() + RESTART_SECONDS
        while True:
            try:
                return await self._client.send(request)
            except httpx.TransportError as error:
                # What creates is sent twice only if it was not sent at all.
                again = request.method != "POST" or isinstance(error, httpx.ConnectError)
                if not again or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.2)

    def _headers(self, agent: str = "lab") -> dict[str, str]:
        # The API server takes the part before the slash as field manager.
        return {"Authorization": f"Bearer {self._token}", "User-Agent": f"{agent}/bed"}


def _refusal(response: httpx.Response) -> ApiError:
    try:
        text = str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        text = response.text
    return ApiError(response.status_code, text)
