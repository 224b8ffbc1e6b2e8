"""What is in the cluster already: which provider, and what else would meddle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubectl_ingress import registry
from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.parse import Reader, parse_ingress_class, parse_workload
from kubectl_ingress.errors import ApiForbidden, ApiNotFound, UsageError
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.ports import api
from kubectl_ingress.providers import Provider, Surroundings

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

# All nodes of a cluster tell the same; these are enough to be sure of it.
_NODES = 50
_MUTATING = Kind(
    "MutatingWebhookConfiguration",
    "admissionregistration.k8s.io/v1",
    "mutatingwebhookconfigurations",
    namespaced=False,
)
_APP_NAME = "app.kubernetes.io/name"


@dataclass(frozen=True)
class Nodes:
    """What the nodes say of themselves: the ``spec.providerID`` and ``key=value`` labels seen."""

    provider_ids: tuple[str, ...] = ()
    labels: frozenset[str] = frozenset()
    count: int = 0


@dataclass(frozen=True)
class Neighbour:
    """A Deployment that looks like an ingress-nginx: which classes it serves."""

    namespace: str
    name: str
    class_name: str
    controller_value: str


def providers() -> dict[str, Provider]:
    """All providers that install knows, by name."""
    names = registry.names("providers")
    return {name: registry.load("providers", name).PROVIDER for name in names}


def read_nodes(cluster: Cluster) -> Nodes:
    """Look at some nodes. Raises ApiForbidden where nodes may not be listed."""
    answer = cluster.request("GET", KINDS["Node"].path(), query={"limit": str(_NODES)})
    nodes = reader_of(answer).children("items")
    ids = {node.child("spec").text("providerID") for node in nodes} - {""}
    labels = {f"{k}={v}" for node in nodes for k, v in node.meta().labels.items()}
    return Nodes(tuple(sorted(ids)), frozenset(labels), len(nodes))


def provider_of(nodes: Nodes, known: Iterable[Provider]) -> Provider | None:
    """The provider that the nodes name; None when they name none of the known, or several."""
    found = [p for p in known if any(i.startswith(p.provider_ids) for i in nodes.provider_ids)]
    return found[0] if len(found) == 1 else None


def what_nodes_say(nodes: Nodes) -> str:
    """For people: ``nodes say aws:///eu-west-1a/…``."""
    if not nodes.count:
        return "there are no nodes"
    if not nodes.provider_ids:
        return "nodes have no spec.providerID"
    first, _, _ = nodes.provider_ids[0].rpartition("/")
    return f"nodes say {first}/…" if first else f"nodes say {nodes.provider_ids[0]}"


def choose_provider(nodes: Nodes) -> Provider:
    """The provider of the nodes. Raises UsageError with what they say and what is known."""
    known = providers()
    found = provider_of(nodes, known.values())
    if found is None:
        raise UsageError(
            f"this cluster's provider is not one that can be installed for: "
            f"{what_nodes_say(nodes)}",
            f"name one with --provider: {', '.join(known)}",
        )
    return found


def look_around(cluster: Cluster, nodes: Nodes) -> Surroundings:
    """What may take over the load balancer. What may not be read counts as not known."""
    try:
        classes = api.list_all(cluster, KINDS["IngressClass"])
        hooks = api.list_all(cluster, _MUTATING)
        deployments = _deployments(cluster, "aws-load-balancer-controller")
    except (ApiForbidden, ApiNotFound):
        return Surroundings(node_labels=nodes.labels, known=False)
    return Surroundings(
        class_controllers=frozenset(parse_ingress_class(reader_of(c)).controller for c in classes),
        workloads=frozenset(
            text
            for workload in map(parse_workload, deployments)
            for text in (workload.meta.name, *workload.images)
        ),
        webhooks=frozenset(
            hook.text("name") for each in hooks for hook in reader_of(each).children("webhooks")
        ),
        node_labels=nodes.labels,
    )


def neighbours(cluster: Cluster) -> tuple[Neighbour, ...]:
    """The ingress-nginx Deployments of the cluster, ours included; none where not readable."""
    try:
        found = [parse_workload(reader) for reader in _deployments(cluster, "ingress-nginx")]
    except ApiForbidden:
        return ()
    return tuple(
        Neighbour(
            each.meta.namespace,
            each.meta.name,
            _argument(each.args, "--ingress-class", "nginx"),
            _argument(each.args, "--controller-class", "k8s.io/ingress-nginx"),
        )
        for each in found
        # The same label is on other parts of a chart's installation, such as a default backend.
        if any(argument.endswith("/nginx-ingress-controller") for argument in each.args)
    )


def kubernetes_version(cluster: Cluster) -> tuple[int, int] | None:
    """Major and minor of the API server; None where it does not tell."""
    try:
        answer = reader_of(cluster.request("GET", "/version"))
    except (ApiForbidden, ApiNotFound):
        return None
    # Some providers write "31+".
    major, minor = answer.text("major"), answer.text("minor").rstrip("+")
    if not (major.isdecimal() and minor.isdecimal()):
        return None
    return int(major), int(minor)


def _deployments(cluster: Cluster, app: str) -> list[Reader]:
    found = api.list_all(cluster, KINDS["Deployment"], labels=f"{_APP_NAME}={app}")
    return [reader_of(each) for each in found]


def _argument(arguments: Iterable[str], name: str, default: str) -> str:
    for argument in arguments:
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return default
