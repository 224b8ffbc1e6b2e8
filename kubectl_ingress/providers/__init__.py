"""One file a provider: PROVIDER, what is particular to an installation there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace


class Surroundings(Struct, frozen=True):
    """What else is in the cluster, as far as it changes how a load balancer is made.

    `class_controllers` are the ``spec.controller`` of all IngressClasses,
    `workloads` the names and images of all Deployments, `webhooks` the names
    in all MutatingWebhookConfigurations, `node_labels` ``key=value`` of the
    nodes that were looked at. `known` is False when no cluster was asked, or not
    all of it could be read; `unread` is why.
    """

    class_controllers: frozenset[str] = frozenset()
    workloads: frozenset[str] = frozenset()
    webhooks: frozenset[str] = frozenset()
    node_labels: frozenset[str] = frozenset()
    known: bool = True
    unread: str = ""


class Options(Struct, frozen=True):
    """What a user may ask of a provider. Each field is a flag of the same name."""

    internal: bool = False
    acm_certificate: str = ""
    proxy_cidr: str = ""


class Port(Struct, frozen=True):
    """A port of the controller's Service: `target` names one of the container's ports."""

    name: str
    number: int
    target: str


class Toleration(Struct, frozen=True):
    """A taint, by key and effect, that the controller's pods bear."""

    key: str
    effect: str


class Variant(Struct, frozen=True):
    """All that the objects of an installation depend on its provider for.

    The defaults are those of provider `cloud`. `balancer` and `note` are for
    people: what kind of load balancer it is, and what was decided on the way.
    `external_traffic_policy` "" leaves it to Kubernetes (Cluster), `config`
    None makes an empty ConfigMap. `more_ports` are container ports beside
    http, https and the webhook's. `webhook_timeout` is in seconds, None is
    Kubernetes' own.
    """

    balancer: str = ""
    note: str = ""
    service_type: Literal["LoadBalancer", "NodePort"] = "LoadBalancer"
    service_annotations: Mapping[str, str] = field(default_factory=dict)
    service_ports: tuple[Port, ...] = (Port("http", 80, "http"), Port("https", 443, "https"))
    external_traffic_policy: Literal["Local", ""] = "Local"
    config: Mapping[str, str] | None = None
    publish_service: bool = True
    extra_args: tuple[str, ...] = ()
    more_ports: tuple[tuple[str, int], ...] = ()
    host_ports: bool = False
    workload: Literal["Deployment", "DaemonSet"] = "Deployment"
    grace_seconds: int = 300
    tolerations: tuple[Toleration, ...] = ()
    webhook_timeout: int | None = None

    @property
    def balanced(self) -> bool:
        """Whether requests come in by a load balancer, so that it is to be waited for."""
        return self.service_type == "LoadBalancer" and not self.host_ports


CLOUD = Variant()
"""Provider `cloud`'s: what the others differ from."""


class Place(Struct, frozen=True):
    """Somewhere that a provider fits: what users call it, and how its nodes are recognised.

    `also` are other names that people type for it. `provider_ids` are
    beginnings of the nodes' ``spec.providerID``, `labels` and `annotations`
    keys of theirs, or ``key=value``; any of them is enough.
    `anywhere` is true for a distribution that also runs on the machines of
    others, whose marks count for more than its own. `hint` is what to know
    there. `internal` are the annotations that make its load balancers private.
    `named_by` and `pending` take the place of the provider's.
    """

    name: str
    title: str
    also: tuple[str, ...] = ()
    provider_ids: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()
    node_names: tuple[str, ...] = ()
    anywhere: bool = False
    hint: str = ""
    internal: Mapping[str, str] = field(default_factory=dict)
    named_by: str = ""
    pending: tuple[str, ...] = ()


class Provider(Struct, frozen=True):
    """One way to install, and the places where it fits.

    `named_by` is who gives the load balancer its address, which is a DNS name
    where `hostname` is true and an IP otherwise. `pending` says what is needed
    before a load balancer is made, one line each. `variant(surroundings,
    options)` says what the objects differ in; `decide` is to be asked. `takes`
    are the Options that mean something at all its places, `needs` those without
    which it is not installed. `place` is the one of `places` that the cluster
    is in, where that is known. `detected` is False for a way that is only
    taken when it is named: another provider has the same places. `for_any`: the
    annotations hold for whatever controller is behind the load balancer.
    """

    name: str
    title: str
    named_by: str
    pending: tuple[str, ...]
    variant: Callable[[Surroundings, Options], Variant]
    hostname: bool = False
    places: tuple[Place, ...] = ()
    takes: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    detected: bool = True
    for_any: bool = False
    place: Place | None = None

    def at(self, place: Place) -> Provider:
        """This provider in one of its places."""
        return replace(
            self,
            title=place.title,
            named_by=place.named_by or self.named_by,
            pending=place.pending or self.pending,
            place=place,
        )

    def takes_option(self, name: str) -> bool:
        """Whether an Option, by its field's name, means something here."""
        private = name == "internal" and self.place is not None and bool(self.place.internal)
        return private or name in self.takes

    def decide(self, surroundings: Surroundings, options: Options) -> Variant:
        """What the objects differ in, here and in these surroundings."""
        variant = self.variant(surroundings, options)
        if not (options.internal and self.place is not None and self.place.internal):
            return variant
        annotations = {**variant.service_annotations, **self.place.internal}
        return replace(variant, service_annotations=annotations, balancer="internal")

    @property
    def hint(self) -> str:
        """What to know of the place, "" where there is nothing."""
        return self.place.hint if self.place else ""
