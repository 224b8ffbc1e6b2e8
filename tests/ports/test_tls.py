"""TLS to the API server: whom we trust, what we show, and what is said when it fails."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from kubectl_ingress.errors import ApiUnauthorized, ApiUnreachable, KubeconfigError
from tests.answering import PATH, World
from tests.kubeconfigs import Home, credential, plugin
from tests.live.recorder import Authority, Recorder, json_answer, status_answer

DONE = json_answer({"kind": "X"})
REFUSED = status_answer(401, "Unauthorized", "no")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(Home(tmp_path), stack)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def trusting(pem: bytes, **more: object) -> dict[str, object]:
    return {"certificate-authority-data": base64.b64encode(pem).decode(), **more}


def encoded(pair: tuple[bytes, bytes]) -> dict[str, object]:
    certificate, key = (base64.b64encode(part).decode() for part in pair)
    return {"client-certificate-data": certificate, "client-key-data": key}


def test_a_client_certificate_is_shown(
    world: World, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = world.home.folder / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    pair = authority.issue("server", ["127.0.0.1"])
    server = world.serve(DONE, tls=pair, ca=authority.pem)
    user = encoded(authority.issue("jane", []))
    cluster = world.cluster(server.url, user, trusting(authority.pem))
    assert cluster.request("GET", PATH) == {"kind": "X"}
    assert server.requests[0].certificate == "jane"
    assert server.requests[0].header("authorization") is None
    # The files that the ssl module wanted are gone.
    assert list(folder.iterdir()) == []


def test_what_is_in_the_ca_file_is_trusted_by_itself(world: World, authority: Authority) -> None:
    # As with Go: the server's own certificate, between comments that are no ASCII.
    pair = authority.issue("server", ["127.0.0.1"])
    server = world.serve(DONE, tls=pair)
    ca = "# für uns\n".encode() + pair[0] + b"\n# end\n"
    assert world.cluster(server.url, cluster=trusting(ca)).request("GET", PATH) == {"kind": "X"}


def test_insecure_verifies_nothing_and_says_nothing(
    world: World, authority: Authority, recwarn: pytest.WarningsRecorder
) -> None:
    server = world.serve(DONE, tls=authority.issue("server", ["other.test"], days=-1))
    cluster = world.cluster(server.url, insecure_skip_tls_verify=True)
    assert cluster.request("GET", PATH) == {"kind": "X"}
    assert not recwarn.list


def test_a_name_in_place_of_the_address(world: World, authority: Authority) -> None:
    server = world.serve(DONE, tls=authority.issue("server", ["api.test"]))
    cluster = world.cluster(
        server.url, cluster=trusting(authority.pem, **{"tls-server-name": "api.test"})
    )
    assert cluster.request("GET", PATH) == {"kind": "X"}


def refused(world: World, server: Recorder, ca: bytes, **typed: Any) -> tuple[str, str]:
    with pytest.raises(ApiUnreachable) as caught:
        world.cluster(server.url, cluster=trusting(ca), **typed).request("GET", PATH)
    assert server.requests == []
    return caught.value.sentence, caught.value.next_step


def test_an_authority_we_do_not_know(world: World, authority: Authority) -> None:
    server = world.serve(DONE, tls=authority.issue("server", ["127.0.0.1"]))
    sentence, next_step = refused(world, server, Authority("other").pem)
    assert sentence.startswith(f"the certificate of the API server at {server.url} is not trusted:")
    assert sentence.endswith("(context main)")
    assert next_step == "check certificate-authority of this cluster: kubectl config view"


def test_a_certificate_for_another_name(world: World, authority: Authority) -> None:
    server = world.serve(DONE, tls=authority.issue("server", ["10.0.0.1", "api.test"]))
    sentence, next_step = refused(world, server, authority.pem)
    assert f"the certificate of the API server at {server.url} is for another name" in sentence
    assert next_step == "if the address is right: --tls-server-name NAME"
    sentence, _ = refused(world, server, authority.pem, tls_server_name="wrong.test")
    assert "certificate is not valid for 'wrong.test'" in sentence


def test_a_common_name_alone_is_not_enough(world: World, authority: Authority) -> None:
    server = world.serve(DONE, tls=authority.issue("127.0.0.1", []))
    assert "is for another name" in refused(world, server, authority.pem)[0]


@pytest.mark.parametrize(("days", "wanted"), [(-1, "has expired"), (9, "is not valid yet")])
def test_a_certificate_out_of_its_time(
    world: World, authority: Authority, days: int, wanted: str
) -> None:
    server = world.serve(DONE, tls=authority.issue("server", ["127.0.0.1"], days=days))
    sentence, _ = refused(world, server, authority.pem)
    assert sentence == f"the certificate of the API server at {server.url} {wanted} (context main)"


def test_a_server_that_does_not_speak_tls(world: World, authority: Authority) -> None:
    server = world.serve(DONE)
    url = server.url.replace("http:", "https:")
    with pytest.raises(ApiUnreachable, match="does not speak TLS") as caught:
        world.cluster(url, cluster=trusting(authority.pem)).request("GET", PATH)
    assert caught.value.next_step == "is it http:// there?"


def test_a_server_that_speaks_tls_where_we_do_not(world: World, authority: Authority) -> None:
    server = world.serve(DONE, tls=authority.issue("server", ["127.0.0.1"]))
    with pytest.raises(ApiUnreachable, match="closed the connection without an answer"):
        world.cluster(server.url.replace("https:", "http:")).request("GET", PATH)


@pytest.mark.parametrize(
    ("ca", "wanted"),
    [
        (b"hello", "holds no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
    ],
)
def test_a_ca_that_is_none(world: World, ca: bytes, wanted: str) -> None:
    with pytest.raises(KubeconfigError, match=wanted) as caught:
        world.cluster("https://127.0.0.1:1", cluster=trusting(ca))
    assert 'the certificate-authority of the cluster "prod"' in caught.value.sentence


def test_a_client_certificate_that_cannot_be_used(world: World, authority: Authority) -> None:
    certificate, key = authority.issue("jane", [])
    _, other = authority.issue("jack", [])
    locked = serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    for pair, wanted in (
        ((certificate, other), "key values mismatch"),
        ((b"hello", key), "it, or its key, is not PEM$"),
        ((certificate, b"-----BEGIN PRIVATE KEY-----\nAA"), "it, or its key, is not PEM$"),
        ((certificate, locked), "its key is encrypted"),
    ):
        with pytest.raises(KubeconfigError, match=wanted) as caught:
            world.cluster("https://127.0.0.1:1", encoded(pair))
        assert 'the client certificate of the user "dev"' in caught.value.sentence


def test_a_401_renews_what_a_plugin_gave(world: World, authority: Authority) -> None:
    pair = authority.issue("server", ["127.0.0.1"])
    server = world.serve(REFUSED, DONE, tls=pair)
    runs = world.home.folder / "runs"
    answer = credential(token="COUNT")
    count = f"echo x >> {runs}; count=$(wc -l < {runs})"
    script = world.home.script(f"{count}; echo '{answer}' | sed s/COUNT/t$count/")
    cluster = world.cluster(server.url, plugin(script), trusting(authority.pem))
    assert cluster.request("POST", PATH, body={}) == {"kind": "X"}
    shown = [request.header("authorization") for request in server.requests]
    assert shown == ["Bearer t1", "Bearer t2"]


def test_a_401_that_stays(world: World, authority: Authority) -> None:
    server = world.serve(REFUSED, tls=authority.issue("server", ["127.0.0.1"]))
    cluster = world.cluster(server.url, cluster=trusting(authority.pem), context="main")
    with pytest.raises(ApiUnauthorized) as caught:
        cluster.request("GET", PATH)
    assert caught.value.sentence == (
        f"the API server at {server.url} does not accept the credentials of the user dev "
        "(context main)"
    )
    assert caught.value.next_step == (
        "log in again, and check with: kubectl get --raw /version --context main"
    )
    assert len(server.requests) == 1


def test_a_401_to_a_token_that_was_typed(world: World, authority: Authority) -> None:
    server = world.serve(REFUSED, tls=authority.issue("server", ["127.0.0.1"]))
    cluster = world.cluster(server.url, cluster=trusting(authority.pem), token="wrong")
    with pytest.raises(ApiUnauthorized) as caught:
        cluster.request("GET", PATH)
    assert caught.value.sentence == (
        f"the API server at {server.url} does not accept the token of --token (context main)"
    )
    assert caught.value.next_step == "check with: kubectl get --raw /version --token TOKEN"
    # A tokenFile comes before it.
    path = world.home.write("token", "own")
    cluster = world.cluster(
        server.url, {"tokenFile": str(path)}, trusting(authority.pem), token="wrong"
    )
    with pytest.raises(ApiUnauthorized, match="the credentials of the user dev"):
        cluster.request("GET", PATH)


def test_a_plugin_gives_a_new_certificate(world: World, authority: Authority) -> None:
    server = world.serve(DONE, tls=authority.issue("server", ["127.0.0.1"]), ca=authority.pem)

    def give(name: str) -> str:
        certificate, key = (part.decode() for part in authority.issue(name, []))
        over = "2020-01-01T00:00:00Z"
        return credential(
            clientCertificateData=certificate, clientKeyData=key, expirationTimestamp=over
        )

    answer = world.home.write("answer", give("one"))
    script = world.home.script(f"cat {answer}")
    cluster = world.cluster(server.url, plugin(script), trusting(authority.pem))
    cluster.request("GET", PATH)
    answer.write_text(give("two"))
    cluster.request("GET", PATH)
    assert [request.certificate for request in server.requests] == ["one", "two"]
