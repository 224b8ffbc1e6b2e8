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
_INSTALL = "kubectl ingress install"

Entry = tuple[str, int | None]
"""A name or IP, and the port of http where it is not the usual one."""


def choose(
    found: tuple[Running, ...],
    around: Snapshot,
    ingress_class: str = "",
    likely: str = "",
    controller: str = "",
) -> Running | None:
    """The controller of those that were found that is meant, None where there is none.

    `ingress_class` and `controller` are what the user asked for, `likely` the class of the
    Ingress in question, which decides where several controllers run. Raises UsageError
    where several could be meant, and where none is what was asked for.
    """
    from kubectl_ingress.controllers._discovery import ambiguous

    found = _asked_for(found, around, ingress_class, controller)
    if len(found) > 1:
        # One for the Gateway API alone has no Ingress to test, nor an address for one.
        found = tuple(one for one in found if not one.is_gateway_only) or found
    if len(found) > 1 and likely:
        found = _serving(found, likely, around) or found
    if len(found) > 1:
        raise ambiguous(found)
    return found[0] if found else None


def _asked_for(
    found: tuple[Running, ...], around: Snapshot, ingress_class: str, controller: str
) -> tuple[Running, ...]:
    """Those that the user asked for by name and class, all where nothing was asked for."""
    from kubectl_ingress.livechoice import named

    if controller:
        runs = ", ".join(dict.fromkeys(one.profile.name for one in found))
        found = named(found, controller)
        if not found:
            others = f"; what runs: {runs}" if runs else ""
            sentence = f"{controller} does not run in this cluster{others}"
            raise UsageError(sentence, "kubectl ingress status")
    if ingress_class:
        found = _serving(found, ingress_class, around)
        if not found:
            raise UsageError(
                f"no controller that runs serves the class {ingress_class!r}",
                "kubectl get ingressclasses",
            )
    return found


def _serving(found: tuple[Running, ...], name: str, around: Snapshot) -> tuple[Running, ...]:
    """Those that a class leads to: that were started for it, else whose it is."""
    started = tuple(one for one in found if one.settings.ingress_class == name)
    return started or tuple(one for one in found if one.serves(name, around))


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


def address_of(cluster: Cluster, name: str, ingress_class: str = "", controller: str = "") -> Entry:
    """The address of an Ingress's own load balancer; where there is none by design, as `entry`.

    `ingress_class` and `controller` tell which of those is meant that take it. Raises
    NotReady where it has none, or one that is left from a controller that is gone, and
    UsageError where who is meant does not take it.
    """
    from kubectl_ingress.controllers._discovery import find_running
    from kubectl_ingress.core.commands import command

    _, ingress = read_ingress(cluster, name)
    try:
        around = _around(cluster) if ingress is not None else None
    except ApiForbidden:
        if ingress_class or controller:
            raise
        # Who may see no more than the Ingress takes it at its word.
        around = None
    if ingress is not None and around is not None:
        running = find_running(around)
        taking = _taking(ingress, around, running)
        meant = _meant_of(taking, running, around, ingress, ingress_class, controller)
        if meant:
            return _of_taking(cluster, ingress, meant, shared=len(meant) < len(taking))
        _check_unserved(ingress, around, running)
    if ingress is None or not ingress.addresses:
        raise NotReady(
            f"Ingress {cluster.namespace}/{name} has no address yet: no controller has taken it",
            command("describe", "ingress", name),
        )
    return ingress.addresses[0], None


def _taking(
    ingress: Ingress, around: Snapshot, running: tuple[Running, ...]
) -> tuple[Running, ...]:
    return tuple(one for one in running if one.settings.class_rule.takes(ingress, around))


def _meant_of(
    taking: tuple[Running, ...],
    running: tuple[Running, ...],
    around: Snapshot,
    ingress: Ingress,
    ingress_class: str,
    controller: str,
) -> tuple[Running, ...]:
    """Of the controllers that take an Ingress those that were asked for, all where none was."""
    from kubectl_ingress.controllers._known import OUTSIDE
    from kubectl_ingress.core.classes import class_of
    from kubectl_ingress.core.commands import command

    if ingress_class == class_of(ingress):
        ingress_class = ""
    if not taking and controller in OUTSIDE:
        # Of these nothing runs in the cluster that could be found.
        controller = ""
    if not (ingress_class or controller):
        return taking
    asked = _asked_for(running, around, ingress_class, controller)
    meant = tuple(one for one in taking if one in asked)
    if not meant:
        others = ", ".join(one.title for one in taking) or "nothing that runs"
        raise UsageError(
            f"{asked[0].title} does not take Ingress {ingress.meta.key}; what takes it: {others}",
            command("ingress", "address", ingress.meta.name),
        )
    return meant


def _of_taking(
    cluster: Cluster, ingress: Ingress, taking: tuple[Running, ...], *, shared: bool
) -> Entry:
    """Of an Ingress that these controllers take; `shared` is whether others do, too."""
    from kubectl_ingress.core.commands import command

    reached = [one for one in taking if not _is_shut(one)]
    if not reached:
        raise _not_ready(taking[0].no_address())
    one = reached[0]
    # What others wrote into it is not where this one is.
    addresses = one.addresses if shared else ingress.addresses
    if addresses:
        return addresses[0], None
    if one.is_at_nodes:
        return _at_nodes(cluster, one)
    if shared:
        raise _not_ready(one.no_address())
    raise NotReady(
        f"Ingress {ingress.meta.key} has no address yet: {one.title} takes it, and has written"
        " none",
        f"{command('describe', 'ingress', ingress.meta.name)}\n"
        f"{command('ingress', 'address', '--controller', one.profile.name)}",
    )


def _is_shut(one: Running) -> bool:
    """Whether no Service leads to a controller, nor anything else."""
    return one.service is None and not one.led and bool(one.shut)


def _check_unserved(ingress: Ingress, around: Snapshot, running: tuple[Running, ...]) -> None:
    """Raise NotReady where nobody can have given an Ingress that nobody takes an address."""
    key = ingress.meta.key
    if _is_left(ingress, around, running):
        raise NotReady(
            f"KI203  no controller runs for Ingress {key}: its address {ingress.addresses[0]} is"
            " left from one that is gone",
            _INSTALL,
        )
    if not (ingress.addresses or running or _may_be_unseen(ingress, around, running)):
        sentence = f"KI203  no controller runs for Ingress {key}, so it gets no address"
        raise NotReady(sentence, _INSTALL)


def _is_left(ingress: Ingress, around: Snapshot, running: tuple[Running, ...]) -> bool:
    """Whether an Ingress's address is left: a controller that is gone takes none of them back."""
    own = set(ingress.addresses)
    if not own or any(own.intersection(service.addresses) for service in around.services):
        return False
    taking = _taking(ingress, around, running)
    return not (taking or _may_be_unseen(ingress, around, running))


def _may_be_unseen(ingress: Ingress, around: Snapshot, running: tuple[Running, ...]) -> bool:
    """Whether an Ingress may have a controller all the same, of which nothing here tells.

    One that is known by its image would be seen; of all others, and of those that run beside
    the cluster, nothing tells.
    """
    from kubectl_ingress.controllers._choice import SPECIFICATION, choices
    from kubectl_ingress.controllers._known import OUTSIDE
    from kubectl_ingress.core.classes import class_of

    name = class_of(ingress)
    if not name:
        return True
    [choice] = choices(replace(around, ingresses=(ingress,)), name)
    unseen = {SPECIFICATION, *OUTSIDE}
    unseen |= {one.profile.name for one in running}
    return choice.controller.PROFILE.name in unseen


def _around(cluster: Cluster) -> Snapshot:
    """What tells which controllers run (READ), with the classes as far as they may be read."""
    from kubectl_ingress.ports import api

    around = api.read_snapshot(cluster, READ)
    try:
        return replace(around, classes=api.read_snapshot(cluster, ("IngressClass",)).classes)
    except ApiForbidden:
        return around


def _of_ingresses(cluster: Cluster, running: Running | None, around: Snapshot) -> str:
    from kubectl_ingress.controllers._discovery import find_running
    from kubectl_ingress.ports import api

    try:
        ingresses = api.read_snapshot(cluster, ("Ingress",), cluster.namespace).ingresses
    except ApiForbidden:
        ingresses = ()
    found = find_running(around)
    own = {
        one.meta.name: one.addresses[0]
        for one in ingresses
        if one.addresses and not _is_left(one, around, found)
    }
    if len(set(own.values())) == 1:
        return next(iter(own.values()))
    if own:
        listed = ", ".join(f"{name} ({address})" for name, address in own.items())
        raise UsageError(
            f"each Ingress has a load balancer of its own here: {listed}",
            "name one: kubectl ingress address INGRESS",
        )
    if running is None:
        raise NotReady("KI203  no ingress controller runs in this cluster", _INSTALL)
    if running.profile.name not in _ONE_FOR_EACH:
        raise _not_ready(running.no_address())
    raise NotReady(
        f"KI601  {running.profile.title} makes a load balancer for each Ingress, and none in "
        f"namespace {cluster.namespace} has an address yet",
        "kubectl get ingresses",
    )


def load_balancer(
    cluster: Cluster, ingress_class: str = "", likely: str = "", controller: str = ""
) -> str:
    """The load balancer's name or IP; what is meant is as in `choose`.

    Where each Ingress has a load balancer of its own, and only one of the
    namespace has an address, it is that. Raises NotReady where no controller
    runs, or its load balancer has no address yet.
    """
    return _balancer(cluster, *_meant(cluster, ingress_class, likely, controller))


def entry(cluster: Cluster, ingress_class: str = "", controller: str = "") -> Entry:
    """As `load_balancer`; where there is none by design, a node's address and the port there."""
    running, read = _meant(cluster, ingress_class, controller=controller)
    if running is None or not running.is_at_nodes:
        return _balancer(cluster, running, read), None
    return _at_nodes(cluster, running)


def _at_nodes(cluster: Cluster, running: Running) -> Entry:
    from kubectl_ingress.core.objects import Finding
    from kubectl_ingress.core.request import Request
    from kubectl_ingress.core.vantage import node_entry
    from kubectl_ingress.ports import api

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
    if running.service is None and running.caveat and not running.carries:
        # Cilium may make a Service for each Ingress, and Azure's gateway is none of the cluster's.
        return _of_ingresses(cluster, running, around)
    if not running.addresses:
        raise _not_ready(running.no_address())
    return running.addresses[0]


def _meant(
    cluster: Cluster, ingress_class: str, likely: str = "", controller: str = ""
) -> tuple[Running | None, Snapshot]:
    """The controller that is meant, and what was read to find it."""
    from kubectl_ingress.controllers import _discovery

    around = _around(cluster)
    found = _discovery.find_running(around)
    if not (ingress_class or controller):
        # On GKE a part of it runs in every cluster, whatever else is installed.
        found = tuple(one for one in found if one.profile.name not in _ONE_FOR_EACH) or found
    return choose(found, around, ingress_class, likely, controller), around


def _not_ready(finding: Finding) -> NotReady:
    return NotReady(f"{finding.code}  {finding.message}", finding.fix)
