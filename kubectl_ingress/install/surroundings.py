"""What is in the cluster already, as far as an installation gets in touch with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.parse import Reader, parse_ingress_class, parse_workload
from kubectl_ingress.errors import ApiForbidden, ApiNotFound
from kubectl_ingress.install.detection import Nodes
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.marks import family
from kubectl_ingress.ports import api
from kubectl_ingress.providers import Surroundings

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_MUTATING = Kind(
    "MutatingWebhookConfiguration",
    "admissionregistration.k8s.io/v1",
    "mutatingwebhookconfigurations",
    namespaced=False,
)
_APP_NAME = "app.kubernetes.io/name"


class Neighbour(Struct, frozen=True):
    """A Deployment or DaemonSet that looks like an ingress-nginx: which classes it serves.

    `ours`: this program installed it.
    """

    namespace: str
    name: str
    class_name: str
    controller_value: str
    kind: str = "Deployment"
    ours: bool = False


def look_around(cluster: Cluster, nodes: Nodes) -> Surroundings:
    """What may take over the load balancer. What may not be read counts as not known."""
    try:
        classes = api.list_all(cluster, KINDS["IngressClass"])
        hooks = api.list_all(cluster, _MUTATING)
        deployments = _workloads(cluster, "Deployment", "aws-load-balancer-controller")
    except ApiForbidden as error:
        return Surroundings(node_labels=nodes.labels, known=False, unread=lacking(error))
    except ApiNotFound:
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


def lacking(error: ApiForbidden) -> str:
    """``you may not list x in all namespaces``: the error without what is to be done."""
    return error.sentence.partition(" (user ")[0]


def neighbours(cluster: Cluster) -> tuple[Neighbour, ...]:
    """Every ingress-nginx of the cluster, ours included. Raises ApiForbidden."""
    found = [
        (kind, parse_workload(reader), family(reader.data))
        for kind in ("Deployment", "DaemonSet")
        for reader in _workloads(cluster, kind, "ingress-nginx")
    ]
    return tuple(
        Neighbour(
            each.meta.namespace,
            each.meta.name,
            _argument(each.args, "--ingress-class", "nginx"),
            _argument(each.args, "--controller-class", "k8s.io/ingress-nginx"),
            kind,
            ours=mark == "",
        )
        for kind, each, mark in found
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


def _workloads(cluster: Cluster, kind: str, app: str) -> list[Reader]:
    found = api.list_all(cluster, KINDS[kind], labels=f"{_APP_NAME}={app}")
    return [reader_of(each) for each in found]


def _argument(arguments: Iterable[str], name: str, default: str) -> str:
    for argument in arguments:
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return default
