"""One file a provider: PROVIDER, what is particular to its load balancers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Surroundings:
    """What else is in the cluster, as far as it changes how a load balancer is made.

    `class_controllers` are the ``spec.controller`` of all IngressClasses,
    `workloads` the names and images of all Deployments, `webhooks` the names
    in all MutatingWebhookConfigurations, `node_labels` ``key=value`` of the
    nodes that were looked at. `known` is False when no cluster was asked.
    """

    class_controllers: frozenset[str] = frozenset()
    workloads: frozenset[str] = frozenset()
    webhooks: frozenset[str] = frozenset()
    node_labels: frozenset[str] = frozenset()
    known: bool = True


@dataclass(frozen=True)
class LoadBalancer:
    """How the controller's Service asks for its load balancer, and what to say about it."""

    kind: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Provider:
    """A place where clusters run.

    `provider_ids` are the beginnings of its nodes' ``spec.providerID``.
    `named_by` is who gives the load balancer its address, which is a DNS name
    where `hostname` is true and an IP otherwise. `pending` says what the
    provider needs before it makes a load balancer, one line each.
    `load_balancer(surroundings, internal)` decides the Service's annotations.
    """

    name: str
    title: str
    provider_ids: tuple[str, ...]
    named_by: str
    hostname: bool
    pending: tuple[str, ...]
    load_balancer: Callable[[Surroundings, bool], LoadBalancer]
