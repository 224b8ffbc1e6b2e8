"""New routes while requests are under way, on both web servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from socket import socket

import pytest

from tests.dataplane.serving import (
    SERVERS,
    Endpoint,
    answering,
    connected,
    exchange,
    get,
    read_answer,
    serving,
    table_of,
)
from tests.waiting import wait_for

Make = Callable[[Callable[[socket], None]], Endpoint]


@pytest.mark.parametrize("kind", SERVERS)
def test_an_answer_under_way_outlasts_new_routes(kind: str, endpoint: Make, tmp_path: Path) -> None:
    may_answer = threading.Event()

    def play(connection: socket) -> None:
        if len(slow.connections) == 1:
            may_answer.wait(10)
        answering(b"slow")(connection)

    slow, other = endpoint(play), endpoint(answering(b"other"))
    with (
        serving(kind, table_of(slow.target), tmp_path) as served,
        connected(served.listen.http, timeout=10) as client,
    ):
        client.sendall(get())
        wait_for(lambda: slow.connections, 5, "it is under way")
        served.load_routes(other.target)
        wait_for(lambda: told_by_other(served.listen.http), 5, "the new routes hold")
        # Longer than a server that is in a hurry to be rid of old workers would leave it.
        time.sleep(1.5)
        may_answer.set()
        assert read_answer(client).body == b"slow"


def told_by_other(port: int) -> bool:
    return exchange(port, get()).body == b"other"
