"""Which classes of what goes, or comes, are served by somebody else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Meta, Snapshot
from kubectl_ingress.core.parse import parse_ingress_class, parse_workload
from kubectl_ingress.errors import ApiForbidden
from kubectl_ingress.install.live import Live, is_terminating, reader_of
from kubectl_ingress.install.settings import CONTROLLER_NAME
from kubectl_ingress.inventory.reading import Readings
from kubectl_ingress.inventory.recognise import recognise
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster


def served_by_others(
    cluster: Cluster, classes: Sequence[Live], going: Collection[str]
) -> Mapping[str, str]:
    """Names of those IngressClasses that another controller serves too, each with whose they are.

    `going` are uids: of these workloads none serves anybody any more. Raises
    ApiForbidden where workloads may not be listed in all namespaces.
    """
    return _served(cluster, classes, lambda meta: meta.uid in going)


def serves_too(cluster: Cluster, made: Live, namespace: str) -> str:
    """Whose this IngressClass is beside the installation of a namespace, "" for nobody's.

    The class need not be there yet. Where workloads may not be listed nobody is seen.
    """

    def own(meta: Meta) -> bool:
        return (meta.namespace, meta.name) == (namespace, CONTROLLER_NAME)

    try:
        return next(iter(_served(cluster, [made], own).values()), "")
    except ApiForbidden:
        return ""


def _served(
    cluster: Cluster, classes: Sequence[Live], leaves_out: Callable[[Meta], bool]
) -> Mapping[str, str]:
    if not classes:
        return {}
    staying = [
        (reader_of(live), parse_workload(reader_of(live)))
        for kind in ("Deployment", "DaemonSet")
        for live in api.list_all(cluster, KINDS[kind])
        if not leaves_out(reader_of(live).meta()) and not is_terminating(live)
    ]
    live = {(one.kind, one.meta.namespace, one.meta.name): reader for reader, one in staying}
    variables = Readings(Snapshot(), live).variables
    workloads = [one for _, one in staying if one.desired]
    served: dict[str, str] = {}
    for each in map(parse_ingress_class, map(reader_of, classes)):
        for one in recognise(workloads, variables):
            if any(claim.takes_class(each.meta.name, each.controller) for claim in one.claims):
                title = f"{one.known.title} {one.version}".strip()
                served.setdefault(each.meta.name, f"{title} ({one.workload.meta.key})")
    return served
