"""Which provider: by the name that was typed, or by what the nodes say of themselves."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress import registry
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.providers import Place, Provider

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

# All nodes of a cluster tell the same; these are enough to be sure of it.
_NODES = 50


class Nodes(Struct, frozen=True):
    """What the nodes say of themselves.

    `provider_ids` are the ``spec.providerID`` seen, `labels` and `annotations`
    ``key=value``, `addresses` one of each node that tells any, public ones first.
    """

    provider_ids: tuple[str, ...] = ()
    labels: frozenset[str] = frozenset()
    annotations: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    addresses: tuple[str, ...] = ()
    count: int = 0


NO_NODES = Nodes()
"""None there, or none that may be read."""


def providers() -> dict[str, Provider]:
    """All providers that install knows, by name."""
    names = registry.names("providers")
    return {name: registry.load("providers", name).PROVIDER for name in names}


def named(name: str) -> Provider:
    """The provider that is called so, or that fits the place that is called so.

    Raises UsageError with the names there are.
    """
    wanted = name.lower()
    known = providers()
    places = {
        alias: provider.at(place)
        for provider, place in _places()
        for alias in (place.name, *place.also)
    }
    # A place may have its provider's own name, and then says more.
    found = places.get(wanted) or known.get(wanted)
    if found is not None:
        return found
    like = difflib.get_close_matches(wanted, [*known, *places], n=1)
    meant = f'; did you mean "{like[0]}"?' if like else ""
    raise UsageError(f'unknown provider "{name}"{meant}', how_to_name())


def how_to_name() -> str:
    """The names that can be typed, for people: providers, then what leads to them."""
    known = providers()
    names = {place.name for _, place in _places()} - set(known)
    # Where a place has its provider's own name, the first of its others.
    names |= {place.also[0] for _, place in _places() if place.name in known and place.also}
    places = sorted(names)
    also = f"these lead to one of them: {', '.join(places)}"
    return "\n".join([f"known: {', '.join(known)}", *textwrap.wrap(also, 90)])


def read_nodes(cluster: Cluster) -> Nodes:
    """Look at some nodes. Raises ApiForbidden where nodes may not be listed."""
    answer = cluster.request("GET", KINDS["Node"].path(), query={"limit": str(_NODES)})
    nodes = reader_of(answer).children("items")
    metas = [node.meta() for node in nodes]
    ids = {node.child("spec").text("providerID") for node in nodes} - {""}
    return Nodes(
        provider_ids=tuple(sorted(ids)),
        labels=frozenset(f"{k}={v}" for meta in metas for k, v in meta.labels.items()),
        annotations=frozenset(f"{k}={v}" for meta in metas for k, v in meta.annotations.items()),
        names=frozenset(meta.name for meta in metas),
        addresses=_addresses(nodes),
        count=len(nodes),
    )


def fitting(nodes: Nodes) -> tuple[Provider, ...]:
    """The providers that the nodes name, each at its place where there is just one.

    What is more particular counts first: a node's name, then the marks that a
    provider sets, then ``spec.providerID``, and the marks of a distribution,
    which may run on anybody's machines, only where nothing else is said.
    """
    for level in (_by_name, _by_mark, _by_id, _by_distribution):
        found = [(provider, place) for provider, place in _places() if level(nodes, place)]
        if found:
            return _joined(found)
    return ()


def choose(nodes: Nodes) -> Provider:
    """The provider of the nodes. Raises UsageError with what they say and what is known."""
    found = fitting(nodes)
    if len(found) == 1:
        return found[0]
    if found:
        several = " and ".join(provider.name for provider in found)
        sentence = f"the nodes name several providers, {several}: {what_nodes_say(nodes)}"
    else:
        sentence = f"the provider of this cluster is not known: {what_nodes_say(nodes)}"
    own = "on machines of your own, and wherever nothing makes load balancers: baremetal"
    raise UsageError(sentence, f"name it with --provider NAME\n{own}\n{how_to_name()}")


def what_nodes_say(nodes: Nodes) -> str:
    """For people: ``nodes say aws:///eu-west-1a/…``."""
    if not nodes.count:
        return "there are no nodes"
    if not nodes.provider_ids:
        return "nodes have no spec.providerID"
    first, _, _ = nodes.provider_ids[0].rpartition("/")
    return f"nodes say {first}/…" if first else f"nodes say {nodes.provider_ids[0]}"


def _places() -> Iterator[tuple[Provider, Place]]:
    for provider in providers().values():
        if provider.detected:
            yield from ((provider, place) for place in provider.places)


def _joined(found: list[tuple[Provider, Place]]) -> tuple[Provider, ...]:
    places: dict[str, list[tuple[Provider, Place]]] = {}
    for provider, place in found:
        places.setdefault(provider.name, []).append((provider, place))
    return tuple(
        each[0][0].at(each[0][1]) if len(each) == 1 else each[0][0] for each in places.values()
    )


def _by_name(nodes: Nodes, place: Place) -> bool:
    return not nodes.names.isdisjoint(place.node_names)


def _by_mark(nodes: Nodes, place: Place) -> bool:
    return not place.anywhere and _has_mark(nodes, place)


def _by_id(nodes: Nodes, place: Place) -> bool:
    return any(each.startswith(place.provider_ids) for each in nodes.provider_ids)


def _by_distribution(nodes: Nodes, place: Place) -> bool:
    return place.anywhere and _has_mark(nodes, place)


def _has_mark(nodes: Nodes, place: Place) -> bool:
    return _has_one(nodes.labels, place.labels) or _has_one(nodes.annotations, place.annotations)


def _has_one(there: frozenset[str], marks: tuple[str, ...]) -> bool:
    return any(mark in there if "=" in mark else _has_key(there, mark) for mark in marks)


def _has_key(there: frozenset[str], key: str) -> bool:
    return any(each.startswith(f"{key}=") for each in there)


def _addresses(nodes: list[Reader]) -> tuple[str, ...]:
    found: dict[str, list[str]] = {"ExternalIP": [], "InternalIP": []}
    for node in nodes:
        for each in node.child("status").children("addresses"):
            if each.text("type") in found and each.text("address"):
                found[each.text("type")].append(each.text("address"))
    return tuple(found["ExternalIP"] or found["InternalIP"])
