"""What the printed curl command sends is what was sent: real curl runs it, and gets the same."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kubectl_ingress.core.answer import Answer, Http, Plan, Wire
from kubectl_ingress.core.curl import curl_command
from kubectl_ingress.core.request import Request
from kubectl_ingress.dataplane.process import find_nginx
from kubectl_ingress.ports.probe import HttpProber
from tests.ports.probe_servers import Authority, answered, read_request, serving
from tests.ports_free import free_ports
from tests.waiting import wait_for

FORM = ("Content-Type", "application/x-www-form-urlencoded")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
needs_nginx = pytest.mark.skipif(find_nginx() is None, reason="no nginx on this machine")
pytestmark = needs_curl


def echo(connection: socket.socket) -> None:
    """Answers 202 with the request as it came, but for the User-Agent and the headers' order."""
    head, _, body = read_request(connection).partition(b"\r\n\r\n")
    line, *headers = head.split(b"\r\n")
    lengths = [int(h.split(b":")[1]) for h in headers if h.lower().startswith(b"content-length")]
    while len(body) < sum(lengths):
        body += connection.recv(65536)
    told = sorted(h.rstrip() for h in headers if not h.lower().startswith(b"user-agent"))
    said = b"\n".join([line, *told, b"", body])
    if line.startswith(b"HEAD "):
        said = b""
    connection.sendall(
        b"HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(said)
    )
    connection.sendall(said)


def by_curl(plan: Plan, home: Path) -> tuple[str, int, bytes]:
    """Version, status and body of what the command prints, whose file of settings is not read.

    The body is put in its place, as a user would.
    """
    line, body_file = curl_command(plan), home / "body"
    body_file.write_bytes(plan.body or b"")
    line = line.replace("--data-raw VALUE", f"--data-binary @{body_file}")
    done = subprocess.run(
        ["sh", "-c", line],
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    version, status = head.split(None, 2)[:2]
    return version.decode().removeprefix("HTTP/"), int(status), body


def same(plan: Plan, home: Path) -> Answer:
    """The prober's answer, which curl had too."""
    found = answered(HttpProber().send(plan))
    assert by_curl(plan, home) == (found.http, found.status, found.body)
    return found


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (Request("shop.example"), None),
        (Request("shop.example", "/a//b/../c/./?x={}[]&y=%zz"), None),
        (Request("shop.example", port=8080), None),
        (Request("shop.example", "http://other.example/x"), None),
        (Request("shop.example", method="DELETE"), None),
        (Request("shop.example", method="HEAD"), None),
        (Request("shop.example", headers=(("X-A", "1"), ("X-Empty", ""), ("Accept", "a/b"))), None),
        (Request("shop.example", headers=(("Cookie", "a=always; b=never"),)), None),
        (Request("shop.example", method="POST", headers=(FORM,)), b"a=1&b=2"),
        (Request("shop.example", method="POST", headers=(FORM,)), b""),
        (Request("shop.example", method="POST", headers=(FORM,)), b"@/etc/hostname"),
        (Request("shop.example", method="POST"), b'{"a": "it\'s"}\n'),
        (Request("shop.example", method="PUT", headers=(("Content-Type", "a/b"),)), "ä€".encode()),
        (Request("shop.example", method="POST", headers=(FORM,)), bytes(range(256))),
    ],
)
def test_the_same_request(request_: Request, body: bytes | None, tmp_path: Path) -> None:
    with serving(echo) as port:
        found = same(Plan(request_, "127.0.0.1", port, body), tmp_path)
    assert found.status == 202
    if request_.method != "HEAD":
        assert found.body.startswith(f"{request_.method} {request_.target} HTTP/1.1\n".encode())


def test_the_same_certificates(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = authority.server("shop.example")
    server.verify_mode = server.verify_mode.CERT_OPTIONAL
    server.load_verify_locations(authority.file)
    cert, key = authority.pair("client")
    request = Request("shop.example", scheme="https")
    with serving(echo, server) as port:
        wire = Wire(cacert=authority.file, cert=cert, key=key, family=4, connect_time=5)
        same(Plan(request, "localhost", port, wire=wire), tmp_path)
        same(Plan(request, "127.0.0.1", port, verify=False), tmp_path)


CONF = """\
worker_processes 1;
error_log stderr crit;
pid {folder}/pid;
daemon off;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    server {{
        listen 127.0.0.1:{tls} ssl http2;
        listen [::1]:{tls} ssl http2;
        listen 127.0.0.1:{clear} http2;
        server_name shop.example;
        default_type text/plain;
        location / {{ return 200 "$server_protocol $scheme $host $uri\\n"; }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, authority: Authority) -> Iterator[tuple[int, int]]:
    """The ports of one that speaks HTTP/2: with TLS, and without."""
    binary = find_nginx()
    assert binary
    tls, clear = free_ports(2)
    cert, key = authority.pair("shop.example")
    conf = folder / "nginx.conf"
    conf.write_text(CONF.format(folder=folder, cert=cert, key=key, tls=tls, clear=clear))
    process = subprocess.Popen([binary, "-p", str(folder), "-c", str(conf)])

    def listens() -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", clear)) == 0

    try:
        wait_for(listens, 5, "nginx listens")
        yield tls, clear
    finally:
        process.terminate()
        process.wait()


@needs_nginx
def test_the_same_versions_of_http(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    secure = Request("shop.example", "/a?b", scheme="https")
    with nginx(tmp_path, authority) as (tls, clear):

        def spoken(request: Request, port: int, http: Http, address: str = "127.0.0.1") -> str:
            wire = Wire(http=http, cacert=authority.file, family=6 if ":" in address else 0)
            return same(Plan(request, address, port, wire=wire), tmp_path).text

        assert spoken(secure, tls, Http.ONE) == "HTTP/1.1 https shop.example /a\n"
        assert spoken(secure, tls, Http.TWO) == "HTTP/2.0 https shop.example /a\n"
        assert spoken(secure, tls, Http.TWO_AT_ONCE) == "HTTP/2.0 https shop.example /a\n"
        assert spoken(secure, tls, Http.TWO, "::1") == "HTTP/2.0 https shop.example /a\n"
        plain = Request("shop.example", "/a?b")
        assert spoken(plain, clear, Http.TWO_AT_ONCE) == "HTTP/2.0 http shop.example /a\n"


def test_the_family_that_is_asked_for(tmp_path: Path) -> None:
    with serving(echo) as port:
        for family, works in ((4, True), (6, False)):
            plan = Plan(Request("h"), "127.0.0.1", port, wire=Wire(family=family))
            assert isinstance(HttpProber().send(plan), Answer) is works
