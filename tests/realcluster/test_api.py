"""List and watch as the played components do it: no change is lost, and no ghost is kept."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from .api import HttpApi


def item(name: str, value: int) -> dict[str, Any]:
    return {"metadata": {"uid": name, "name": name}, "value": value}


def listed(*items: dict[str, Any]) -> httpx.Response:
    head = {"apiVersion": "v1", "kind": "ThingList", "metadata": {"resourceVersion": "7"}}
    return httpx.Response(200, json=head | {"items": items})


def watched(*changes: tuple[str, dict[str, Any]]) -> httpx.Response:
    head = {"apiVersion": "v1", "kind": "Thing"}
    lines = [json.dumps({"type": kind, "object": head | changed}) for kind, changed in changes]
    return httpx.Response(200, text="\n".join(lines))


async def follow(answers: list[httpx.Response | Exception], count: int) -> list[Any]:
    """The first changes that come of these answers of the API server."""

    def answer(_: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    api = HttpApi("https://api", "token", transport=httpx.MockTransport(answer))
    changes = []
    async for kind, changed in api.follow("/api/v1/things"):
        assert (changed["apiVersion"], changed["kind"]) == ("v1", "Thing")
        changes.append((kind, changed["metadata"]["name"], changed["value"]))
        if len(changes) == count:
            break
    await api.close()
    return changes


def test_a_new_list_tells_what_the_watch_could_not() -> None:
    expired = {"code": 410, "message": "too old resource version"}
    answers: list[httpx.Response | Exception] = [
        listed(item("a", 1), item("b", 1)),
        watched(("ADDED", item("d", 1)), ("ERROR", expired)),
        listed(item("b", 2), item("c", 2)),
        httpx.ReadError("connection lost"),
        httpx.ConnectError("connection refused"),
        listed(),
    ]
    changes = asyncio.run(follow(answers, 9))
    assert changes[:3] == [("ADDED", "a", 1), ("ADDED", "b", 1), ("ADDED", "d", 1)]
    # The version had expired: a and d went meanwhile, b may have changed, c is new.
    assert sorted(changes[3:7]) == [
        ("ADDED", "c", 2),
        ("DELETED", "a", 1),
        ("DELETED", "d", 1),
        ("MODIFIED", "b", 2),
    ]
    # The connection was lost: all that was left went meanwhile.
    assert sorted(changes[7:]) == [("DELETED", "b", 2), ("DELETED", "c", 2)]
