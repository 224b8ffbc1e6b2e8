"""New routes while requests are under way, on both web servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from socket import socket

import pytest

from kubectl_ingress.dataplane.certificates import write_fake
from kubectl_ingress.dataplane.process import Nginx
from kubectl_ingress.dataplane.server import Listen
from tests.dataplane.serving import (
    SERVERS,
    Endpoint,
    answering,
    connected,
    exchange,
    get,
    needs_nginx,
    read_answer,
    serving,
    table_of,
)
from tests.ports_free import free_ports
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


@needs_nginx
def test_new_routes_before_nginx_has_begun_do_not_end_it(endpoint: Make, tmp_path: Path) -> None:
    first, other = endpoint(answering(b"first")), endpoint(answering(b"other"))
    server = Nginx(Listen("127.0.0.1", *free_ports(3)), tmp_path)
    # It takes signals only once it has read its configuration, which takes its time on a busy
    # machine; -t is asked before.
    slow = tmp_path / "slow"
    slow.write_text(
        f'#!/bin/sh\ncase " $* " in *" -t "*) ;; *) sleep 0.5 ;; esac\nexec {server.program} "$@"\n'
    )
    slow.chmod(0o755)
    server.program = str(slow)
    certificates = {"": write_fake(tmp_path)}
    try:
        assert server.load(table_of(first.target), certificates)
        assert server.load(table_of(other.target), certificates)
        wait_for(lambda: told_by_other(server.listen.http), 5, "the new routes hold")
    finally:
        server.stop()
