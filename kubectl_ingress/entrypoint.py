"""Where requests come in: the load balancer of the controller that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubectl_ingress.errors import NotReady, UsageError

if TYPE_CHECKING:
    from kubectl_ingress.controllers._discovery import Running
    from kubectl_ingress.core.objects import Ingress
    from kubectl_ingress.ports.cluster import Cluster

READ = ("Service", "Deployment", "DaemonSet")


def choose(found: tuple[Running, ...], ingress_class: str = "", likely: str = "") -> Running | None:
    """The controller that is meant, None where none runs.

    `ingress_class` is what the user asked for, `likely` the class of the Ingress
    in question, which decides where several controllers run. Raises UsageError
    where several could be meant, or none serves the class that was asked for.
    """
    if ingress_class:
        found = tuple(one for one in found if one.settings.ingress_class == ingress_class)
        if not found:
            raise UsageError(
                f"no controller that runs serves the class {ingress_class!r}",
                "kubectl get ingressclasses",
            )
    if len(found) > 1 and likely:
        found = tuple(one for one in found if one.settings.ingress_class == likely) or found
    if len(found) > 1:
        listed = ", ".join(
            f"{one.settings.ingress_class} ({one.workload.meta.key})" for one in found
        )
        raise UsageError(f"several controllers could be meant: {listed}", "choose one: --class")
    return found[0] if found else None


def read_ingress(cluster: Cluster, name: str) -> tuple[dict[str, Any], Ingress | None]:
    """An Ingress of the cluster's namespace, as the API gave it and parsed.

    The second is None where it is no Ingress at all. Raises ApiNotFound.
    """
    from kubectl_ingress.core.kinds import KINDS
    from kubectl_ingress.core.objects import Origin
    from kubectl_ingress.core.parse import parse_snapshot
    from kubectl_ingress.ports import api

    found = api.get(cluster, KINDS["Ingress"], name, cluster.namespace)
    parsed = parse_snapshot([(found, Origin())], cluster.namespace).ingresses
    return found, parsed[0] if parsed else None


def load_balancer(cluster: Cluster, ingress_class: str = "", likely: str = "") -> str:
    """The load balancer's name or IP; the classes are as in `choose`.

    Raises NotReady where no controller runs, or its load balancer has no address yet.
    """
    from kubectl_ingress.controllers import _discovery
    from kubectl_ingress.ports import api

    snapshot = api.read_snapshot(cluster, READ)
    running = choose(_discovery.find_running(snapshot), ingress_class, likely)
    if running is None:
        sentence = "KI203  no ingress controller runs in this cluster"
        raise NotReady(sentence, "kubectl ingress install")
    if not running.addresses:
        finding = running.no_address()
        raise NotReady(f"{finding.code}  {finding.message}", finding.fix)
    return running.addresses[0]
