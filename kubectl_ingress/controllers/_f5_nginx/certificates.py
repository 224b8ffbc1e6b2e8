"""Which Secrets are of use, those of TLS and those of passwords (secrets.ValidateSecret)."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._f5_nginx.settings import Settings
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding, Origin, Snapshot

_PARTS = {
    "kubernetes.io/tls": frozenset({"tls.crt", "tls.key"}),
    "nginx.org/htpasswd": frozenset({"htpasswd"}),
}


class Problem(Struct, frozen=True):
    """Why a Secret is of no use; `sure` is False where nobody has looked for Secrets."""

    message: str
    sure: bool = True
    fix: str = ""

    def finding(self, code: str, message: str, where: str, origin: Origin) -> Finding:
        """As a finding about the object that names the Secret."""
        if self.sure:
            return Finding(code, "error", message, where, origin, self.fix)
        return Finding("KI401", "warning", message, where, origin)


def secret_problem(snapshot: Snapshot, namespace: str, name: str, kind: str) -> Problem | None:
    """None where it is good. One that may not be read is taken to be good."""
    secret = snapshot.secret_by_key.get((namespace, name))
    what, fix = f"Secret {namespace}/{name}", command("get", "secret", name, "-n", namespace)
    if secret is None:
        if "Secret" not in snapshot.read:
            return None
        if snapshot.offline and not snapshot.secrets:
            return Problem(f"{what} is not in the files", sure=False)
        return Problem(f"{what} does not exist", fix=fix)
    if secret.type != kind:
        return Problem(f"{what} is of type {secret.type or 'Opaque'}, and not {kind}", fix=fix)
    missing = sorted(_PARTS[kind] - secret.keys)
    return Problem(f"{what} has no {missing[0]}", fix=fix) if missing else None


class Certificate(Struct, frozen=True):
    """The certificate of a server: its Secret's key, or why handshakes are refused.

    `field` is where the object asks for it.
    """

    secret: str = ""
    problem: Finding | None = None
    field: tuple[str | int, ...] = ()


def certificate(
    snapshot: Snapshot,
    settings: Settings,
    namespace: str,
    name: str,
    owner: str,
    field: tuple[str | int, ...],
) -> Certificate:
    """Of the Secret that an object names; without a name, of the one for all hosts.

    One that nobody has looked for is taken to be good: files seldom hold certificates.
    """
    if name:
        problem = secret_problem(snapshot, namespace, name, "kubernetes.io/tls")
    else:
        problem = None if settings.wildcard_secret else Problem("no Secret is named for TLS")
    if problem is None or not problem.sure:
        return Certificate(f"{namespace}/{name}" if name else settings.wildcard_secret, None, field)
    message = f"{owner}: {problem.message}, so https handshakes are refused"
    return Certificate("", problem.finding("KI302", message, owner, Origin()), field)
