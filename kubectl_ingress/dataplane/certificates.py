"""The certificates of the data plane: from Secrets, and the fake one for all other hosts."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from pathlib import Path

from kubectl_ingress.certificates import is_pair, self_signed
from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.dataplane.nginx import CertificateFiles

FAKE_NAME = ingress_nginx.PROFILE.fake_certificate


def write_fake(directory: Path) -> CertificateFiles:
    """A self-signed certificate for hosts that have none."""
    now = datetime.now(UTC)
    made = self_signed(["ingress.local"], now, common_name=FAKE_NAME, days=365)
    return _write(directory / "fake", *made)


def write_secret(directory: Path, name: str, data: object) -> CertificateFiles | None:
    """The files of a kubernetes.io/tls Secret's `data`; None where it holds no usable pair."""
    if not isinstance(data, dict):
        return None
    try:
        certificate = base64.b64decode(data.get("tls.crt", ""), validate=True)
        key = base64.b64decode(data.get("tls.key", ""), validate=True)
    except (binascii.Error, ValueError, TypeError):
        return None
    return _write(directory / name, certificate, key) if is_pair(certificate, key) else None


def _write(base: Path, certificate: bytes, key: bytes) -> CertificateFiles:
    files = CertificateFiles(base.with_suffix(".crt"), base.with_suffix(".key"))
    files.certificate.write_bytes(certificate)
    files.key.touch(mode=0o600)
    files.key.write_bytes(key)
    return files
