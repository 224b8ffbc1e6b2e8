"""The TLS side of a connection to the API server, as Go's crypto/tls does it for kubectl.

Built here and not by the client library, which would need the certificates in
files for as long as the process lives, asks for the passphrase of a key on the
terminal, and from Python 3.13 on refuses cluster CAs that kubectl accepts.
"""

from __future__ import annotations

import re
import ssl
import tempfile
from pathlib import Path

from kubectl_ingress.errors import KubeconfigError
from kubectl_ingress.ports.access import Access
from kubectl_ingress.ports.credentials import CertificatePair

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


def tls_context(access: Access, pair: CertificatePair | None) -> ssl.SSLContext:
    """The CA and the client certificate. Raises KubeconfigError for what cannot be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    # To Go, whatever is in the CA file is trusted by itself, be it an
    # intermediate or the server's own certificate.
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if access.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif access.ca:
        _load_ca(context, access)
    else:
        context.load_default_certs()
    if pair is not None:
        _load_pair(context, pair, access)
    return context


def _load_ca(context: ssl.SSLContext, access: Access) -> None:
    found = b"\n".join(_CERTIFICATE.findall(access.ca))
    where = f'the certificate-authority of the cluster "{access.cluster}"'
    if not found:
        raise KubeconfigError(f"{where} holds no certificate", "it must be PEM")
    try:
        context.load_verify_locations(cadata=found.decode("ascii"))
    except ssl.SSLError as error:
        raise KubeconfigError(f"{where} cannot be read", "it must be PEM") from error


def _load_pair(context: ssl.SSLContext, pair: CertificatePair, access: Access) -> None:
    with tempfile.TemporaryDirectory(prefix="kubectl-ingress-") as folder:
        # The directory is for our eyes only (0700), and gone after this:
        # the ssl module reads files and nothing else.
        certificate, key = Path(folder, "certificate"), Path(folder, "key")
        certificate.write_bytes(pair.certificate)
        key.touch(mode=0o600)
        key.write_bytes(pair.key)
        try:
            context.load_cert_chain(certificate, key, password=_no_passphrase)
        except (ssl.SSLError, ValueError) as error:
            reason = _reason(error) if isinstance(error, ssl.SSLError) else str(error)
            raise KubeconfigError(
                f'the client certificate of the user "{access.user}" cannot be used: {reason}',
                "certificate and key must be PEM and belong together",
            ) from error


def _no_passphrase() -> str:
    raise ValueError("its key is encrypted")


def _reason(error: ssl.SSLError) -> str:
    if error.reason in (None, "NO_START_LINE"):
        # Without a reason OpenSSL has only "PEM lib" to say, or no words of its own.
        return "it, or its key, is not PEM"
    return error.reason.lower().replace("_", " ")
