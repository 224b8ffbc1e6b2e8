"""The certificate of every host with TLS: whether its Secret is there, until when it is good, and
whether it is for the host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.certificates import describe_pem
from kubectl_ingress.core.certificate import validity
from kubectl_ingress.core.checkup import Checked, State
from kubectl_ingress.core.objects import Ingress
from kubectl_ingress.doctor.case import Case

AREA = "Certificates"
NAME = "certificates"
CODES = ("KI302",)


def check(case: Case) -> Iterable[Checked]:
    """A line for each Secret that an Ingress names, or for what is wrong."""
    found = [one.finding for one in case.report.found if one.finding.code == "KI302"]
    found = [one for one in found if case.concerns(one)]
    wrong = {(one.object, one.field[:3]) for one in found}
    for ingress in case.ingresses:
        yield from _good(ingress, wrong, case)
    for one in found:
        yield Checked(one.object.partition(" ")[2], "not as it should be", one)


def _good(
    ingress: Ingress, wrong: set[tuple[str, tuple[str | int, ...]]], case: Case
) -> Iterator[Checked]:
    for number, entry in enumerate(ingress.tls):
        if (f"Ingress {ingress.meta.key}", ("spec", "tls", number)) in wrong or not entry.secret:
            continue
        namespace = ingress.meta.namespace
        secret = case.snapshot.secret_by_key.get((namespace, entry.secret))
        label = f"{namespace}/{entry.secret}"
        if secret is None:
            yield Checked(label, "may not be read", otherwise=State.SKIPPED)
            continue
        certificate = describe_pem(secret.certificate)
        if certificate is not None:
            names = ", ".join(certificate.names[:3]) or certificate.subject
            yield Checked(label, f"{names}, {validity(certificate, case.now)}")
