"""Which classes of what goes are served by somebody who stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.parse import parse_ingress_class, parse_workload
from kubectl_ingress.install.live import Live, is_terminating, reader_of
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
    if not classes:
        return {}
    staying = [
        (reader_of(live), parse_workload(reader_of(live)))
        for kind in ("Deployment", "DaemonSet")
        for live in api.list_all(cluster, KINDS[kind])
        if reader_of(live).meta().uid not in going and not is_terminating(live)
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
