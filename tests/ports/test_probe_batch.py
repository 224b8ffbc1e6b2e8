"""Many probes at a time: order, connections, memory, and leaving before the end."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from kubectl_ingress.core.answer import Failure, Plan, Wire
from kubectl_ingress.core.request import Request
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.probe import HttpProber
from tests.ports.probe_servers import OK, answered, failed, read_request, serving
from tests.waiting import wait_for

KEPT = Wire(keep_alive=True)


class Counting:
    """Answers with the request's target; counts connections, and those at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.connections = 0
        self.open = 0
        self.most = 0
        self._seconds = seconds
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self.open += 1
            self.most = max(self.most, self.open)
        try:
            while request := read_request(connection):
                time.sleep(self._seconds)
                target = request.split(b" ")[1]
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(target) + target
                )
        finally:
            with self._lock:
                self.open -= 1


def plans(port: int, count: int, wire: Wire = Wire()) -> Iterator[Plan]:
    for number in range(count):
        yield Plan(Request("h", f"/{number}"), "127.0.0.1", port, max_time=5, wire=wire)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_each_answer_is_its_own_plan_s(concurrency: int) -> None:
    with serving(Counting()) as port:
        found = list(HttpProber().send_all(plans(port, 100, KEPT), concurrency=concurrency))
    assert sorted(sent.index for sent in found) == list(range(100))
    assert all(answered(sent.result).text == f"/{sent.index}" for sent in found)
    if concurrency == 1:
        assert [sent.index for sent in found] == list(range(100))
        assert [sent.at for sent in found] == sorted(sent.at for sent in found)


def test_by_itself_each_request_has_a_connection_of_its_own() -> None:
    server = Counting()
    with serving(server) as port:
        found = [answered(s.result) for s in HttpProber().send_all(plans(port, 30))]
    assert server.connections == 30
    assert all(one.timings.connect is not None for one in found)


def test_kept_connections_are_as_many_as_there_are_senders() -> None:
    server = Counting(0.002)
    with serving(server) as port:
        sent = list(HttpProber().send_all(plans(port, 100, KEPT), concurrency=5))
        wait_for(lambda: server.open == 0, 5, "the connections are closed")
    assert (server.connections, server.most) == (5, 5)
    reused = [s for s in sent if answered(s.result).timings.connect is None]
    assert len(reused) == 95
    assert all(answered(s.result).timings.dns is None for s in reused)
    assert all(answered(s.result).peer == "127.0.0.1" for s in reused)


def test_no_connection_is_for_two_hosts() -> None:
    server = Counting()
    with serving(server) as port:
        hosts = ("a.example", "a.example", "b.example")
        several = [Plan(Request(host), "127.0.0.1", port, wire=KEPT) for host in hosts]
        assert len(list(HttpProber().send_all(several))) == 3
    assert server.connections == 2


@pytest.mark.parametrize("last", [OK, OK + b"HTTP/1.1 500 Hidden\r\n\r\n"])
def test_a_connection_that_was_closed_meanwhile_is_made_anew(last: bytes) -> None:
    """Whether its end was seen in time or not, and whatever nobody asked for."""

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(last)
        read_request(connection)

    with serving(serve) as port:
        found = [answered(s.result) for s in HttpProber().send_all(plans(port, 5, KEPT))]
    assert [one.status for one in found] == [200] * 5


def test_a_kept_connection_that_breaks_within_an_answer_is_told() -> None:
    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(OK)
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")

    with serving(serve) as port:
        first, second = (s.result for s in HttpProber().send_all(plans(port, 2, KEPT)))
    assert answered(first).status == 200
    assert failed(second).why is Failure.BROKEN


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 304 Not Modified\r\n\r\nok",
    ],
)
def test_a_connection_that_may_not_be_used_again_is_not(said: bytes) -> None:
    connections = itertools.count()

    def serve(connection: socket.socket) -> None:
        next(connections)
        while read_request(connection):
            connection.sendall(said)

    with serving(serve) as port:
        assert len(list(HttpProber().send_all(plans(port, 3, KEPT)))) == 3
    assert next(connections) == 3


def test_nothing_is_sent_before_the_last_answer_has_been_looked_at() -> None:
    server = Counting()
    with serving(server) as port:
        results = HttpProber().send_all(plans(port, 30))
        for _ in range(3):
            next(results)
        time.sleep(0.05)
        assert server.connections == 3


def test_plans_are_taken_when_they_are_sent_and_no_earlier() -> None:
    taken: list[int] = []

    def noted(port: int) -> Iterator[Plan]:
        for number, plan in enumerate(plans(port, 10_000)):
            taken.append(number)
            yield plan

    with serving(Counting()) as port:
        results = HttpProber().send_all(noted(port), concurrency=4)
        next(results)
        time.sleep(0.2)
        # Four are kept by those who send, eight wait to be looked at.
        assert len(taken) <= 1 + 4 + 8
        results.close()  # type: ignore[attr-defined]


def test_leaving_gives_up_what_is_on_its_way() -> None:
    def serve(connection: socket.socket) -> None:
        if read_request(connection).startswith(b"GET /0 "):
            connection.sendall(OK)
        connection.recv(1)

    before = threading.active_count()
    with serving(serve) as port:
        results = HttpProber().send_all(plans(port, 1000), concurrency=10)
        assert answered(next(results).result).status == 200
        begun = time.monotonic()
        results.close()  # type: ignore[attr-defined]
        assert time.monotonic() - begun < 3
    wait_for(lambda: threading.active_count() <= before, 5, "the threads end")


def test_a_mistake_ends_the_batch_where_it_is_consumed() -> None:
    request = Request("h", scheme="https")
    with serving(Counting()) as port:
        plan = Plan(request, "127.0.0.1", port, wire=Wire(cacert="/nowhere"))
        with pytest.raises(InputError):
            list(HttpProber().send_all([plan], concurrency=3))


def test_a_failing_source_ends_the_batch() -> None:
    def broken(port: int) -> Iterator[Plan]:
        yield from plans(port, 5)
        raise RuntimeError("the source")

    for concurrency in (1, 3):
        with serving(Counting()) as port, pytest.raises(RuntimeError, match="the source"):
            list(HttpProber().send_all(broken(port), concurrency=concurrency))
