"""Nothing from a cluster may end a word of nginx's configuration."""

from __future__ import annotations

import base64
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from kubectl_ingress.certificates import describe, self_signed
from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.dataplane.certificates import (
    FAKE_NAME,
    write_fake,
    write_fake_apart,
    write_secret,
)
from kubectl_ingress.dataplane.nginx import Configuration
from kubectl_ingress.dataplane.process import find_nginx
from kubectl_ingress.dataplane.server import Listen
from tests.dataplane.serving import needs_nginx
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of, snapshot

HOSTILE = (
    '/x" { return 200 owned; } location "/y',
    "/x; return 200 owned;",
    "/x } } http { server { listen 1; } }",
    "/x\n return 200 owned;",
    "/x\\",
    '/x\\"',
    "/x # comment",
    "/x$host${uri}",
    "/é\U0001f600",
    "/'",
)


def text_for(directory: Path, *objects: object) -> str:
    table = ingress_nginx.compile(snapshot(ingress_class(), service(), slice_of(), *objects))
    files = {"": write_fake(directory)}
    return Configuration(table, Listen("127.0.0.1", 1081, 1444, 1025), directory, files).text()


@needs_nginx
@pytest.mark.parametrize("hostile", HOSTILE, ids=repr)
@pytest.mark.parametrize("regex", ["false", "true"])
def test_a_hostile_path_stays_one_word(hostile: str, regex: str, tmp_path: Path) -> None:
    one = ingress("web", "a.example", path(hostile), annotations=nginx(use_regex=regex))
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(text_for(tmp_path, one), encoding="latin-1")
    tested = subprocess.run(
        [
            str(find_nginx()),
            "-p",
            f"{tmp_path}/",
            "-e",
            "stderr",
            "-c",
            str(configuration),
            "-T",
            "-q",
        ],
        capture_output=True,
        check=False,
    )
    # A path may be no regular expression; it may never be another directive.
    said = tested.stderr.decode()
    assert tested.returncode == 0 or "pcre" in said.lower(), said
    lines = [line.strip() for line in configuration.read_text(encoding="latin-1").splitlines()]
    assert not [line for line in lines if line.startswith("return 200 owned")]


@pytest.mark.parametrize("data", [None, [], {}, {"tls.crt": "x"}, {"tls.crt": 1, "tls.key": None}])
def test_a_secret_that_holds_no_pair_is_no_certificate(data: object, tmp_path: Path) -> None:
    assert write_secret(tmp_path, "x", data) is None


def secret_data(certificate: bytes, key: bytes) -> dict[str, str]:
    pair = {"tls.crt": certificate, "tls.key": key}
    return {name: base64.b64encode(value).decode() for name, value in pair.items()}


def test_a_pair_is_a_chain_whose_first_belongs_to_the_key(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    certificate, key = self_signed(["a.example"], now)
    other, other_key = self_signed(["b.example"], now)
    files = write_secret(tmp_path, "x", secret_data(certificate + other, key))
    assert files is not None
    assert files.certificate.read_bytes() == certificate + other
    locked = load_pem_private_key(key, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    for wrong in ((certificate, other_key), (other + certificate, key), (certificate, locked)):
        assert write_secret(tmp_path, "y", secret_data(*wrong)) is None
    # A private key that nobody uses is not left lying about.
    assert {path.name for path in tmp_path.iterdir()} == {"x.crt", "x.key"}


def test_the_fake_certificate_from_a_process_of_its_own(tmp_path: Path) -> None:
    files = write_fake_apart(tmp_path)
    assert write_secret(
        tmp_path, "x", secret_data(files.certificate.read_bytes(), files.key.read_bytes())
    )
    shown = describe(ssl.PEM_cert_to_DER_cert(files.certificate.read_text()))
    assert shown is not None
    assert shown.subject == FAKE_NAME


def test_private_keys_are_for_the_owner_alone(tmp_path: Path) -> None:
    assert write_fake(tmp_path).key.stat().st_mode & 0o077 == 0
