"""What a namespace or a cluster holds: objects of every kind that is served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.core.kinds import Kind, qualified_name
from kubectl_ingress.errors import ApiError, ApiNotFound, ApiUnreachable
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.ports import api
from kubectl_ingress.ports.answers import Overloaded

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

# Not about one kind: nothing could be seen, each kind after a wait of its own.
_OF_ALL = (ApiUnreachable, Overloaded)
# Made and removed by Kubernetes itself, for other objects or for nobody.
_DERIVED = {
    ("", "events"),
    ("events.k8s.io", "events"),
    ("", "endpoints"),
    ("discovery.k8s.io", "endpointslices"),
    ("", "componentstatuses"),
}
# Measurements, which nobody stores.
_COMPUTED = ("metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io")
# In every namespace: Kubernetes makes them (serviceaccount and root-ca-cert-publisher controllers).
_EVERYWHERE = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}


class Contents(Struct, frozen=True):
    """What is in a namespace, and which resources could not be looked at."""

    objects: tuple[Live, ...]
    unknown: tuple[str, ...] = ()


def contents(cluster: Cluster, namespace: str) -> Contents:
    """All that somebody has put there: not what Kubernetes makes itself, nor what belongs to it.

    An object with an owner goes and stays with that. Raises ApiUnreachable and
    Overloaded.
    """
    found: dict[str, Live] = {}
    unknown: list[str] = []
    for kind in served(cluster, unknown):
        if not kind.namespaced:
            continue
        try:
            # Also of kinds that are deprecated, which whoever has none of them need not know.
            items = api.list_all(cluster, kind, namespace, quiet=True)
        except ApiNotFound:
            continue
        except _OF_ALL:
            raise
        except ApiError:
            unknown.append(kind.resource)
            continue
        for live in items:
            if not _comes_by_itself(live):
                # Some are served by two groups.
                found.setdefault(reader_of(live).meta().uid or qualified_name(live), live)
    return Contents(tuple(found.values()), tuple(dict.fromkeys(unknown)))


def served(cluster: Cluster, unknown: list[str]) -> Iterator[Kind]:
    """The kinds that somebody can put there, each in the first version that has it.

    What cannot be looked at is added to `unknown`.
    """
    seen: set[tuple[str, str]] = set()
    for version in _versions(cluster, unknown):
        group = version.rpartition("/")[0]
        path = f"/apis/{version}" if group else f"/api/{version}"
        try:
            answer = reader_of(cluster.request("GET", path))
        except _OF_ALL:
            raise
        except ApiError:
            unknown.append(version)
            continue
        for each in answer.children("resources"):
            plural = each.text("name")
            listed = "list" in each.strings("verbs") and "/" not in plural
            if listed and (group, plural) not in seen | _DERIVED:
                seen.add((group, plural))
                namespaced = bool(each.flag("namespaced"))
                yield Kind(each.text("kind"), version, plural, namespaced)


def _versions(cluster: Cluster, unknown: list[str]) -> Iterator[str]:
    """``v1``, ``apps/v1``, …: of each group its preferred version first."""
    yield "v1"
    try:
        groups = reader_of(cluster.request("GET", "/apis")).children("groups")
    except _OF_ALL:
        raise
    except ApiError:
        unknown.append("every group of the API")
        return
    for group in groups:
        if group.text("name") in _COMPUTED:
            continue
        yield group.child("preferredVersion").text("groupVersion")
        for version in group.children("versions"):
            if version.text("groupVersion") != group.child("preferredVersion").text("groupVersion"):
                yield version.text("groupVersion")


def _comes_by_itself(live: Live) -> bool:
    meta = reader_of(live).child("metadata")
    return bool(meta.children("ownerReferences")) or (
        (str(live["kind"]), meta.text("name")) in _EVERYWHERE
    )
