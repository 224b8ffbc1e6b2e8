"""Whether a server is who it should be, told as Go's crypto/x509 tells it.

The handshake checks who signed the certificate; its times and names are checked here, so
that the message can name them.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from kubectl_ingress.lab.times import written

Certificate = Mapping[str, Any]
"""What ``SSLSocket.getpeercert`` gives."""

_FAILED = "tls: failed to verify certificate: x509: "
# Nobody vouches for it. Go adds which authority of the same name it is not; that is left out.
UNSIGNED = f"{_FAILED}certificate signed by unknown authority"
# X509_V_FLAG_NO_CHECK_TIME, which the ssl module does not name.
_ANY_TIME = 0x200000


def trusting(authorities: str) -> ssl.SSLContext:
    """For a client that trusts these certificates (PEM) and no others. Raises ssl.SSLError.

    An intermediate or a server's own certificate may be among them, as with Go. Without any,
    nobody is trusted.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_ANY_TIME)
    if authorities.strip():
        context.load_verify_locations(cadata=authorities)
    return context


def fault(certificate: Certificate, name: str, now: float | None = None) -> str:
    """What is wrong with a certificate for this name at this time (Unix time); "" if nothing."""
    return _time_fault(certificate, time.time() if now is None else now) or _name_fault(
        certificate, name
    )


def _time_fault(certificate: Certificate, now: float) -> str:
    begin = ssl.cert_time_to_seconds(certificate["notBefore"])
    end = ssl.cert_time_to_seconds(certificate["notAfter"])
    if begin <= now <= end:
        return ""
    order, limit = ("before", begin) if now < begin else ("after", end)
    told = f"current time {_text(now)} is {order} {_text(limit)}"
    return f"{_FAILED}certificate has expired or is not yet valid: {told}"


def _name_fault(certificate: Certificate, name: str) -> str:
    alternatives = certificate.get("subjectAltName") or ()
    domains = [value for kind, value in alternatives if kind == "DNS"]
    addresses = [value for kind, value in alternatives if kind == "IP Address"]
    if _is_address(name):
        if any(ip_address(value) == ip_address(name) for value in addresses):
            return ""
        if not addresses:
            why = "because it doesn't contain any IP SANs"
            return f"{_FAILED}cannot validate certificate for {name} {why}"
        return f"{_FAILED}certificate is valid for {', '.join(addresses)}, not {name}"
    if any(_covers(domain, name) for domain in domains):
        return ""
    if not alternatives and _covers(_common_name(certificate), name):
        return f"{_FAILED}certificate relies on legacy Common Name field, use SANs instead"
    if not domains:
        return f"{_FAILED}certificate is not valid for any names, but wanted to match {name}"
    return f"{_FAILED}certificate is valid for {', '.join(domains)}, not {name}"


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _covers(pattern: str, name: str) -> bool:
    """RFC 6125 section 6.4.3: a star is one whole label, the first."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    if pattern.startswith("*."):
        return pattern[2:] == name.partition(".")[2] and not name.startswith(".")
    return bool(pattern) and pattern == name


def _common_name(certificate: Certificate) -> str:
    names = [
        value
        for part in certificate.get("subject") or ()
        for key, value in part
        if key == "commonName"
    ]
    return names[-1] if names else ""


def _text(moment: float) -> str:
    return written(datetime.fromtimestamp(moment, UTC))
