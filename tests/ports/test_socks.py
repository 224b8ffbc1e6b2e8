"""A SOCKS proxy before the API server, as `ssh -D` to a bastion is one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlsplit

import pytest

from kubectl_ingress.errors import ApiUnreachable
from tests.answering import PATH, World
from tests.kubeconfigs import Home
from tests.live.recorder import json_answer
from tests.ports_free import free_ports

REFUSED = b"\x05\x05\x00\x01" + bytes(6)
GRANTED = b"\x05\x00\x00\x01" + bytes(6)
_IS_NAME = 3


class SocksProxy:
    """SOCKS5 (RFC 1928, with the login of RFC 1929), whatever is asked for leads to `port`."""

    def __init__(self, port: int, answer: bytes = GRANTED) -> None:
        self._reply = answer
        self.logins: list[tuple[str, str]] = []
        self.asked: list[tuple[str, int]] = []
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as came:
            methods = came.read(came.read(2)[1])
            client.sendall(b"\x05\x02" if b"\x02" in methods else b"\x05\x00")
            if b"\x02" in methods:
                came.read(1)
                self.logins.append((_text(came), _text(came)))
                client.sendall(b"\x01\x00")
            kind = came.read(4)[3]
            host = _text(came) if kind == _IS_NAME else socket.inet_ntoa(came.read(4))
            self.asked.append((host, int.from_bytes(came.read(2), "big")))
            client.sendall(self._reply)
            if self._reply != GRANTED:
                return
            with socket.create_connection(("127.0.0.1", self._port)) as server:
                back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                back.start()
                _copy(client, server)
                back.join()


def _text(came: BinaryIO) -> str:
    return came.read(came.read(1)[0]).decode()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(Home(tmp_path), stack)


@pytest.mark.parametrize("login", [("", ""), ("jane", "secret"), ("ja:ne", "p@ ss")])
def test_it_is_asked_for_the_name_of_the_server(world: World, login: tuple[str, str]) -> None:
    server = world.serve(json_answer({"kind": "X"}))
    port = urlsplit(server.url).port
    assert port is not None
    with closing(SocksProxy(port)) as proxy:
        typed = f"{quote(login[0])}:{quote(login[1])}@" if login[0] else ""
        world.home.variables["HTTP_PROXY"] = f"socks5://{typed}{proxy.address}"
        assert world.cluster("http://api.test:8080").request("GET", PATH) == {"kind": "X"}
        # The look-up is the proxy's, as with kubectl.
        assert proxy.asked == [("api.test", 8080)]
        assert proxy.logins == ([login] if login[0] else [])


@pytest.mark.parametrize("server", ["http://api.test:8080", "https://api.test"])
@pytest.mark.parametrize(
    ("is_there", "why"), [(False, "Connection refused"), (True, "0x05: Connection refused")]
)
def test_one_that_lets_nobody_through_is_told_as_such(
    world: World, server: str, is_there: bool, why: str
) -> None:
    proxy = SocksProxy(1, REFUSED)
    with closing(proxy):
        if not is_there:
            proxy.address = f"127.0.0.1:{free_ports(1)[0]}"
        cluster = world.cluster(server, cluster={"proxy-url": f"socks5://{proxy.address}"})
        with pytest.raises(ApiUnreachable) as caught:
            cluster.request("POST", PATH)
    assert caught.value.sentence == (
        f"the proxy before the API server at {server} does not let us through: {why} (context main)"
    )
    assert caught.value.next_step == "check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY"
