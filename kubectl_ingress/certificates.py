"""X.509 certificates: making self-signed ones, and reading what others present.

The only module that uses the cryptography library, and only once it is called:
importing it costs as much as a command's whole start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from kubectl_ingress.core.answer import Certificate
from kubectl_ingress.core.certificate import covers, seconds_left, validity

DAYS = 90
_LONGEST_COMMON_NAME = 64


def self_signed(
    hosts: Sequence[str], now: datetime, *, common_name: str = "", days: int = DAYS
) -> tuple[bytes, bytes]:
    """Certificate and private key in PEM: EC P-256, the hosts as names, valid from `now`.

    `hosts` are DNS names, wildcards included; at least one. The common name is
    the first of them, unless one is given.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    # Longer names are in the SANs alone, where clients look anyway.
    common = [
        x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, host)
        for host in (common_name or hosts[0],)
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
        .not_valid_after(now + timedelta(days=days))
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


def describe_pem(pem: str) -> Certificate | None:
    """What the first certificate of a PEM text says of itself; None where there is none."""
    import ssl

    start = pem.find(ssl.PEM_HEADER)
    end = pem.find(ssl.PEM_FOOTER, start)
    if start < 0 or end < 0:
        return None
    try:
        return describe(ssl.PEM_cert_to_DER_cert(pem[start : end + len(ssl.PEM_FOOTER)]))
    except ValueError:
        return None


def key_problem(certificate: str, key: str, *, in_file: bool = False) -> str:
    """Why no server can present a certificate with a private key, both PEM; "" if one can.

    The key is neither kept nor told. A certificate that cannot be read is nobody's fault here,
    nor is what stands for a key `in_file`, where nobody should keep one.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        shown = x509.load_pem_x509_certificates(certificate.encode())[0].public_key()
        wanted = shown.public_bytes(*form)
    except (ValueError, UnsupportedAlgorithm):
        return ""
    try:
        # Whether an RSA key is a sound one takes a quarter of a second to tell.
        private = serialization.load_pem_private_key(
            key.encode(), None, unsafe_skip_rsa_key_validation=True
        )
    except UnsupportedAlgorithm:
        return ""
    except (TypeError, ValueError) as error:
        what = "is encrypted" if isinstance(error, TypeError) else "holds no private key"
        return "" if in_file else f"tls.key {what}"
    same = private.public_key().public_bytes(*form) == wanted
    return "" if same else "tls.key is not the key of the first certificate in tls.crt"


def why_not_trusted(pem: str, authority: str, name: str, now: datetime) -> str:
    """Why a client that trusts the CAs of `authority` (PEM) refuses a certificate; "" if it does.

    `pem` begins with the certificate, `name` is the one that is connected to.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    described = describe_pem(pem)
    if described is None:
        return "cannot be read"
    if seconds_left(described, now) < 0:
        return validity(described, now)
    if not covers(described.names, name):
        return f"is for {', '.join(described.names[:3]) or described.subject}, not for {name}"
    try:
        chain = x509.load_pem_x509_certificates(pem.encode())
        trusted = x509.load_pem_x509_certificates(authority.encode())
    except ValueError:
        return "is held against a CA that cannot be read"
    for issued in chain:
        for issuer in trusted:
            try:
                issued.verify_directly_issued_by(issuer)
            except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
                continue
            return ""
    return "is not signed by the CA of its caBundle"


def describe(der: bytes | None) -> Certificate | None:
    """What a DER certificate says of itself; None where it cannot be read."""
    if not der:
        return None
    from cryptography import x509

    try:
        read = x509.load_der_x509_certificate(der)
    except ValueError:
        return None
    try:
        extension = read.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = tuple(extension.value.get_values_for_type(x509.DNSName))
        names += tuple(str(ip) for ip in extension.value.get_values_for_type(x509.IPAddress))
    except (x509.ExtensionNotFound, ValueError):
        names = ()
    return Certificate(
        subject=_common_name(read.subject) or read.subject.rfc4514_string(),
        issuer=_common_name(read.issuer) or read.issuer.rfc4514_string(),
        names=names,
        not_after=read.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _common_name(name: object) -> str:
    from cryptography import x509

    if not isinstance(name, x509.Name):
        return ""
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""
