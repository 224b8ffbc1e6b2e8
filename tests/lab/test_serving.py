"""The played servers' listeners."""

from __future__ import annotations

import asyncio

from kubectl_ingress.lab.serving import HttpServer, Response
from tests.ports_free import free_ports


def test_opened_twice_at_once_it_listens_once() -> None:
    async def both() -> None:
        server = HttpServer("127.0.0.1", free_ports(1)[0], lambda _: Response(200))
        await asyncio.gather(server.open(), server.open())
        await server.close()

    asyncio.run(both())
