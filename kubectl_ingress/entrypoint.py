"""Where requests come in: the load balancer of the controller that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubectl_ingress.errors import ApiError, ApiForbidden, ApiNotFound, NotReady, UsageError

if TYPE_CHECKING:
    from kubectl_ingress.controllers._discovery import Running
    from kubectl_ingress.core.objects import Finding, Ingress
    from kubectl_ingress.ports.cluster import Cluster

READ = ("Service", "Deployment", "DaemonSet")
# They have no load balancer for all Ingresses.
_ONE_FOR_EACH = ("gke", "alb")
# As difflib counts it: a letter or two of a name.
_NEAR = 0.8


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
    if len(found) > 1:
        # One for the Gateway API alone has no Ingress to test, nor an address for one.
        found = tuple(one for one in found if not one.is_gateway_only) or found
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

    The second is None where it is no Ingress at all. Raises ApiNotFound, which
    names one that is spelt nearly so.
    """
    from kubectl_ingress.core.kinds import KINDS
    from kubectl_ingress.core.objects import Origin
    from kubectl_ingress.core.parse import parse_snapshot
    from kubectl_ingress.ports import api

    try:
        found = api.get(cluster, KINDS["Ingress"], name, cluster.namespace)
    except ApiNotFound as error:
        near = _near(cluster, name)
        if near:
            error.next_step = f"did you mean {near}?"
        raise
    parsed = parse_snapshot([(found, Origin())], cluster.namespace).ingresses
    return found, parsed[0] if parsed else None


def _near(cluster: Cluster, name: str) -> str:
    import difflib

    from kubectl_ingress.ports import api

    try:
        ingresses = api.read_snapshot(cluster, ("Ingress",), cluster.namespace).ingresses
    except ApiError:
        return ""
    names = [one.meta.name for one in ingresses]
    return next(iter(difflib.get_close_matches(name, names, 1, _NEAR)), "")


def _of_ingresses(cluster: Cluster, running: Running | None) -> str:
    from kubectl_ingress.ports import api

    try:
        ingresses = api.read_snapshot(cluster, ("Ingress",), cluster.namespace).ingresses
    except ApiForbidden:
        ingresses = ()
    own = {one.meta.name: one.addresses[0] for one in ingresses if one.addresses}
    if len(set(own.values())) == 1:
        return next(iter(own.values()))
    if own:
        listed = ", ".join(f"{name} ({address})" for name, address in own.items())
        raise UsageError(
            f"each Ingress has a load balancer of its own here: {listed}",
            "name one: kubectl ingress address INGRESS",
        )
    if running is None:
        sentence = "KI203  no ingress controller runs in this cluster"
        raise NotReady(sentence, "kubectl ingress install")
    raise NotReady(
        f"KI601  {running.profile.title} makes a load balancer for each Ingress, and none in "
        f"namespace {cluster.namespace} has an address yet",
        "kubectl get ingresses",
    )


def load_balancer(cluster: Cluster, ingress_class: str = "", likely: str = "") -> str:
    """The load balancer's name or IP; the classes are as in `choose`.

    Where each Ingress has a load balancer of its own, and only one of the
    namespace has an address, it is that. Raises NotReady where no controller
    runs, or its load balancer has no address yet.
    """
    return _balancer(cluster, _meant(cluster, ingress_class, likely))


def entry(cluster: Cluster, ingress_class: str = "") -> tuple[str, int | None]:
    """As `load_balancer`; where there is none by design, a node's address and the port there.

    The port is that of http, None where it is the usual one.
    """
    from kubectl_ingress.core.objects import Finding
    from kubectl_ingress.core.request import Request
    from kubectl_ingress.core.vantage import node_entry
    from kubectl_ingress.ports import api

    running = _meant(cluster, ingress_class)
    if running is None or not running.is_at_nodes:
        return _balancer(cluster, running), None
    try:
        around = api.read_snapshot(cluster, ("EndpointSlice", "Node"))
    except ApiForbidden:
        raise _not_ready(running.no_address()) from None
    place = node_entry(running.entrance(around), Request(""))
    if isinstance(place, Finding):
        raise _not_ready(place)
    return place.address, place.port


def _balancer(cluster: Cluster, running: Running | None) -> str:
    if running is None or running.profile.name in _ONE_FOR_EACH:
        return _of_ingresses(cluster, running)
    if not running.addresses:
        raise _not_ready(running.no_address())
    return running.addresses[0]


def _meant(cluster: Cluster, ingress_class: str, likely: str = "") -> Running | None:
    from kubectl_ingress.controllers import _discovery
    from kubectl_ingress.ports import api

    found = _discovery.find_running(api.read_snapshot(cluster, READ))
    if not ingress_class:
        # On GKE a part of it runs in every cluster, whatever else is installed.
        found = tuple(one for one in found if one.profile.name not in _ONE_FOR_EACH) or found
    return choose(found, ingress_class, likely)


def _not_ready(finding: Finding) -> NotReady:
    return NotReady(f"{finding.code}  {finding.message}", finding.fix)
