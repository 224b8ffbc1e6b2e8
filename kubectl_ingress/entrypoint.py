"""Where requests come in: the load balancer of the controller that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from kubectl_ingress.errors import ApiError, ApiForbidden, ApiNotFound, NotReady, UsageError

if TYPE_CHECKING:
    from kubectl_ingress.controllers._discovery import Running
    from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
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


def address_of(cluster: Cluster, name: str) -> str:
    """The address of an Ingress's own load balancer.

    Raises NotReady where it has none, or one that is left from a controller that is gone.
    """
    from kubectl_ingress.controllers._discovery import find_running
    from kubectl_ingress.ports import api

    _, ingress = read_ingress(cluster, name)
    if ingress is None or not ingress.addresses:
        raise NotReady(
            f"Ingress {cluster.namespace}/{name} has no address yet: no controller has taken it",
            f"kubectl describe ingress {name}",
        )
    address = ingress.addresses[0]
    try:
        around = api.read_snapshot(cluster, READ)
    except ApiForbidden:
        # Who may see no more than the Ingress takes it at its word.
        return address
    around = _with_classes(cluster, around)
    for running in find_running(around):
        shut_out = running.service is None and not running.led and running.shut
        if shut_out and running.settings.class_rule.takes(ingress, around):
            raise _not_ready(running.no_address())
    if _is_left(ingress, around):
        raise NotReady(
            f"KI203  no controller runs for Ingress {ingress.meta.key}: its address {address} is"
            " left from one that is gone",
            "kubectl ingress install",
        )
    return address


def _is_left(ingress: Ingress, around: Snapshot) -> bool:
    """Whether an Ingress's address is left: a controller that is gone takes none of them back.

    One whose routes are modelled would be seen; of all others, and of those that run beside the
    cluster, nothing tells.
    """
    from kubectl_ingress.controllers import _discovery
    from kubectl_ingress.controllers._choice import SPECIFICATION, choices
    from kubectl_ingress.controllers._known import KNOWN
    from kubectl_ingress.core.classes import class_of

    own, name = set(ingress.addresses), class_of(ingress)
    running = _discovery.find_running(around)
    if not name or any(own.intersection(service.addresses) for service in around.services):
        return False
    if any(one.settings.class_rule.takes(ingress, around) for one in running):
        return False
    [choice] = choices(replace(around, ingresses=(ingress,)), name)
    unseen = {SPECIFICATION, *(known.name for known in KNOWN if known.outside)}
    return choice.controller.PROFILE.name not in unseen | {one.profile.name for one in running}


def _with_classes(cluster: Cluster, around: Snapshot) -> Snapshot:
    from kubectl_ingress.ports import api

    try:
        return replace(around, classes=api.read_snapshot(cluster, ("IngressClass",)).classes)
    except ApiForbidden:
        return around


def _of_ingresses(cluster: Cluster, running: Running | None, around: Snapshot) -> str:
    from kubectl_ingress.ports import api

    try:
        ingresses = api.read_snapshot(cluster, ("Ingress",), cluster.namespace).ingresses
    except ApiForbidden:
        ingresses = ()
    with_address = [one for one in ingresses if one.addresses]
    if with_address:
        around = _with_classes(cluster, around)
    own = {one.meta.name: one.addresses[0] for one in with_address if not _is_left(one, around)}
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
    return _balancer(cluster, *_meant(cluster, ingress_class, likely))


def entry(cluster: Cluster, ingress_class: str = "") -> tuple[str, int | None]:
    """As `load_balancer`; where there is none by design, a node's address and the port there.

    The port is that of http, None where it is the usual one.
    """
    from kubectl_ingress.core.objects import Finding
    from kubectl_ingress.core.request import Request
    from kubectl_ingress.core.vantage import node_entry
    from kubectl_ingress.ports import api

    running, read = _meant(cluster, ingress_class)
    if running is None or not running.is_at_nodes:
        return _balancer(cluster, running, read), None
    try:
        around = api.read_snapshot(cluster, ("EndpointSlice", "Node"))
    except ApiForbidden:
        raise _not_ready(running.no_address()) from None
    place = node_entry(running.entrance(around), Request(""))
    if isinstance(place, Finding):
        raise _not_ready(place)
    return place.address, place.port


def _balancer(cluster: Cluster, running: Running | None, around: Snapshot) -> str:
    if running is None or running.profile.name in _ONE_FOR_EACH:
        return _of_ingresses(cluster, running, around)
    if not running.addresses:
        raise _not_ready(running.no_address())
    return running.addresses[0]


def _meant(
    cluster: Cluster, ingress_class: str, likely: str = ""
) -> tuple[Running | None, Snapshot]:
    """The controller that is meant, and what was read to find it (READ)."""
    from kubectl_ingress.controllers import _discovery
    from kubectl_ingress.ports import api

    around = api.read_snapshot(cluster, READ)
    found = _discovery.find_running(around)
    if not ingress_class:
        # On GKE a part of it runs in every cluster, whatever else is installed.
        found = tuple(one for one in found if one.profile.name not in _ONE_FOR_EACH) or found
    return choose(found, ingress_class, likely), around


def _not_ready(finding: Finding) -> NotReady:
    return NotReady(f"{finding.code}  {finding.message}", finding.fix)
