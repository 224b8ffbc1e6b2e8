"""The TLS side of a probe, with curl's rules: whom it trusts, and what it was shown."""

from __future__ import annotations

import socket
import ssl
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from kubectl_ingress.certificates import describe
from kubectl_ingress.core.answer import Certificate, Http, Plan
from kubectl_ingress.errors import InputError

if TYPE_CHECKING:
    from kubectl_ingress.ports.probe_line import Clock

_PROTOCOLS = {
    Http.ONE: ("http/1.1",),
    Http.TWO: ("h2", "http/1.1"),
    Http.TWO_AT_ONCE: ("h2",),
}


def context_for(plan: Plan) -> ssl.SSLContext:
    """What the plan's TLS settings come to. Raises InputError for files that cannot be used."""
    wire = plan.wire
    return _context(plan.verify, wire.cacert, wire.cert, wire.key, _PROTOCOLS[wire.http])


@lru_cache(maxsize=64)
def _context(
    verify: bool, cacert: str, cert: str, key: str, protocols: tuple[str, ...]
) -> ssl.SSLContext:
    # The system's own certificates unless others are named, as curl: a company's
    # private CA is there.
    try:
        context = ssl.create_default_context(cafile=cacert or None)
    except OSError as error:
        raise InputError(
            f"--cacert {cacert} cannot be used: {_reason(error)}", "a file of PEM certificates"
        ) from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(list(protocols))
    if cert:
        _load_pair(context, cert, key)
    return context


def _load_pair(context: ssl.SSLContext, cert: str, key: str) -> None:
    typed = f"--cert {cert}" + (f" with --key {key}" if key else "")
    try:
        context.load_cert_chain(cert, key or None, password=_no_passphrase)
    except (OSError, ValueError) as error:
        reason = _reason(error) if isinstance(error, OSError) else str(error)
        raise InputError(
            f"{typed} cannot be used: {reason}",
            "certificate and key must be PEM and belong together",
        ) from error


def _no_passphrase() -> str:
    raise ValueError("the key is encrypted")


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "it is not PEM").lower().replace("_", " ")
    return error.strerror or str(error)


@lru_cache(maxsize=256)
def certificate_of(der: bytes | None) -> Certificate | None:
    """What a certificate says of itself: read once, and not again for each of many probes."""
    return describe(der)


def presented(plan: Plan, clock: Clock) -> Certificate | None:
    """The certificate that failed verification: what is it, then? None where time is up."""
    unverified = replace(plan, verify=False)
    try:
        with (
            socket.create_connection((clock.peer, clock.port), timeout=clock.left()) as plain,
            context_for(unverified).wrap_socket(
                plain, server_hostname=plan.request.host.removesuffix(".")
            ) as secure,
        ):
            return certificate_of(secure.getpeercert(binary_form=True))
    except (OSError, ValueError):
        return None
