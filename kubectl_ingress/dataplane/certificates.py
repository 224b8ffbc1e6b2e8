"""The certificates of the data plane: from Secrets, and the fake one for all other hosts."""

from __future__ import annotations

import base64
import binascii
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from kubectl_ingress.certificates import self_signed
from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.dataplane.server import CertificateFiles

FAKE_NAME = ingress_nginx.PROFILE.fake_certificate


def write_fake(directory: Path) -> CertificateFiles:
    """A self-signed certificate for hosts that have none."""
    now = datetime.now(UTC)
    made = self_signed(["ingress.local"], now, common_name=FAKE_NAME, days=365)
    return _write(directory / "fake", *made)


def write_fake_apart(directory: Path) -> CertificateFiles:
    """The same from a process of its own: what makes keys would stay in memory, 11 MiB."""
    subprocess.run([sys.executable, "-m", __name__, str(directory)], check=True)
    return _files(directory / "fake")


def write_secret(directory: Path, name: str, data: object) -> CertificateFiles | None:
    """The files of a kubernetes.io/tls Secret's `data`; None where it holds no usable pair."""
    if not isinstance(data, dict):
        return None
    try:
        certificate = base64.b64decode(data.get("tls.crt", ""), validate=True)
        key = base64.b64decode(data.get("tls.key", ""), validate=True)
    except (binascii.Error, ValueError, TypeError):
        return None
    files = _write(directory / name, certificate, key)
    if _is_pair(files):
        return files
    files.certificate.unlink()
    files.key.unlink()
    return None


def _is_pair(files: CertificateFiles) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Whether a pair is too weak is for the server to say.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    try:
        # An encrypted key is none, instead of a question on the terminal.
        context.load_cert_chain(files.certificate, files.key, password=lambda: b"")
    except OSError:
        return False
    return True


def _files(base: Path) -> CertificateFiles:
    return CertificateFiles(base.with_suffix(".crt"), base.with_suffix(".key"))


def _write(base: Path, certificate: bytes, key: bytes) -> CertificateFiles:
    files = _files(base)
    files.certificate.write_bytes(certificate)
    files.key.touch(mode=0o600)
    files.key.write_bytes(key)
    return files


if __name__ == "__main__":
    write_fake(Path(sys.argv[1]))
