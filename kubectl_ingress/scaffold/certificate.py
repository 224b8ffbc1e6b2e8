"""A self-signed certificate to try TLS with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

DAYS = 90
_LONGEST_COMMON_NAME = 64


def self_signed(hosts: Sequence[str], now: datetime) -> tuple[bytes, bytes]:
    """Certificate and private key in PEM: EC P-256, the hosts as names, valid from `now`.

    `hosts` are DNS names, wildcards included; at least one.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    # Longer names are in the SANs alone, where clients look anyway.
    common = [
        x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, host)
        for host in hosts[:1]
        if len(host) <= _LONGEST_COMMON_NAME
    ]
    name = x509.Name(
        [*common, x509.NameAttribute(x509.oid.NameOID.ORGANIZATION_NAME, "self-signed")]
    )
    usages = [x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(h) for h in hosts]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
