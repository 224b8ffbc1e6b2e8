"""cert-manager's way to a certificate: Certificate, CertificateRequest, Order, Challenge, and the
Issuer with the class of its HTTP-01 solvers; what the last of them says is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_ingress.core.checkup import Checked
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.doctor.case import Case, CertManager
from kubectl_ingress.install.live import one_line

AREA = "Certificates"
NAME = "cert-manager"
CODES = ("KI304", "KI721")

_ISSUER = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer")
_BAD = ("invalid", "errored", "expired")


def check(case: Case) -> Iterable[Checked]:
    """A line for each Certificate that makes the Secret of an Ingress."""
    for one in case.report.found:
        if one.finding.code == "KI304":
            yield Checked(one.finding.object.partition(" ")[2], "its solvers", one.finding)
    told: set[str] = set()
    for ingress in case.ingresses:
        for entry in ingress.tls:
            key = f"{ingress.meta.namespace}/{entry.secret}"
            if entry.secret and key not in told:
                told.add(key)
                yield from _of_secret(ingress, entry.secret, case.cert_manager)


def _of_secret(ingress: Ingress, secret: str, manager: CertManager) -> Iterator[Checked]:
    namespace = ingress.meta.namespace
    for one in manager.certificates:
        if one.meta().namespace == namespace and one.child("spec").text("secretName") == secret:
            yield _of_certificate(one, manager)
            return
    asked = [name for name in _ISSUER if name in ingress.meta.annotations]
    if not asked:
        return
    about = f"Ingress {ingress.meta.key}"
    if manager.served:
        message = f"{about} asks for a certificate by {asked[0]}, and no Certificate makes {secret}"
        fix = "kubectl get pods -A -l app.kubernetes.io/instance=cert-manager"
    else:
        message = f"{about} asks for a certificate by {asked[0]}, and there is no cert-manager here"
        make = ("create", "secret", "tls", secret, "-n", namespace)
        fix = command(*make, "--cert=FILE", "--key=FILE")
    yield Checked(secret, "no Certificate", Finding("KI721", "error", message, about, fix=fix))


def _of_certificate(certificate: Reader, manager: CertManager) -> Checked:
    meta = certificate.meta()
    ready, why = _ready(certificate)
    if ready:
        return Checked(meta.key, "Certificate ready")
    chain = [("Certificate", certificate), *_chain(certificate, manager)]
    issuer = _issuer(certificate, manager)
    issuer_ready, issuer_why = _ready(issuer) if issuer is not None else (True, "")
    last, said = chain[-1][1], ""
    for _, one in chain:
        said = _says(one) or said
    way = " → ".join(f"{kind} {one.meta().name}" for kind, one in chain)
    message = f"cert-manager does not make the certificate of {meta.key} ({way}): {said or why}"
    if issuer is None:
        reference = certificate.child("spec").child("issuerRef")
        kind = reference.text("kind") or "Issuer"
        message += f"; there is no {kind} {reference.text('name')}"
    elif not issuer_ready:
        message += f"; its issuer {issuer.meta().key} is not ready: {issuer_why}"
    kind, name = chain[-1][0].lower(), last.meta().name
    fix = command("describe", kind, "-n", meta.namespace, name)
    finding = Finding("KI721", "error", message, f"Certificate {meta.key}", fix=fix)
    return Checked(meta.key, "not made", finding)


def _chain(certificate: Reader, manager: CertManager) -> Iterator[tuple[str, Reader]]:
    """What the certificate has led to so far, one after the other, of each the newest."""
    owner = certificate
    levels = (
        ("CertificateRequest", manager.requests),
        ("Order", manager.orders),
        ("Challenge", manager.challenges),
    )
    for kind, held in levels:
        found = _owned(held, owner)
        if found is None:
            return
        yield kind, found
        owner = found


def _owned(held: Sequence[Reader], owner: Reader) -> Reader | None:
    uid = owner.meta().uid
    mine = [
        one
        for one in held
        if any(
            reference.text("uid") == uid
            for reference in one.child("metadata").children("ownerReferences")
        )
    ]
    # Of challenges, one that has failed says more than one that waits.
    return max(
        mine,
        key=lambda one: (one.child("status").text("state") in _BAD, one.meta().created),
        default=None,
    )


def _issuer(certificate: Reader, manager: CertManager) -> Reader | None:
    reference = certificate.child("spec").child("issuerRef")
    kind = reference.text("kind") or "Issuer"
    namespace = certificate.meta().namespace if kind == "Issuer" else ""
    for one in manager.issuers:
        meta = one.meta()
        if (one.text("kind"), meta.namespace, meta.name) == (
            kind,
            namespace,
            reference.text("name"),
        ):
            return one
    return None


def _ready(one: Reader) -> tuple[bool, str]:
    for each in one.child("status").children("conditions"):
        if each.text("type") == "Ready":
            return each.text("status") == "True", one_line(each.text("message"))
    return False, "nothing has looked at it yet"


def _says(one: Reader) -> str:
    """Its own words: a challenge and an order have a reason, the others a condition."""
    status = one.child("status")
    reason = one_line(status.text("reason"))
    if reason:
        return f"{status.text('state')}: {reason}" if status.text("state") else reason
    ready, why = _ready(one)
    return "" if ready or not status.children("conditions") else why
