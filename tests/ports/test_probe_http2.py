"""HTTP/2, against h2's own server side and against what is none."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import pytest

from kubectl_ingress.core.answer import Failure, Http, Plan, Wire
from kubectl_ingress.core.request import Request
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.probe import BODY_LIMIT, HttpProber
from tests.ports.probe_servers import (
    OK,
    Authority,
    Serve,
    answered,
    failed,
    read_request,
    saying,
    send,
    serving,
)

AT_ONCE = Wire(http=Http.TWO_AT_ONCE)
Answering = Callable[[h2.connection.H2Connection, socket.socket, h2.events.RequestReceived], None]


def speaking(answer: Answering) -> Serve:
    """A server of HTTP/2 that gives each request to `answer` once its body is there too."""

    def serve(connection: socket.socket) -> None:
        config = h2.config.H2Configuration(client_side=False, validate_outbound_headers=False)
        state = h2.connection.H2Connection(config)
        state.initiate_connection()
        connection.sendall(state.data_to_send())
        asked: dict[int | None, h2.events.RequestReceived] = {}
        while data := connection.recv(65536):
            try:
                events = state.receive_data(data)
            except h2.exceptions.ProtocolError:
                # We have ended it ourselves.
                return
            for event in events:
                if isinstance(event, h2.events.RequestReceived):
                    asked[event.stream_id] = event
                elif isinstance(event, h2.events.DataReceived):
                    state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    answer(state, connection, asked[event.stream_id])
            connection.sendall(state.data_to_send())

    return serve


def replying(*headers: tuple[str, str], body: bytes = b"") -> Answering:
    def answer(
        state: h2.connection.H2Connection,
        connection: socket.socket,
        asked: h2.events.RequestReceived,
    ) -> None:
        state.send_headers(asked.stream_id, headers)
        state.send_data(asked.stream_id, body, end_stream=True)

    return answer


def echo(
    state: h2.connection.H2Connection, _: socket.socket, asked: h2.events.RequestReceived
) -> None:
    """The request's headers, as they came, as the body."""
    body = "".join(f"{k.decode()}={v.decode()}\n" for k, v in asked.headers).encode()
    state.send_headers(asked.stream_id, [(":status", "201"), ("x-a", "1"), ("x-a", "2")])
    state.send_data(asked.stream_id, body, end_stream=True)


def test_with_prior_knowledge_and_without_tls() -> None:
    request = Request(
        "shop.example",
        "/a//b?x=%zz",
        headers=(("X-Mine", "1"), ("Connection", "keep-alive"), ("Upgrade", "websocket")),
        port=8080,
    )
    with serving(speaking(echo)) as port:
        found = answered(send(port, request, wire=AT_ONCE))
    lines = found.text.splitlines()
    assert lines[:4] == [
        ":method=GET",
        ":authority=shop.example:8080",
        ":scheme=http",
        ":path=/a//b?x=%zz",
    ]
    assert "x-mine=1" in lines
    assert not [line for line in lines if line.startswith(("connection", "upgrade", "host"))]
    assert (found.status, found.http, found.tls) == (201, "2", "")
    assert [v for k, v in found.headers if k == "x-a"] == ["1", "2"]
    assert found.timings.first_byte is not None
    assert found.timings.first_byte <= found.timings.total


def test_a_body_is_sent() -> None:
    with serving(speaking(echo)) as port:
        request = Request("h", method="PUT")
        found = answered(send(port, request, body=b"a" * 200_000, wire=AT_ONCE))
    assert "content-length=200000" in found.text


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    authority = Authority(tmp_path)
    return authority.server("shop.example"), authority.file


@pytest.mark.parametrize(
    ("http", "offered", "spoken"),
    [
        (Http.TWO, ["h2", "http/1.1"], "2"),
        (Http.TWO, ["http/1.1"], "1.1"),
        (Http.TWO, [], "1.1"),
        (Http.ONE, ["h2", "http/1.1"], "1.1"),
        (Http.TWO_AT_ONCE, ["h2"], "2"),
        (Http.TWO_AT_ONCE, [], "2"),
    ],
)
def test_what_is_spoken_is_agreed_on_in_the_handshake(
    tls: tuple[ssl.SSLContext, str], http: Http, offered: list[str], spoken: str
) -> None:
    context, ca = tls
    if offered:
        context.set_alpn_protocols(offered)
    server = speaking(echo) if spoken == "2" else saying(OK)
    with serving(server, context) as port:
        wire = Wire(http=http, cacert=ca)
        found = answered(send(port, Request("shop.example", scheme="https"), wire=wire))
    assert (found.http, found.tls) == (spoken, "TLSv1.3")
    assert found.certificate is not None


def test_http_2_is_not_offered_where_there_is_no_tls() -> None:
    with serving(saying(OK)) as port:
        assert answered(send(port, wire=Wire(http=Http.TWO))).http == "1.1"


def test_a_kept_connection_serves_the_next_request() -> None:
    wire = Wire(http=Http.TWO_AT_ONCE, keep_alive=True)
    with serving(speaking(echo)) as port:
        plans = [Plan(Request("h", f"/{n}"), "127.0.0.1", port, wire=wire) for n in range(5)]
        found = [answered(sent.result) for sent in HttpProber().send_all(plans)]
    assert [f":path=/{n}" in one.text for n, one in enumerate(found)] == [True] * 5
    assert [one.timings.connect for one in found[2:]].count(None) >= 2


def test_an_endless_body_is_cut() -> None:
    def answer(
        state: h2.connection.H2Connection,
        connection: socket.socket,
        asked: h2.events.RequestReceived,
    ) -> None:
        state.send_headers(asked.stream_id, [(":status", "200")])
        while True:
            room = state.local_flow_control_window(asked.stream_id)
            size = min(room, state.max_outbound_frame_size)
            state.send_data(asked.stream_id, b"a" * size)
            connection.sendall(state.data_to_send())
            if not size:
                state.receive_data(connection.recv(65536))

    with serving(speaking(answer)) as port:
        found = answered(send(port, wire=AT_ONCE))
    assert (len(found.body), found.truncated) == (BODY_LIMIT, True)


def test_what_drips_is_not_waited_for_beyond_max_time() -> None:
    def answer(
        state: h2.connection.H2Connection,
        connection: socket.socket,
        asked: h2.events.RequestReceived,
    ) -> None:
        state.send_headers(asked.stream_id, [(":status", "200")])
        while True:
            state.send_data(asked.stream_id, b"a")
            connection.sendall(state.data_to_send())
            time.sleep(0.02)

    with serving(speaking(answer)) as port:
        begun = time.monotonic()
        found = failed(send(port, wire=AT_ONCE, max_time=0.3))
        assert time.monotonic() - begun < 3
    assert (found.why, found.detail) == (Failure.TIMEOUT, "no whole answer within 0.3 s")


def give_up(
    state: h2.connection.H2Connection, _: socket.socket, asked: h2.events.RequestReceived
) -> None:
    state.reset_stream(asked.stream_id, 2)


def go_away(
    state: h2.connection.H2Connection, _: socket.socket, asked: h2.events.RequestReceived
) -> None:
    state.close_connection(11)


def give_up_within(
    state: h2.connection.H2Connection, _: socket.socket, asked: h2.events.RequestReceived
) -> None:
    state.send_headers(asked.stream_id, [(":status", "200")])
    state.send_data(asked.stream_id, b"a")
    state.reset_stream(asked.stream_id, 2)


@pytest.mark.parametrize(
    ("server", "why", "detail"),
    [
        (speaking(give_up), Failure.BROKEN, "gave the request up (INTERNAL_ERROR)"),
        (speaking(give_up_within), Failure.BROKEN, "gave the request up (INTERNAL_ERROR)"),
        (speaking(go_away), Failure.BROKEN, "ended the connection (ENHANCE_YOUR_CALM)"),
        (
            speaking(replying((":status", "200"), ("content-length", "9"), body=b"x")),
            Failure.GARBAGE,
            "",
        ),
        (speaking(replying((":status", "200"), ("content-length", "x"))), Failure.GARBAGE, ""),
        (speaking(replying((":status", "abc"))), Failure.GARBAGE, ""),
        (speaking(replying((":status", "200"), ("x", "a" * 100_000))), Failure.GARBAGE, ""),
        (saying(OK), Failure.GARBAGE, "the answer is in HTTP/1"),
        (saying(b"hello"), Failure.BROKEN, "closed before the end of the answer"),
        (lambda connection: read_request(connection) and None, Failure.BROKEN, ""),
    ],
)
def test_what_goes_wrong_is_told(server: Serve, why: Failure, detail: str) -> None:
    with serving(server) as port:
        found = failed(send(port, wire=AT_ONCE))
    assert (found.why, found.phase) == (why, "answer")
    assert detail in found.detail


def test_a_request_that_http_2_has_no_form_for_is_a_mistake_of_the_caller() -> None:
    request = Request("h", headers=(("te", "gzip"),))
    with serving(speaking(echo)) as port, pytest.raises(InputError, match="in HTTP/2"):
        send(port, request, wire=AT_ONCE)
