"""What must be so before anything is written, looked at without writing anything.

What is found here would otherwise stop an installation half-way, or let it
stand still: rights that are missing, a Kubernetes that is too old, what others
have made, Pod Security of the namespace, nodes that take no pods.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.errors import ApiForbidden, NotOurs, UsageError
from kubectl_ingress.install.live import Live, is_ours, is_terminating, reader_of
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.owners import Owner, owner_of
from kubectl_ingress.install.pod_security import ENFORCE, enforced, violations
from kubectl_ingress.install.rights import Need, missing, needs_of, require
from kubectl_ingress.install.settings import ADMISSION_NAME, NAME, Settings
from kubectl_ingress.install.strangers import check_neighbours
from kubectl_ingress.install.surroundings import (
    Neighbour,
    kubernetes_version,
    lacking,
    neighbours,
)
from kubectl_ingress.install.versions import VERSIONS, Version
from kubectl_ingress.ports import api
from kubectl_ingress.providers import Provider

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

# As many nodes as tell what the others are like.
_NODES = 50
# Set by the kubelet until the cloud's own controller has looked at the node
# (k8s.io/cloud-provider/api, TaintExternalCloudProvider).
_UNINITIALIZED = "node.cloudprovider.kubernetes.io/uninitialized"
_REPELS = ("NoSchedule", "NoExecute")


def preflight(
    cluster: Cluster,
    settings: Settings,
    manifests: Sequence[Manifest],
    provider: Provider,
    *,
    waits: bool,
    adopt: bool = False,
) -> tuple[Finding, ...]:
    """Raise for what stands in the way; what is only to be known is given back.

    Only reads. `waits` is whether it is waited until all is ready. Raises
    UsageError, NotOurs, ApiForbidden with all rights that are missing.
    """
    check_kubernetes(settings.version, kubernetes_version(cluster))
    there, unknown = _neighbours(cluster)
    check_neighbours(settings, there, lambda each: _owner(cluster, each), adopt=adopt)
    check_reading(cluster, settings, manifests, waits=waits)
    namespace = api.find(cluster, KINDS["Namespace"], settings.namespace)
    # One that is going away takes its labels with it.
    if namespace is not None and not is_terminating(namespace):
        check_pod_security(namespace, manifests)
    return (*unknown, *_nodes_say(cluster, settings, provider))


def _neighbours(cluster: Cluster) -> tuple[tuple[Neighbour, ...], tuple[Finding, ...]]:
    """Those that can be seen, and that others cannot."""
    try:
        return neighbours(cluster), ()
    except ApiForbidden as error:
        text = f"not known whether another {NAME} serves the same class: {lacking(error)}"
        return (), (Finding("KI708", "warning", text),)


def check_kubernetes(version: Version, found: tuple[int, int] | None) -> None:
    """Raise UsageError (KI709) where Kubernetes is older than the release was made for."""
    if found is None or found >= version.oldest:
        return
    fitting = [each.number for each in VERSIONS.values() if each.oldest <= found]
    all_older = min(each.oldest for each in VERSIONS.values())
    raise UsageError(
        f"this is Kubernetes {_text(found)}, and {NAME} {version.number} needs "
        f"{_text(version.oldest)} or newer (KI709); nothing was changed",
        f"install a release that fits: --version {' or '.join(fitting)}"
        if fitting
        else f"update the cluster: no release that can be installed is made for less than "
        f"{_text(all_older)}",
    )


def check_reading(
    cluster: Cluster,
    settings: Settings,
    manifests: Sequence[Manifest],
    *,
    waits: bool,
    there: bool = False,
) -> None:
    """Raise ApiForbidden, with all that is missing, where not even looking is allowed.

    What exists cannot be told then, so all that may have to be written is
    asked too; else planning asks for just what it will write. `there` is
    whether all of it is known to exist, but for Jobs.
    """
    reads = [*needs_of("get", manifests)]
    reads.append(Need("get", KINDS["Secret"], settings.namespace, ADMISSION_NAME))
    if waits:
        reads.append(Need("list", KINDS["EndpointSlice"], settings.namespace))
    if missing(cluster, reads):
        made = _may_be_made(cluster, settings, manifests)
        if there:
            writes = needs_of("patch", [each for each in made if each["kind"] != "Job"])
        else:
            writes = iter([*needs_of("create", made), *needs_of("patch", made)])
        require(cluster, [*reads, *writes])


def _may_be_made(
    cluster: Cluster, settings: Settings, manifests: Sequence[Manifest]
) -> Sequence[Manifest]:
    """All but the Namespace where that is there and others'."""
    try:
        live = api.find(cluster, KINDS["Namespace"], settings.namespace)
    except ApiForbidden:
        return manifests
    if live is None or is_ours(live):
        return manifests
    return [each for each in manifests if each["kind"] != "Namespace"]


def check_pod_security(namespace: Live, manifests: Sequence[Manifest]) -> None:
    """Raise NotOurs (KI707) where the namespace would refuse the pods."""
    level = enforced(namespace)
    found = violations(level, manifests)
    if not found:
        return
    name = reader_of(namespace).meta().name
    raise NotOurs(
        f"namespace {name} enforces Pod Security {level}, which forbids what these pods need: "
        f"{'; '.join(found)} (KI707); nothing was changed",
        f"allow it there: kubectl label namespace {name} {ENFORCE}=privileged --overwrite\n"
        "or install into another namespace: --namespace NAME --class NAME",
    )


def _owner(cluster: Cluster, found: Neighbour) -> Owner:
    try:
        live = api.find(cluster, KINDS[found.kind], found.name, found.namespace)
    except ApiForbidden:
        return Owner()
    return Owner() if live is None else owner_of(live)


def _nodes_say(cluster: Cluster, settings: Settings, provider: Provider) -> Iterator[Finding]:
    try:
        answer = cluster.request("GET", KINDS["Node"].path(), query={"limit": str(_NODES)})
    except ApiForbidden:
        return
    nodes = reader_of(answer).children("items")
    if reader_of(answer).child("metadata").text("continue"):
        # Of so many nodes some others will do.
        return
    tolerated = {each.key for each in settings.variant.tolerations}
    reasons = [_repels(node, tolerated) for node in nodes]
    if not nodes:
        yield Finding("KI703", "warning", "the cluster has no nodes, so no pod will run yet")
    elif all(reasons):
        said = ", ".join(sorted({reason for reason in reasons if reason}))
        text = f"no node takes the controller's pods as it looks now: {said}"
        yield Finding("KI703", "warning", text)
    waits = [node for node in nodes if _UNINITIALIZED in _taints(node)]
    if waits and len(waits) == len(nodes) and settings.variant.balanced:
        text = (
            f"no node was seen by the cloud's controller yet ({_UNINITIALIZED}), so nobody makes "
            f"load balancers; needed: {'; '.join(provider.pending)}"
        )
        yield Finding("KI601", "warning", text)


def _repels(node: Reader, tolerated: set[str]) -> str:
    """Why a pod of the controller would not go there, "" if it would."""
    labels = node.meta().labels
    if node.child("spec").flag("unschedulable"):
        return "cordoned"
    if labels.get("kubernetes.io/os", "linux") != "linux":
        return "no Linux"
    return next((f"taint {key}" for key in _taints(node) if key not in tolerated), "")


def _taints(node: Reader) -> list[str]:
    taints = node.child("spec").children("taints")
    return [taint.text("key") for taint in taints if taint.text("effect") in _REPELS]


def _text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
