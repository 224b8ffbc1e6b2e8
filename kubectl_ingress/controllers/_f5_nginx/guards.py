"""Who is let in: addresses by Policies, and passwords (nginx asks in this order)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kubectl_ingress.controllers._f5_nginx.certificates import secret_problem
from kubectl_ingress.controllers._f5_nginx.options import Options
from kubectl_ingress.controllers._f5_nginx.policies import Policies, policies
from kubectl_ingress.core.actions import Action, Answer
from kubectl_ingress.core.guards import Addresses, Password
from kubectl_ingress.core.objects import Finding, Snapshot


class Guards(Struct, frozen=True):
    """What one Ingress asks for; a location takes over what it does not say itself."""

    error: Answer | None = None
    addresses: Addresses | None = None
    password: Password | None = None
    doubts: tuple[Finding, ...] = ()

    def over(self, other: Guards) -> Guards:
        """These, and what only the others have (ngx_conf_merge)."""
        return Guards(
            self.error,
            self.addresses or other.addresses,
            self.password or other.password,
            self.doubts,
        )

    @property
    def actions(self) -> Iterator[Action]:
        """Those that let a request pass or not; the error is none of them."""
        if self.addresses:
            yield self.addresses
        if self.password:
            yield self.password


def guards(snapshot: Snapshot, options: Options) -> Guards:
    """The Policies and the password of an Ingress."""
    found = _policies(snapshot, options)
    return Guards(found.error, found.access, _password(snapshot, options), found.doubts)


def _policies(snapshot: Snapshot, options: Options) -> Policies:
    named = options.value("policies")
    names = tuple(name.strip() for name in named.text.split(",") if name.strip())
    return policies(snapshot, options.settings, names, options.ingress.meta.namespace, named)


def _password(snapshot: Snapshot, options: Options) -> Password | None:
    named = options.value("basic-auth-secret")
    if not named.text:
        return None
    namespace = options.ingress.meta.namespace
    problem = secret_problem(snapshot, namespace, named.text, "nginx.org/htpasswd")
    if problem is None:
        return Password(named)
    what = f"nginx.org/basic-auth-secret: {problem.message}, so nobody is let in"
    finding = problem.finding("KI402", what, named.source, options.ingress.meta.origin)
    return Password(named, usable=False, finding=finding)
