"""Where requests come in: the load balancer of the controller that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubectl_ingress.errors import NotReady, UsageError

if TYPE_CHECKING:
    from kubectl_ingress.controllers._discovery import Running
    from kubectl_ingress.core.objects import Snapshot
    from kubectl_ingress.ports.cluster import Cluster

READ = ("Service", "Deployment", "DaemonSet")


def choose(found: tuple[Running, ...], ingress_class: str = "") -> Running | None:
    """The controller that is meant, None where none runs.

    Raises UsageError where several could be, or none serves the class.
    """
    if ingress_class:
        found = tuple(one for one in found if one.settings.ingress_class == ingress_class)
        if not found:
            raise UsageError(
                f"no controller that runs serves the class {ingress_class!r}",
                "kubectl get ingressclasses",
            )
    if len(found) > 1:
        listed = ", ".join(
            f"{one.settings.ingress_class} ({one.workload.meta.key})" for one in found
        )
        raise UsageError(f"several controllers could be meant: {listed}", "choose one: --class")
    return found[0] if found else None


def controller_of(snapshot: Snapshot, ingress_class: str = "") -> Running:
    """The controller that is meant. Raises NotReady where none runs."""
    from kubectl_ingress.controllers import _discovery

    running = choose(_discovery.find_running(snapshot), ingress_class)
    if running is None:
        raise NotReady(
            "KI203  no ingress controller runs in this cluster", "kubectl ingress install"
        )
    return running


def load_balancer(cluster: Cluster, ingress_class: str = "") -> str:
    """The load balancer's name or IP. Raises NotReady where there is none yet."""
    from kubectl_ingress.ports import api

    running = controller_of(api.read_snapshot(cluster, READ), ingress_class)
    if not running.addresses:
        finding = running.no_address()
        raise NotReady(f"{finding.code}  {finding.message}", finding.fix)
    return running.addresses[0]
