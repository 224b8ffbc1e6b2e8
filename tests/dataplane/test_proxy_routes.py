"""The proxy's routes and certificates: loaded, replaced, refused."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubectl_ingress.certificates import describe, self_signed
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request
from kubectl_ingress.core.table import Entry, Matcher, MatchKind, RouteTable, Server
from kubectl_ingress.dataplane.certificates import FAKE_NAME, write_secret
from kubectl_ingress.dataplane.proxy import Proxy as ProxyServer
from kubectl_ingress.dataplane.server import CertificateFiles, Listen
from kubectl_ingress.errors import InputError
from tests.dataplane.serving import (
    Endpoint,
    Served,
    answering,
    connected,
    exchange,
    get,
    healthy,
    read_answer,
    receive,
    table_of,
)
from tests.manifests import ingress, nginx, path
from tests.ports_free import free_ports

Proxy = Callable[..., Served]
Make = Callable[[Callable[[socket.socket], None]], Endpoint]


def certificate(directory: Path, name: str, *hosts: str) -> CertificateFiles:
    made = self_signed(hosts, datetime.now(UTC), common_name=name)
    files = CertificateFiles(directory / f"{name}.crt", directory / f"{name}.key")
    files.certificate.write_bytes(made[0])
    files.key.write_bytes(made[1])
    return files


def presented(port: int, name: str | None) -> str:
    """The common name of the certificate that a client gets who asks for this host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with connected(port) as plain, context.wrap_socket(plain, server_hostname=name) as client:
        shown = describe(client.getpeercert(binary_form=True))
    assert shown is not None
    return shown.subject


def test_the_name_a_client_gives_chooses_the_certificate(proxy: Proxy, tmp_path: Path) -> None:
    served = proxy(objects=(ingress("w", "*.example"), ingress("b", "b.example")))
    table = table_of(objects=(ingress("w", "*.example"), ingress("b", "b.example")))
    one, many = (
        certificate(tmp_path, "one", "a.example"),
        certificate(tmp_path, "many", "*.example"),
    )
    certificates = {**served.certificates, "a.example": one, "*.example": many}
    assert served.server.load(table, certificates)
    port = served.listen.https
    for name, wanted in (
        ("a.example", "one"),
        ("A.Example", "one"),
        ("c.example", "many"),
        # As nginx: the server of this host has no certificate, so the wildcard has no say.
        ("b.example", FAKE_NAME),
        ("c.c.example", FAKE_NAME),
        ("elsewhere", FAKE_NAME),
        (None, FAKE_NAME),
    ):
        assert presented(port, name) == wanted, name
    renewed = certificate(tmp_path, "renewed", "a.example")
    assert served.server.load(table, {**certificates, "a.example": renewed})
    assert presented(port, "a.example") == "renewed"
    assert served.server.load(table, served.certificates)
    assert presented(port, "a.example") == FAKE_NAME


def test_requests_over_tls(proxy: Proxy, endpoint: Make) -> None:
    heads: list[bytes] = []

    def play(pod: socket.socket) -> None:
        heads.append(receive(pod))
        pod.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000)

    served = proxy(endpoint(play).target)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with connected(served.listen.https) as plain, context.wrap_socket(plain) as client:
        for _ in range(2):
            client.sendall(get())
            assert read_answer(client).body == b"x" * 100_000
    assert b"X-Forwarded-Proto: https\r\n" in heads[0]
    assert b"X-Forwarded-Port: %d\r\n" % served.listen.https in heads[0]


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01", b""])
def test_what_is_no_tls_ends_the_connection(data: bytes, proxy: Proxy) -> None:
    served = proxy()
    with connected(served.listen.https) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        while client.recv(100):
            pass
    assert presented(served.listen.https, "x") == FAKE_NAME


def test_redirects(proxy: Proxy) -> None:
    go = path("/go/(.*)", kind="ImplementationSpecific")
    away = nginx(use_regex="true", rewrite_target="http://other.example/$1")
    served = proxy(
        objects=(
            ingress("t", "t.example", tls=[{"hosts": ["t.example"], "secretName": "x"}]),
            ingress("s", "s.example", path("/bar/", kind="Exact")),
            ingress("d", "d.example", go, annotations=away),
        )
    )
    for host, target, status, location in (
        ("T.example:80", "/p/?q=\xc3\xa9/", 308, "https://T.example/p/?q=\xc3\xa9"),
        ("[::1]", "/", 404, None),
        ("s.example", "/bar?\xff", 301, "http://s.example/bar/?\xff"),
        # port_in_redirect is off.
        ("s.example:8080", "/bar", 301, "http://s.example/bar/"),
        ("d.example", "/go/x?a=\xe9", 302, "http://other.example/x?a=\xe9"),
        # A line break would be another header.
        ("d.example", "/go/%0d%0aSet-Cookie:x", 302, "http://other.example/%0D"),
    ):
        answer = exchange(served.listen.http, get(target, host))
        assert (answer.status, answer["location"]) == (status, location)


def test_a_rewrite_to_nothing_is_500(proxy: Proxy, endpoint: Make) -> None:
    rewrite = nginx(use_regex="true", rewrite_target="$1")
    only = path("/x(.*)", kind="ImplementationSpecific")
    served = proxy(
        endpoint(answering()).target,
        objects=(ingress("e", "e.example", only, annotations=rewrite),),
    )
    assert exchange(served.listen.http, get("/x", "e.example")).status == 500
    assert exchange(served.listen.http, get("/x/y", "e.example")).status == 200


def test_new_routes_hold_for_the_next_request(proxy: Proxy, endpoint: Make) -> None:
    old, new = endpoint(answering(b"old")).target, endpoint(answering(b"new")).target
    served = proxy(old)
    with connected(served.listen.http) as client:
        client.sendall(get())
        assert read_answer(client).body == b"old"
        served.load_routes(new)
        client.sendall(get())
        assert read_answer(client).body == b"new"


def test_frozen_routes_stay(proxy: Proxy, endpoint: Make) -> None:
    served = proxy(endpoint(answering(b"old")).target)
    twice = ingress("z", "z.example", path("/foo"), path("/foo/"))
    frozen = table_of(endpoint(answering(b"new")).target, objects=(twice,))
    assert frozen.refused is not None
    assert not served.server.load(frozen, served.certificates)
    assert exchange(served.listen.http, get()).body == b"old"
    assert frozen.refused.message in served.read_log()


def test_a_certificate_that_cannot_be_used_is_refused(
    proxy: Proxy, endpoint: Make, tmp_path: Path
) -> None:
    served = proxy(endpoint(answering(b"old")).target)
    one, other = certificate(tmp_path, "one", "x"), certificate(tmp_path, "other", "x")
    mixed = CertificateFiles(one.certificate, other.key)
    table = table_of(endpoint(answering(b"new")).target)
    assert not served.server.load(table, {**served.certificates, "a.example": mixed})
    assert exchange(served.listen.http, get()).body == b"old"
    assert write_secret(tmp_path, "x", {"tls.crt": "", "tls.key": ""}) is None


def test_a_frozen_first_table_listens_nowhere(tmp_path: Path) -> None:
    listen = Listen("127.0.0.1", *free_ports(3))
    server = ProxyServer(listen)
    twice = ingress("z", "z.example", path("/foo"), path("/foo/"))
    assert not server.load(table_of(objects=(twice,)), {})
    assert not healthy(listen)
    server.stop()


def test_it_stops_and_starts_again(proxy: Proxy, endpoint: Make) -> None:
    served = proxy(endpoint(answering(b"ok")).target)
    with connected(served.listen.http) as idle:
        idle.sendall(get())
        assert read_answer(idle).status == 200
        served.server.stop()
        assert idle.recv(1) == b""
    assert not healthy(served.listen)
    served.server.stop()
    served.load_routes(endpoint(answering(b"again")).target)
    assert exchange(served.listen.http, get()).body == b"again"


def test_a_port_that_is_taken_is_said_at_once(proxy: Proxy, tmp_path: Path) -> None:
    served = proxy()
    taken = Listen("127.0.0.1", free_ports(1)[0], served.listen.https, free_ports(1)[0])
    second = ProxyServer(taken)
    with pytest.raises(InputError, match=str(served.listen.https)):
        second.load(table_of(), served.certificates)
    assert not healthy(taken)
    second.stop()
    with pytest.raises(InputError):
        ProxyServer(Listen("127.0.0.1", 70000)).load(table_of(), served.certificates)


@dataclass(frozen=True)
class Fixed:
    """An action that always gives the same Outcome."""

    given: Outcome

    def outcome(self, request: Request, path: str) -> Outcome:
        return self.given

    def steps(self, request: Request, path: str) -> tuple[()]:
        return ()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, Outcome(OutcomeKind.UNDEFINED, candidates=(Outcome(OutcomeKind.REPLY, 404),))),
        (503, Outcome(OutcomeKind.UNDEFINED)),
        (503, Outcome(OutcomeKind.REFUSED)),
        (418, Outcome(OutcomeKind.REPLY, 418)),
        (499, Outcome(OutcomeKind.REPLY, 499)),
    ],
)
def test_outcomes_that_no_controller_has_yet(status: int, outcome: Outcome, proxy: Proxy) -> None:
    served = proxy()
    entry = Entry(Matcher(MatchKind.PREFIX, "/"), (Fixed(outcome),), None)
    table = RouteTable("", "", (), Server("", (entry,)))
    assert served.server.load(table, served.certificates)
    assert exchange(served.listen.http, get()).status == status
