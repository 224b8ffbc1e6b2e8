"""References to other namespaces, and the ReferenceGrants that permit them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from kubectl_ingress.core.gateway import GROUP, ObjectRef, ReferenceGrant
from kubectl_ingress.core.objects import Snapshot

CORE: Final = ""


class Referrer(Struct, frozen=True):
    """Who refers: a kind of the Gateway API in a namespace."""

    kind: str
    namespace: str


class Grants(Struct, frozen=True):
    """The ReferenceGrants by the namespace that they open."""

    by_namespace: Mapping[str, tuple[ReferenceGrant, ...]]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Grants:
        """Those of a Snapshot."""
        found: dict[str, tuple[ReferenceGrant, ...]] = {}
        for grant in snapshot.reference_grants:
            namespace = grant.meta.namespace
            found[namespace] = (*found.get(namespace, ()), grant)
        return cls(found)

    def permit(self, referrer: Referrer, target: ObjectRef) -> bool:
        """Whether a reference is permitted: within a namespace always, else by a grant there."""
        if target.namespace in (None, referrer.namespace):
            return True
        return any(
            _is_from(grant, referrer) and _is_to(grant, target)
            for grant in self.by_namespace.get(target.namespace or "", ())
        )


def _is_from(grant: ReferenceGrant, referrer: Referrer) -> bool:
    return any(
        (one.group, one.kind, one.namespace) == (GROUP, referrer.kind, referrer.namespace)
        for one in grant.sources
    )


def _is_to(grant: ReferenceGrant, target: ObjectRef) -> bool:
    return any(
        (one.group, one.kind) == (target.group, target.kind) and one.name in ("", target.name)
        for one in grant.targets
    )
