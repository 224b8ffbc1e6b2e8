"""The certificate that a client is shown for a host: whether it is for it, and what mends that."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.answer import Certificate
from kubectl_ingress.core.certificate import covers, seconds_left, validity
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Finding, Ingress, Secret, Snapshot, TLSEntry
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.request import Step
from kubectl_ingress.core.server import Server
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.trace import Entrance, Hop, origin_of

_OF_CERT_MANAGER = "cert-manager.io/certificate-name"
_SHOWN = 3


class Looking(Struct, frozen=True):
    """What a host's certificate is looked for in; `describe` reads the first one of a PEM text."""

    table: RouteTable
    snapshot: Snapshot
    describe: Callable[[str], Certificate | None]
    now: datetime

    def secret(self, key: str) -> Secret | None:
        """Of a key ``namespace/name``."""
        namespace, _, name = key.partition("/")
        return self.snapshot.secret_by_key.get((namespace, name))

    def is_unread(self, key: str) -> bool:
        """Whether it is a Secret that nobody has looked for."""
        snapshot = self.snapshot
        unread = "Secret" not in snapshot.read or (snapshot.offline and not snapshot.secrets)
        return unread and self.secret(key) is None

    def problem(self, key: str, host: str) -> str:
        """Why a host has no certificate of a Secret that was looked for; "" where it has."""
        secret, source = self.secret(key), f"Secret {key}"
        if secret is None:
            return f"{source} does not exist"
        missing = sorted({"tls.crt", "tls.key"} - secret.keys)
        if missing:
            return f"{source} has no {' and no '.join(missing)}"
        certificate = self.describe(secret.certificate)
        if certificate is None:
            return f"tls.crt of {source} holds no certificate"
        if secret.key_problem:
            return f"{source}: {secret.key_problem}"
        if seconds_left(certificate, self.now) < 0:
            return f"the certificate of {source} {validity(certificate, self.now)}"
        if not covers(certificate.names, host):
            return f"the certificate of {source} is for {names_of(certificate)}, not for {host}"
        return ""


def names_of(certificate: Certificate) -> str:
    """The first of its names, else whose it is."""
    return ", ".join(certificate.names[:_SHOWN]) or certificate.subject


def certificate_problem(host: str, looking: Looking) -> Finding | None:
    """KI302 where a client is not shown a good certificate; None also where nobody can tell."""
    server = looking.table.server_for(host)
    key, owners = server.certificate, _owners(server, looking.table)
    message = "" if not key or looking.is_unread(key) else looking.problem(key, host)
    if key and not message:
        return None
    named = {f"{one.meta.namespace}/{entry.secret}" for one in owners for entry in one.tls}
    if key and (key in named or not owners):
        fix = secret_fix(key, looking.secret(key))
        return Finding("KI302", "warning", message, f"Secret {key}", fix=fix)
    # What is shown then is the controller's own, or the one that it was given for all hosts.
    return _unasked(host, server, owners, looking)


def _owners(server: Server, table: RouteTable) -> list[Ingress]:
    """The Ingresses that have a rule for a server's host, those with TLS first."""
    found = [one for one in table.loaded if any(rule.host == server.host for rule in one.rules)]
    return sorted(found, key=lambda one: not one.tls)


def _unasked(host: str, server: Server, owners: list[Ingress], looking: Looking) -> Finding | None:
    """Why no Secret of the host's own Ingresses is shown."""
    message = f"no TLS section covers {host}"
    if not owners or not server.host:
        edit = edit_command(f"Ingress {owners[0].meta.key}") if owners else ""
        return Finding("KI302", "warning", message, fix=edit or "kubectl ingress list -A")
    ingress = owners[0]
    place = _entry_of(server.host, ingress)
    if place is None:
        if ingress.tls:
            message = f"no entry of spec.tls names {host}, and no certificate there is for it"
        return _about(ingress, message, ("spec", "tls"), _entry_fix(ingress, server.host))
    number, entry = place
    field = ("spec", "tls", number)
    by_wildcard = bool(entry.hosts) and server.host not in entry.hosts
    if not entry.secret:
        message = f"the entry of spec.tls for {host} names no Secret"
        named = wildcard_of(server.host) if by_wildcard else server.host
        return _about(ingress, message, field, _entry_fix(ingress, named, number))
    key = f"{ingress.meta.namespace}/{entry.secret}"
    if looking.is_unread(key):
        return None
    message = looking.problem(key, host)
    if message:
        return _about(ingress, message, field, secret_fix(key, looking.secret(key)))
    if by_wildcard:
        # Not every controller takes its certificate for the hosts that a wildcard covers.
        message = f"no entry of spec.tls names {host} itself"
        return _about(ingress, message, ("spec", "tls"), _entry_fix(ingress, server.host))
    message = f"no Secret of a TLS section has a certificate for {host}"
    return _about(ingress, message, field, edit_command(f"Ingress {ingress.meta.key}"))


def _entry_of(host: str, ingress: Ingress) -> tuple[int, TLSEntry] | None:
    """The entry that names a host, else the one with its wildcard, else the only one of all."""
    for name in (host, wildcard_of(host)):
        for number, entry in enumerate(ingress.tls):
            if name in entry.hosts:
                return number, entry
    return (0, ingress.tls[0]) if len(ingress.tls) == 1 and not ingress.tls[0].hosts else None


def _about(ingress: Ingress, message: str, field: tuple[str | int, ...], fix: str) -> Finding:
    return Finding("KI302", "warning", message, f"Ingress {ingress.meta.key}", fix=fix, field=field)


def secret_fix(key: str, secret: Secret | None) -> str:
    """The command that gives a Secret, `key` being its ``namespace/name``, another certificate."""
    namespace, _, name = key.partition("/")
    create = ("create", "secret", "tls", name, "-n", namespace, "--cert=FILE", "--key=FILE")
    if secret is None:
        return command(*create)
    maker = secret.meta.annotations.get(_OF_CERT_MANAGER)
    if maker:
        # It would write its own back.
        return command("describe", "certificate", maker, "-n", namespace)
    if secret.type not in ("kubernetes.io/tls", ""):
        # A type stays what it is.
        delete = command("delete", "secret", name, "-n", namespace)
        return f"{delete} && {command(*create)}"
    return f"{command(*create, '--dry-run=client', '-o', 'yaml')} | kubectl apply -f -"


def _entry_fix(ingress: Ingress, host: str, number: int | None = None) -> str:
    """The commands that give a host a Secret, and an Ingress an entry for it, or its entry that."""
    if ingress.meta.origin.line is not None:
        return edit_command(f"Ingress {ingress.meta.key}")
    namespace, secret = ingress.meta.namespace, host.replace("*", "wildcard").replace(".", "-")
    path: str = "/spec/tls/-"
    value: object = {"hosts": [host], "secretName": secret}
    if number is not None:
        path, value = f"/spec/tls/{number}/secretName", secret
    elif not ingress.tls:
        path, value = "/spec/tls", [value]
    patch = json.dumps([{"op": "add", "path": path, "value": value}], separators=(",", ":"))
    where = ("ingress", ingress.meta.name, "-n", namespace)
    added = command("patch", *where, "--type=json", "-p", patch)
    return f"{secret_fix(f'{namespace}/{secret}', None)} && {added}"


def tls_hop(host: str, entrance: Entrance, looking: Looking) -> tuple[Hop, Finding | None]:
    """The certificate that a client is shown, and KI302 where it is not what it should be."""
    key, snapshot = looking.table.server_for(host).certificate, looking.snapshot
    finding = certificate_problem(host, looking)
    source, name = f"Secret {key}" if key else "", entrance.certificate_name
    text = source or f"the controller's own certificate{f' ({name})' if name else ''}"
    if finding is not None:
        why = finding.message
        if not key:
            finding = replace(finding, message=f"{why}, so clients are shown {text}")
            why = f"{text}: {why}"
        source = finding.object
        return Hop(Step("tls", why, source, False), origin_of(source, snapshot)), finding
    if key and looking.is_unread(key):
        text += ", which is not in the files" if snapshot.offline else ", which may not be read"
        return Hop(Step("tls", text, source)), None
    secret = looking.secret(key)
    certificate = looking.describe(secret.certificate) if secret else None
    if certificate is not None:
        text = f"{source}, {names_of(certificate)}, {validity(certificate, looking.now)}"
    return Hop(Step("tls", text, source), origin_of(source, snapshot)), None
