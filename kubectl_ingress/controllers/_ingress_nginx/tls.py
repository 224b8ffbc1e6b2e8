"""Which certificate a host has, and which names have one at all.

Upstream: controller.go (createServers, extractTLSSecretName), nginx.go
(configureCertificates), certificate.lua.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from kubectl_ingress.controllers._ingress_nginx.profile import PROFILE
from kubectl_ingress.controllers._ingress_nginx.servers import Host
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.core.certificate import covers
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Ingress, Snapshot

_FAKE_NAMES = ("ingress.local", PROFILE.fake_certificate)


class Certificates(Struct):
    """The Secrets with certificates, read as far as somebody asks."""

    snapshot: Snapshot
    settings: Settings
    _names: dict[str, tuple[str, ...] | None] = field(default_factory=dict)

    @property
    def are_unknown(self) -> bool:
        """Whether nobody has looked for Secrets."""
        return self.snapshot.secrets_unread

    def of_host(self, host: Host) -> str:
        """``namespace/name`` of the Secret; the controller's own where there is none ("")."""
        if host.tls_of is None:
            return ""
        ingress = host.tls_of.ingress
        name = self._secret(host.host, ingress)
        key = f"{ingress.meta.namespace}/{name}"
        if name and (self.are_unknown or self._covers(key, host.host)):
            return key
        return self.settings.default_certificate

    def _secret(self, host: str, ingress: Ingress) -> str:
        """The one that names the host, else one whose certificate fits."""
        for entry in ingress.tls:
            if host in entry.hosts:
                return entry.secret
        namespace = ingress.meta.namespace
        fitting = (e.secret for e in ingress.tls if self._covers(f"{namespace}/{e.secret}", host))
        return next(fitting, "")

    def _covers(self, key: str, host: str) -> bool:
        names = self.names(key)
        return names is not None and covers(names, host)

    def names(self, key: str) -> tuple[str, ...] | None:
        """All names in the certificate of a Secret, None where there is none."""
        if key not in self._names:
            self._names[key] = self._read(key)
        return self._names[key]

    def _read(self, key: str) -> tuple[str, ...] | None:
        from kubectl_ingress.certificates import describe_pem

        namespace, _, name = key.partition("/")
        secret = self.snapshot.secret_by_key.get((namespace, name))
        # One without its key is not loaded (ssl.go, CreateSSLCert).
        if secret is None or not secret.certificate or secret.key_problem:
            return None
        certificate = describe_pem(secret.certificate)
        return None if certificate is None else (*certificate.names, certificate.subject)

    def certified(self, hosts: Iterable[Host]) -> frozenset[str]:
        """The names with a certificate entry: hosts with TLS, and aliases that it covers."""
        found: set[str] = set()
        for host in hosts:
            if host.tls_of is not None:
                found.add(host.host)
                found.update(self._covered_aliases(host))
        return frozenset(found)

    def _covered_aliases(self, host: Host) -> list[str]:
        if not host.aliases:
            return []
        key = self.of_host(host)
        names = (self.names(key) if key else None) or _FAKE_NAMES
        return [alias for alias in host.aliases if covers(names, alias)]


def is_certified(host: str, certified: frozenset[str]) -> bool:
    """Whether a name has a certificate entry itself, or its one-label wildcard has."""
    return host in certified or wildcard_of(host) in certified
