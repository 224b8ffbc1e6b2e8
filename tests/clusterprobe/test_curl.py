"""Requests as curl reads them and answers as it writes them, with a real curl between."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_ingress.clusterprobe.curl import BODY_LIMIT, LogCut, curl_files, parse_output
from kubectl_ingress.core.answer import Answer, Failure, Plan, Unreachable, Wire
from kubectl_ingress.core.request import Request
from kubectl_ingress.errors import UsageError

NONCE = "6e6f6e6365"
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


class Server:
    """Answers each connection with the same bytes, and keeps what it got."""

    def __init__(self, answer: bytes) -> None:
        self.got: list[bytes] = []
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                length = 0
                for line in head.split(b"\r\n"):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                start = head.index(b"\r\n\r\n") + 4
                while len(head) < start + length:
                    head += connection.recv(65536)
                self.got.append(head)
                connection.sendall(self._answer)


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(getattr(request, "param", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    yield server
    server.close()


def plan(port: int, target: str = "/", **more: object) -> Plan:
    return Plan(Request("a.test", target), "127.0.0.1", port, max_time=5, **more)  # type: ignore[arg-type]


def sent(directory: Path, plans: Sequence[Plan]) -> tuple[Answer | Unreachable, ...]:
    return parse_output(run(directory, plans), plans, NONCE)


def run(directory: Path, plans: Sequence[Plan]) -> bytes:
    files = curl_files(plans, NONCE)
    (directory / "0").write_text(files.config)
    for name, body in files.bodies.items():
        (directory / name).write_bytes(body)
    done = subprocess.run(
        ["curl", "-q", "-K", "0"], cwd=directory, capture_output=True, check=True, timeout=30
    )
    assert done.stderr == b""
    return done.stdout


@needs_curl
def test_the_request_arrives_as_it_was_planned(served: Server, tmp_path: Path) -> None:
    target = "/a/../b%20[x]{y}?q=1&$(id)#"
    headers = (("X-Quoted", 'a"b\\c\\n'), ("X-Empty", ""), ("Cookie", "a=b; c=d"))
    asked = replace(plan(served.port), request=Request("a.test", target, "http", "PUT", headers))
    asked = replace(asked, body=b"\x00bytes\xff@file")
    (answer,) = sent(tmp_path, [asked])
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.port) == (200, b"ok", served.port)
    head, _, body = served.got[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == f"PUT {target} HTTP/1.1"
    assert body == asked.body
    assert {'X-Quoted: a"b\\c\\n', "X-Empty:", "Cookie: a=b; c=d", "Host: a.test"} <= set(lines)
    names = {line.partition(":")[0] for line in lines[1:]}
    assert not names & {"Content-Type", "Expect", "Accept-Encoding"}


@needs_curl
def test_each_request_has_a_connection_of_its_own_and_its_own_answer(
    served: Server, tmp_path: Path
) -> None:
    plans = [plan(served.port, "/1")] * 2 + [plan(1)] + [plan(served.port, "/2")]
    answers = sent(tmp_path, plans)
    assert [isinstance(one, Answer) for one in answers] == [True, True, False, True]
    assert [one.split(b" ")[1] for one in served.got] == [b"/1", b"/1", b"/2"]
    refused = answers[2]
    assert isinstance(refused, Unreachable)
    assert (refused.why, refused.phase) == (Failure.NOT_CONNECTED, "connect")
    assert answers[0].timings.total >= (answers[0].timings.first_byte or 0) > 0


ODD = {
    "binary": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\xff\x00\r\n\n\x1b",
    "interim": b"HTTP/1.1 103 Early\r\nA: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "forged": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\nfake {}\n",
    "empty": b"HTTP/1.1 204 No Content\r\nX: 1\r\nx: 2\r\n\r\n",
}
BODIES = {"binary": b"\xff\x00\r\n\n\x1b", "interim": b"x", "chunked": b"abc", "empty": b""}
BODIES["forged"] = b"\nfake {}\n"


@needs_curl
@pytest.mark.parametrize(
    ("served", "body"), [(ODD[n], BODIES[n]) for n in ODD], indirect=["served"]
)
def test_bodies_come_back_byte_for_byte(served: Server, body: bytes, tmp_path: Path) -> None:
    answers = sent(tmp_path, [plan(served.port)] * 2)
    assert [one.body for one in answers if isinstance(one, Answer)] == [body, body]


@needs_curl
@pytest.mark.parametrize(
    ("served", "why", "phase"),
    [
        (b"", Failure.BROKEN, "answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", Failure.BROKEN, "answer"),
        (b"nonsense\r\n", Failure.GARBAGE, "answer"),
    ],
    indirect=["served"],
)
def test_answers_that_are_none(served: Server, why: Failure, phase: str, tmp_path: Path) -> None:
    (answer,) = sent(tmp_path, [plan(served.port)])
    assert isinstance(answer, Unreachable)
    assert (answer.why, answer.phase) == (why, phase)


@needs_curl
@pytest.mark.parametrize(
    "served",
    [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1) + b"x" * (BODY_LIMIT + 1)],
    indirect=True,
)
def test_a_large_body_is_left(served: Server, tmp_path: Path) -> None:
    (answer,) = sent(tmp_path, [plan(served.port)])
    assert isinstance(answer, Answer)
    assert (answer.status, answer.truncated) == (200, True)


@needs_curl
def test_names_tls_and_time_are_told_apart(tmp_path: Path) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    late = replace(plan(port), max_time=0.2)
    unknown = replace(plan(80), address="nobody.invalid")
    https = Request("a.test", "/", scheme="https")
    plain = Server(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    secure = replace(plan(plain.port), request=https)
    # A TLS handshake has no blank line: the server would wait for it.
    secure = replace(secure, max_time=0.3)
    answers = sent(tmp_path, [late, unknown, secure])
    silent.close()
    plain.close()
    assert [(one.why, one.phase) for one in answers if isinstance(one, Unreachable)] == [
        (Failure.TIMEOUT, "answer"),
        (Failure.NAME, "dns"),
        (Failure.TIMEOUT, "tls"),
    ]


@needs_curl
def test_a_log_that_is_cut_is_noticed_wherever_it_is_cut(served: Server, tmp_path: Path) -> None:
    plans = [plan(served.port)] * 3
    output = run(tmp_path, plans)
    assert len(parse_output(output, plans, NONCE)) == 3
    # The last line break is of no meaning.
    for place in range(len(output) - 1):
        with pytest.raises(LogCut):
            parse_output(output[:place], plans, NONCE)
        if place:
            with pytest.raises(LogCut):
                parse_output(output[place:], plans, NONCE)
    middle = output.index(NONCE.encode()) - 10
    with pytest.raises(LogCut):
        parse_output(output[:middle] + output[middle + 300 :], plans, NONCE)


def test_what_curl_cannot_be_told_is_refused() -> None:
    with pytest.raises(UsageError, match="control character"):
        curl_files([replace(plan(1), request=Request("a\nurl = b", "/"))], NONCE)
    with pytest.raises(UsageError, match="files of this machine"):
        curl_files([plan(1, wire=Wire(cacert="ca.pem"))], NONCE)


@pytest.mark.parametrize("facts", [b"{}", b"[]", b"null", b'{"exitcode": "0"}', b"\xff"])
def test_measurements_that_are_none(facts: bytes) -> None:
    text = b"HTTP/1.1 200 OK\r\n\r\n\n%s %s\n\n%s end\n" % (NONCE.encode(), facts, NONCE.encode())
    with pytest.raises(LogCut):
        parse_output(text, [plan(1)], NONCE)
