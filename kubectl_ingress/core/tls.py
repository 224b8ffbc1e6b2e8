"""The certificate that a client is shown for a host, and whether it is one for it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from kubectl_ingress.core.answer import Certificate
from kubectl_ingress.core.certificate import covers, seconds_left
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.request import Request, Step
from kubectl_ingress.core.trace import Entrance, Hop, origin_of


class Presented(Struct, frozen=True):
    """The certificate of a host: `key` of its Secret, "" for the controller's own.

    `certificate` is None where the Secret is not there, or holds none; `asked`
    whether some TLS section asks for one.
    """

    key: str
    certificate: Certificate | None = None
    asked: bool = False


def tls_hop(
    request: Request, presented: Presented, entrance: Entrance, snapshot: Snapshot, now: datetime
) -> tuple[Hop, Finding | None]:
    """The certificate that a client is shown, and KI302 where it is not what it should be."""
    if not presented.key:
        name = entrance.certificate_name
        own = f"the controller's own certificate{f' ({name})' if name else ''}"
        why = f"no TLS section covers {request.host}"
        if presented.asked:
            why = f"no Secret of a TLS section has one for {request.host}"
        message = f"{why}, so clients are shown {own}"
        fix = f"kubectl ingress scaffold NAME --host {request.host} --tls-self-signed"
        return _tls(f"{own}: {why}", "", snapshot, message, fix)
    source = f"Secret {presented.key}"
    namespace, _, name = presented.key.partition("/")
    fix = f"kubectl get secret {name} -n {namespace}"
    certificate = presented.certificate
    if certificate is None:
        if (namespace, name) in snapshot.secret_by_key:
            message = f"{source} holds no certificate in tls.crt"
        elif snapshot.offline and not snapshot.secrets:
            return Hop(Step("tls", f"{source}, which is not in the files", source)), None
        elif "Secret" not in snapshot.read:
            return Hop(Step("tls", f"{source}, which may not be read", source)), None
        else:
            message = f"{source} does not exist"
        return _tls(message, source, snapshot, message, fix)
    days = seconds_left(certificate, now) / 86400
    names = ", ".join(certificate.names[:3]) or certificate.subject
    left = f"{int(days)} days left" if days >= 0 else f"expired {int(-days)} days ago"
    text = f"{source}, {names}, {left}"
    if days < 0:
        return _tls(text, source, snapshot, f"the certificate of {source} has {left}", fix)
    if not covers(certificate.names, request.host):
        message = f"the certificate of {source} is for {names}, not for {request.host}"
        return _tls(f"{text}: not for this host", source, snapshot, message, fix)
    return Hop(Step("tls", text, source), origin_of(source, snapshot)), None


def _tls(
    text: str, source: str, snapshot: Snapshot, message: str, fix: str
) -> tuple[Hop, Finding | None]:
    hop = Hop(Step("tls", text, source, passed=False), origin_of(source, snapshot))
    return hop, Finding("KI302", "warning", message, source, fix=fix)
