"""A recipe's file over the network: the real program, the real address, a server of ours.

The program finds it by HTTPS_PROXY, which leads every connection to this server, and trusts its
certificate by SSL_CERT_FILE, as it would a company's.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kubectl_ingress.certificates import self_signed
from kubectl_ingress.recipes import Manifests
from kubectl_ingress.recipes._catalogue import find_recipe
from tests.recipes.upstream import by_digest, needed

HOST = "raw.githubusercontent.com"


@contextmanager
def proxy(directory: Path, body: bytes, asked: list[str]) -> Iterator[str]:
    """Plays the proxy and all that is behind it; its address. `asked` gets what was asked for."""
    made = self_signed([HOST], datetime.now(UTC) - timedelta(hours=1))
    (directory / "tls.crt").write_bytes(made[0])
    (directory / "tls.key").write_bytes(made[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "tls.crt", directory / "tls.key")

    def serve(connection: socket.socket) -> None:
        with connection:
            asked.append(_head(connection))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with context.wrap_socket(connection, server_side=True) as inner:
                asked.append(_head(inner))
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
                inner.sendall(head.encode() + body)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def _head(connection: socket.socket) -> str:
    """The first line of a request, the whole of whose head is read."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += connection.recv(1)
    return data.decode().splitlines()[0]


def install(directory: Path, address: str) -> subprocess.CompletedProcess[str]:
    words = ("install", "haproxytech", "--dry-run=client", "-o", "name")
    env = {
        "PATH": os.environ["PATH"],
        "XDG_CACHE_HOME": str(directory / "cache"),
        "HTTPS_PROXY": address,
        "SSL_CERT_FILE": str(directory / "tls.crt"),
    }
    command = [sys.executable, "-m", "kubectl_ingress", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@needed
def test_it_is_fetched_once_from_where_the_project_has_it(tmp_path: Path) -> None:
    recipe = find_recipe("haproxytech")
    assert isinstance(recipe, Manifests)
    [file] = recipe.releases[0].files
    asked: list[str] = []
    with proxy(tmp_path, by_digest()[file.sha256].read_bytes(), asked) as address:
        done = install(tmp_path, address)
    assert done.returncode == 0, done.stderr
    assert "deployment.apps/haproxy-kubernetes-ingress" in done.stdout.splitlines()
    path = "/haproxytech/kubernetes-ingress/v3.2.11/deploy/haproxy-ingress.yaml"
    assert asked == [f"CONNECT {HOST}:443 HTTP/1.1", f"GET {path} HTTP/1.1"]
    # Nobody is there any more, and nobody is needed.
    again = install(tmp_path, address)
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert "(fetched before)" in again.stderr


def test_another_file_is_refused_and_not_kept(tmp_path: Path) -> None:
    with proxy(tmp_path, b"kind: Evil\n", []) as address:
        done = install(tmp_path, address)
    assert (done.returncode, done.stdout) == (2, "")
    said = " ".join(done.stderr.split())
    assert "is not the file that is meant" in said
    assert "nothing of it was read, and nothing was changed" in said
    assert "kubectl ingress install haproxytech --manifest FILE" in said
    assert not (tmp_path / "cache").exists()
