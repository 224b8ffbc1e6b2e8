"""The certificate of a host is missing, expired, or for other names.

What it does
Follows `spec.tls` to its Secrets: whether they are there, have tls.crt and tls.key, whether these
two belong together, whether the certificate is still good (a warning 14 days before it is not), and
whether it is for the hosts.
Also: hosts of an Ingress with TLS that no `tls` entry names. Secrets that cert-manager makes are
left out in files, and all of them where the files hold no Secret.

Why it is bad
The controller falls back to a certificate of its own ("Kubernetes Ingress Controller Fake
Certificate", "TRAEFIK DEFAULT CERT"), which every client refuses. An expired one is served on. One
whose key is another's is not loaded: what was loaded before stays until the controller starts anew.

Example

    spec:
      tls:
      - hosts: [shop.example.com]
        secretName: shop-tls       # is in another namespace
      rules:
      - host: www.example.com      # and no tls entry names this host

Use instead
A Secret of type kubernetes.io/tls in the namespace of the Ingress whose certificate names every
host: `kubectl create secret tls NAME --cert=FILE --key=FILE`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct, field

from kubectl_ingress.certificates import describe_pem
from kubectl_ingress.core.answer import Certificate
from kubectl_ingress.core.certificate import covers, days_left, validity
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Finding, Ingress, Secret, Snapshot, TLSEntry
from kubectl_ingress.core.tls import secret_fix
from kubectl_ingress.lint.subject import Subject, finding_on

CODE = "KI302"
NAME = "certificate"
LEVEL = "error"
READS = ("Ingress", "Secret")

_SOON = 14
_MAKERS = ("cert-manager.io/cluster-issuer", "cert-manager.io/issuer", "kubernetes.io/tls-acme")


def check(subject: Subject) -> Iterable[Finding]:
    """Every Ingress with a TLS section."""
    looking = _Looking(subject.snapshot, subject.now)
    for ingress in subject.snapshot.ingresses:
        if ingress.tls:
            yield from looking.at(ingress)


class _Looking(Struct):
    """One look at all Ingresses; each certificate is read once."""

    snapshot: Snapshot
    now: datetime
    read: dict[str, Certificate | None] = field(default_factory=dict)

    def at(self, ingress: Ingress) -> Iterator[Finding]:
        for number, entry in enumerate(ingress.tls):
            for level, message, fix in self._of_entry(ingress, entry):
                place = ("spec", "tls", number, "secretName")
                yield finding_on(ingress, CODE, level, message, place, fix)
        yield from _without_entry(ingress)

    def _of_entry(self, ingress: Ingress, entry: TLSEntry) -> Iterator[tuple[str, str, str]]:
        namespace, name = ingress.meta.namespace, entry.secret
        if not name:
            return
        secret = self.snapshot.secret_by_key.get((namespace, name))
        see = command("get", "secret", name, "-n", namespace)
        mend = secret_fix(f"{namespace}/{name}", secret)
        if secret is None:
            if self._may_be_there(ingress):
                return
            level = "warning" if self.snapshot.offline else "error"
            message = f"Secret {namespace}/{name} does not exist{self._elsewhere(name)}"
            message += ": clients are shown the controller's own certificate"
            yield level, message, mend
            return
        missing = sorted({"tls.crt", "tls.key"} - secret.keys)
        if missing:
            yield "error", f"Secret {secret.meta.key} has no {' and no '.join(missing)}", mend
        elif secret.key_problem:
            yield "error", f"Secret {secret.meta.key}: {secret.key_problem}", mend
        elif secret.type not in ("kubernetes.io/tls", ""):
            yield "info", f"Secret {secret.meta.key} is of type {secret.type}", see
        if secret.certificate:
            hosts = entry.hosts or tuple(rule.host for rule in ingress.rules if rule.host)
            yield from ((*one, mend) for one in self._of_certificate(secret, hosts))

    def _of_certificate(self, secret: Secret, hosts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        key = secret.meta.key
        if key not in self.read:
            self.read[key] = describe_pem(secret.certificate)
        certificate = self.read[key]
        if certificate is None:
            yield "error", f"tls.crt of Secret {key} holds no certificate"
            return
        days = days_left(certificate, self.now)
        if days < 0:
            yield "error", f"the certificate of Secret {key} {validity(certificate, self.now)}"
        elif days < _SOON:
            yield "warning", f"the certificate of Secret {key} expires in {days} days"
        names = certificate.names or (certificate.subject,)
        wrong = [host for host in hosts if not _is_for(names, host)]
        if wrong:
            shown = ", ".join(names[:3])
            yield "error", f"the certificate of Secret {key} is for {shown}, not for {wrong[0]}"

    def _may_be_there(self, ingress: Ingress) -> bool:
        """Where nobody has looked, and where cert-manager is to make it."""
        snapshot = self.snapshot
        if "Secret" not in snapshot.read or snapshot.may_lack(snapshot.secrets):
            return True
        return snapshot.offline and any(one in ingress.meta.annotations for one in _MAKERS)

    def _elsewhere(self, name: str) -> str:
        found = [one.meta.namespace for one in self.snapshot.secrets if one.meta.name == name]
        return f" (there is one in namespace {found[0]})" if found else ""


def _is_for(names: tuple[str, ...], host: str) -> bool:
    return covers(names, host) or host in names


def _without_entry(ingress: Ingress) -> Iterator[Finding]:
    """Hosts of rules that no entry names; one without hosts is for all of them."""
    if any(not entry.hosts for entry in ingress.tls):
        return
    named: Mapping[str, None] = dict.fromkeys(h for entry in ingress.tls for h in entry.hosts)
    for number, rule in enumerate(ingress.rules):
        if rule.host and rule.host not in named and wildcard_of(rule.host) not in named:
            message = f"no entry of spec.tls names {rule.host}, so it may get another certificate"
            fix = f"add {rule.host} to spec.tls[0].hosts"
            place = ("spec", "rules", number, "host")
            yield finding_on(ingress, CODE, "warning", message, place, fix)
