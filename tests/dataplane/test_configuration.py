"""Nothing from a cluster may end a word of nginx's configuration."""

from __future__ import annotations

import base64
import ssl
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from msgspec.structs import replace

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
from kubectl_ingress.dataplane.server import CertificateFiles, Listen
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


@cache
def fake(directory: Path) -> CertificateFiles:
    return write_fake(directory)


def text_for(
    directory: Path,
    *objects: object,
    settings: ingress_nginx.Settings = ingress_nginx.Settings(),
) -> str:
    found = snapshot(ingress_class(), service(), slice_of(), *objects)
    table = ingress_nginx.compile(found, settings)
    files = {"": fake(directory)}
    return Configuration(table, Listen("127.0.0.1", 1081, 1444, 1025), directory, files).text()


# Annotations whose text comes into the configuration, each with what makes it count.
WRITTEN: dict[str, dict[str, str]] = {
    "rewrite_target": {},
    "app_root": {},
    "permanent_redirect": {},
    "temporal_redirect": {},
    "server_alias": {},
    "session_cookie_name": {"affinity": "cookie"},
    "canary_by_header": {"canary": "true"},
    "canary_by_header_value": {"canary": "true", "canary_by_header": "x"},
    "canary_by_header_pattern": {"canary": "true", "canary_by_header": "x"},
    "canary_by_cookie": {"canary": "true"},
}
CANARY = nginx(canary="true", canary_weight="5")
# What nginx may say of a value that it has read as one word.
OF_A_VALUE = ("pcre", "variable", "server name", "must be", "is too long", "duplicate")


def check(directory: Path, text: str) -> None:
    """A value may make no sense to nginx; it may never be another directive."""
    configuration = directory / "nginx.conf"
    configuration.write_text(text, encoding="latin-1")
    command = [str(find_nginx()), "-p", f"{directory}/", "-e", "stderr", "-c", str(configuration)]
    tested = subprocess.run([*command, "-t", "-q"], capture_output=True, check=False)
    said = tested.stderr.decode("latin-1").lower()
    assert tested.returncode == 0 or any(what in said for what in OF_A_VALUE), said
    lines = [line.strip() for line in configuration.read_text(encoding="latin-1").splitlines()]
    assert not [line for line in lines if line.startswith("return 200 owned")]


@needs_nginx
@pytest.mark.parametrize("hostile", HOSTILE, ids=repr)
@pytest.mark.parametrize("regex", ["false", "true"])
def test_a_hostile_path_stays_one_word(hostile: str, regex: str, tmp_path: Path) -> None:
    one = ingress("web", "a.example", path(hostile), annotations=nginx(use_regex=regex))
    check(tmp_path, text_for(tmp_path, one))


@needs_nginx
@pytest.mark.parametrize("name", WRITTEN)
def test_a_hostile_annotation_stays_one_word(name: str, tmp_path: Path) -> None:
    """Where the controller is told not to look at values (--enable-annotation-validation)."""
    settings = ingress_nginx.Settings(validated=False)
    needed, written = WRITTEN[name], 0
    other = (service("other"), slice_of("other"))

    def text_of(**annotations: str) -> str:
        both = nginx(**annotations, **needed)
        main, canary = ({}, both) if "canary" in needed else (both, CANARY)
        pair = (
            ingress("z-main", annotations=main),
            ingress("canary", "a.example", path("/", "other"), annotations=canary),
        )
        return text_for(tmp_path, *other, *pair, settings=settings)

    usual = text_of()
    for hostile in (*HOSTILE, '"; return 200 owned; #', "$1", "${x", "~", "default", "include"):
        text = text_of(**{name: f"http://x{hostile}" if name.endswith("redirect") else hostile})
        written += text != usual
        check(tmp_path, text)
    assert written > 1


@needs_nginx
@pytest.mark.parametrize("hostile", HOSTILE, ids=repr)
def test_a_hostile_host_and_setting_stay_one_word(hostile: str, tmp_path: Path) -> None:
    config = ingress_nginx.Settings().config
    config = replace(config, forwarded_headers=True, client_header=hostile)
    tls = [{"hosts": [hostile], "secretName": "x"}]
    one = ingress("web", hostile, annotations=nginx(from_to_www_redirect="true"), tls=tls)
    aliased = ingress("b", "*.b.example", annotations=nginx(server_alias="c.example"), tls=tls)
    settings = ingress_nginx.Settings(config=config)
    check(tmp_path, text_for(tmp_path, one, aliased, settings=settings))


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
