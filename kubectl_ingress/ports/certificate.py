"""Reads X.509 certificates."""

from __future__ import annotations

from kubectl_ingress.core.answer import Certificate


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
