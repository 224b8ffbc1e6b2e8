"""TLS as curl has it: verified for the host, and each failure told apart."""

from __future__ import annotations

import socket
import ssl
import warnings
from pathlib import Path

import pytest

from kubectl_ingress.core.answer import Answer, Failure, Plan, Unreachable, Wire
from kubectl_ingress.core.request import Request
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.probe import HttpProber
from tests.ports.probe_servers import OK, Authority, answered, failed, saying, send, serving

SHOP = Request("shop.example", scheme="https")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def ask(
    authority: Authority, server: ssl.SSLContext, request: Request = SHOP, **more: str
) -> Answer | Unreachable:
    """Trusting the authority alone."""
    with serving(saying(OK), server) as port:
        return send(port, request, wire=Wire(cacert=authority.file, **more))


def test_a_certificate_of_the_named_authority_for_the_host(authority: Authority) -> None:
    found = answered(ask(authority, authority.server("shop.example", "www.shop.example")))
    assert found.body == b"ok"
    assert found.tls == "TLSv1.3"
    assert found.timings.tls is not None
    assert found.certificate is not None
    assert found.certificate.names == ("shop.example", "www.shop.example")
    assert (found.certificate.subject, found.certificate.issuer) == ("shop.example", "Test CA")


def test_the_version_that_is_spoken_is_told(authority: Authority) -> None:
    server = authority.server("shop.example")
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    assert answered(ask(authority, server)).tls == "TLSv1.2"


@pytest.mark.parametrize("host", ["shop.example", "shop.example.", "SHOP.example"])
def test_the_full_stop_and_the_case_of_a_host_do_not_matter(
    authority: Authority, host: str
) -> None:
    request = Request(host, scheme="https")
    assert answered(ask(authority, authority.server("shop.example"), request)).status == 200


def test_the_name_in_the_handshake_is_the_host_s(authority: Authority) -> None:
    asked: list[str | None] = []
    server = authority.server("shop.example")
    server.sni_callback = lambda _, name, __: asked.append(name)
    answered(ask(authority, server))
    assert asked == ["shop.example"]


@pytest.mark.parametrize(
    ("hosts", "days", "detail"),
    [
        (("other.example",), 30, "Hostname mismatch, certificate is not valid for"),
        (("*.example.org",), 30, "Hostname mismatch, certificate is not valid for"),
        (("shop.example",), -2, "certificate has expired"),
    ],
)
def test_a_certificate_that_is_not_accepted_is_shown(
    authority: Authority, hosts: tuple[str, ...], days: float, detail: str
) -> None:
    found = failed(ask(authority, authority.server(*hosts, days=days)))
    assert (found.why, found.phase) == (Failure.TLS, "tls")
    assert found.detail.startswith(detail)
    assert found.certificate is not None
    assert found.certificate.names == hosts


def test_another_authority_s_certificate_is_not_accepted(
    authority: Authority, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    found = failed(ask(authority, Authority(other, "Other CA").server("shop.example")))
    assert "unable to get local issuer certificate" in found.detail
    assert found.certificate is not None
    assert found.certificate.issuer == "Other CA"


def test_a_version_that_is_too_old(authority: Authority) -> None:
    server = authority.server("shop.example")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server.minimum_version = ssl.TLSVersion.TLSv1
        server.maximum_version = ssl.TLSVersion.TLSv1_1
    server.set_ciphers("ALL:@SECLEVEL=0")
    found = failed(ask(authority, server))
    assert (found.why, found.phase) == (Failure.TLS, "tls")
    assert "protocol" in found.detail.lower()
    assert "version" in found.detail.lower()


def test_a_host_that_no_handshake_can_name(authority: Authority) -> None:
    request = Request(f"{'a' * 70}.example", scheme="https")
    found = failed(ask(authority, authority.server("shop.example"), request))
    assert (found.why, found.phase) == (Failure.TLS, "tls")
    assert "cannot be named" in found.detail


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_port_that_speaks_no_tls(said: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(said)

    with serving(serve) as port:
        found = failed(send(port, SHOP))
    assert (found.why, found.phase, found.certificate) == (Failure.TLS, "tls", None)


def test_a_client_certificate(authority: Authority) -> None:
    server = authority.server("shop.example")
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(authority.file)
    cert, key = authority.pair("client")
    assert answered(ask(authority, server, cert=cert, key=key)).status == 200
    both = Path(cert).with_name("both.pem")
    both.write_bytes(Path(cert).read_bytes() + Path(key).read_bytes())
    assert answered(ask(authority, server, cert=str(both))).status == 200
    found = failed(ask(authority, server))
    assert found.why is Failure.TLS
    assert "certificate required" in found.detail.lower()


@pytest.mark.parametrize(
    ("wire", "sentence"),
    [
        ({"cacert": "nowhere"}, "--cacert nowhere cannot be used: No such file or directory"),
        ({"cacert": "empty"}, "--cacert empty cannot be used"),
        ({"cert": "nowhere"}, "--cert nowhere cannot be used: No such file or directory"),
        ({"cert": "a.pem", "key": "b.key"}, "--cert a.pem with --key b.key cannot be used"),
        ({"cert": "a.pem", "key": "locked"}, "the key is encrypted"),
    ],
)
def test_files_that_cannot_be_used_are_a_mistake_of_the_caller(
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wire: dict[str, str],
    sentence: str,
) -> None:
    from cryptography.hazmat.primitives import serialization

    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").touch()
    cert, key = authority.pair("a")
    _, other = authority.pair("b")
    read = serialization.load_pem_private_key(Path(key).read_bytes(), None)
    (tmp_path / "locked").write_bytes(
        read.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    assert {Path(cert).name, Path(other).name} == {"a.pem", "b.key"}
    with (
        serving(saying(OK), authority.server("shop.example")) as port,
        pytest.raises(InputError) as caught,
    ):
        send(port, SHOP, wire=Wire(**wire))
    assert sentence in str(caught.value)


def test_one_connection_is_never_for_two_names(authority: Authority) -> None:
    asked: list[str | None] = []
    server = authority.server("*.shop.example")
    server.sni_callback = lambda _, name, __: asked.append(name)

    def serve(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(OK)

    wire = Wire(cacert=authority.file, keep_alive=True)
    with serving(serve, server) as port:
        plans = [
            Plan(Request(host, scheme="https"), "127.0.0.1", port, wire=wire)
            for host in ("a.shop.example", "a.shop.example", "b.shop.example", "a.shop.example")
        ]
        found = [answered(sent.result) for sent in HttpProber().send_all(plans)]
    assert asked == ["a.shop.example", "b.shop.example", "a.shop.example"]
    assert [one.timings.tls is None for one in found] == [False, True, False, False]
