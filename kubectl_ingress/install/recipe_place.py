"""Where a recipe is installed: what its files and its load balancer depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.errors import ApiForbidden, UsageError
from kubectl_ingress.install.detection import NO_NODES, fitting, read_nodes, what_nodes_say
from kubectl_ingress.install.recipe_manifest import Place
from kubectl_ingress.install.surroundings import look_around
from kubectl_ingress.install.wanted import check_options
from kubectl_ingress.providers import Options, Provider, Surroundings

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster


class Decided(Struct, frozen=True):
    """The place, and how it is told. `makes_balancers` only where that is known."""

    place: Place
    facts: tuple[tuple[str, str], ...] = ()
    makes_balancers: bool = False


def decide(cluster: Cluster | None, named: Provider | None, options: Options) -> Decided:
    """By the provider that was named, else by the nodes; None for a cluster that is not asked.

    Raises UsageError for an option that means nothing there.
    """
    nodes, unread = NO_NODES, ""
    if cluster is not None:
        try:
            nodes = read_nodes(cluster)
        except ApiForbidden:
            unread = "the nodes may not be read"
    found = fitting(nodes) if named is None else (named,)
    if len(found) != 1:
        return _unknown(cluster, unread or what_nodes_say(nodes), options)
    said = what_nodes_say(nodes) if nodes.count else ""
    provider = found[0]
    check_options(replace(provider, needs=()), options)
    around = look_around(cluster, nodes) if cluster is not None else Surroundings(known=False)
    variant = provider.decide(around, options)
    annotations = variant.service_annotations if provider.for_any else {}
    if options.internal and provider.place is not None:
        annotations = {**annotations, **provider.place.internal}
    facts = [("Provider", f"{provider.name} ({said})" if said else provider.name)]
    if provider.for_any and variant.note:
        facts.append(("Note", variant.note))
    place = Place(variant.balanced, annotations)
    return Decided(place, tuple(facts), variant.balanced)


def _unknown(cluster: Cluster | None, said: str, options: Options) -> Decided:
    if options.internal:
        raise UsageError("--internal is said differently in each place", "add --provider NAME")
    if cluster is None:
        return Decided(Place())
    text = f"not known ({said}); no load balancer is waited for: --provider NAME"
    return Decided(Place(), (("Provider", text),))
