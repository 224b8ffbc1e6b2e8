"""The certificates of the data plane: from Secrets, and the fake one for all other hosts."""

from __future__ import annotations

import base64
import binascii
import datetime
from pathlib import Path

from kubectl_ingress.dataplane.nginx import CertificateFiles

# The name by which people know that no certificate of theirs is in use.
FAKE_NAME = "Kubernetes Ingress Controller Fake Certificate"


def write_fake(directory: Path) -> CertificateFiles:
    """A self-signed certificate for hosts that have none."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, FAKE_NAME)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("ingress.local")]), False)
        .sign(key, hashes.SHA256())
    )
    return _write(
        directory / "fake",
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def write_secret(directory: Path, name: str, data: object) -> CertificateFiles | None:
    """The files of a kubernetes.io/tls Secret's `data`; None where it holds no usable pair."""
    if not isinstance(data, dict):
        return None
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        certificate = base64.b64decode(data.get("tls.crt", ""), validate=True)
        key = base64.b64decode(data.get("tls.key", ""), validate=True)
        leaf = x509.load_pem_x509_certificates(certificate)[0]
        private = serialization.load_pem_private_key(key, password=None)
        if private.public_key() != leaf.public_key():
            return None
    except (binascii.Error, ValueError, TypeError):
        return None
    return _write(directory / name, certificate, key)


def _write(base: Path, certificate: bytes, key: bytes) -> CertificateFiles:
    files = CertificateFiles(base.with_suffix(".crt"), base.with_suffix(".key"))
    files.certificate.write_bytes(certificate)
    files.key.touch(mode=0o600)
    files.key.write_bytes(key)
    return files
