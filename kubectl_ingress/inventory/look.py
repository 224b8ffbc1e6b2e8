"""From what was read to what is there: one entry a controller, one a class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from kubectl_ingress.controllers._discovery import entry_service, is_led, known_controllers
from kubectl_ingress.controllers._known import known_by_controller
from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.inventory import (
    Claim,
    ClassEntry,
    ControllerEntry,
    Inventory,
    ObjectRef,
    Webhook,
)
from kubectl_ingress.core.makers import installed_again, made_again
from kubectl_ingress.core.objects import IngressClass, Service, Snapshot
from kubectl_ingress.install.detection import fitting, what_nodes_say
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.settings import NAME, Settings
from kubectl_ingress.inventory import gke, releases
from kubectl_ingress.inventory.gateways import gateway_class_entries, with_gateway_classes
from kubectl_ingress.inventory.installer import installer_of
from kubectl_ingress.inventory.problems import findings
from kubectl_ingress.inventory.reading import Look, Readings
from kubectl_ingress.inventory.recognise import (
    Recognised,
    flags_of,
    outsiders,
    recognise,
)
from kubectl_ingress.inventory.webhooks import (
    PATIENCE_SECONDS,
    Configured,
    about_ingresses,
    ask,
)

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

# For all webhooks together: somebody waits for the answer.
_ASKING_SECONDS = 30.0
# Each Ingress gets a load balancer, and has its address.
_ONE_FOR_EACH = frozenset({"gke", "aws-load-balancer-controller", "eks-auto-mode"})
# Without these nobody can say whose an Ingress is.
_COUNTED = ("ingresses.networking.k8s.io", "ingressclasses.networking.k8s.io")


def look_at(cluster: Cluster, namespace: str, monotonic: Callable[[], float]) -> Inventory:
    """The controllers of a namespace, of all where it is "".

    Nothing is changed: webhooks are asked with a dry run. Raises ApiForbidden
    where nothing may be read that tells of a controller.
    """
    look = Look(cluster)
    readings = look.read(namespace)
    found = recognise(readings.snapshot.workloads, readings.variables)
    services = look.services(_namespaces(found))
    readings = replace(readings, snapshot=replace(readings.snapshot, services=services))
    configured = about_ingresses(readings.webhooks)
    until = monotonic() + _ASKING_SECONDS
    controllers = []
    for one in found:
        entry, hook = _entry(one, readings), _webhook_of(one, configured, services)
        if one.known.optional and not (entry.classes or entry.ingresses):
            continue
        if hook is not None:
            webhook = hook.looked_at(look.ready_endpoints(hook.namespace, hook.service))
            patience = min(PATIENCE_SECONDS, until - monotonic())
            answered = ask(cluster, webhook, hook.namespace, _class_to_ask(entry), patience)
            entry = replace(entry, webhook=answered)
        controllers.append(entry)
    strays = _strays(look, configured, controllers, namespace)
    if not namespace:
        controllers += _outside(readings.snapshot, found)
    whole = with_gateway_classes(controllers, readings.snapshot.gateway_classes)
    return _inventory(namespace, readings, whole, strays, look)


def _class_to_ask(entry: ControllerEntry) -> str:
    named = (*entry.classes, *(claim.class_name for claim in entry.claims))
    return next(iter(named), "")


def _inventory(
    namespace: str,
    readings: Readings,
    controllers: tuple[ControllerEntry, ...],
    strays: tuple[Webhook, ...],
    look: Look,
) -> Inventory:
    providers = fitting(readings.nodes)
    provider = providers[0] if len(providers) == 1 else None
    inventory = Inventory(
        namespace=namespace,
        kubernetes=".".join(map(str, readings.kubernetes or ())),
        provider=provider.name if provider else "",
        place=provider.place.name if provider and provider.place else "",
        said=what_nodes_say(readings.nodes) if readings.nodes.count else "",
        controllers=controllers,
        classes=_classes(readings.snapshot, controllers),
        gateway_classes=gateway_class_entries(readings.snapshot.gateway_classes, controllers),
        unread=look.unread,
    )
    if not inventory.could_read(*_COUNTED):
        inventory = replace(
            inventory,
            controllers=tuple(replace(each, ingresses=None) for each in inventory.controllers),
            classes=tuple(replace(each, ingresses=None) for each in inventory.classes),
        )
    on_gke = any(each.name == gke.NAME for each in controllers)
    ill = tuple(gke.unhealthy(readings.snapshot.ingresses)) if on_gke else ()
    found = findings(inventory, strays, readings.kubernetes, ill)
    # With one namespace, not everybody who may serve a class was looked for.
    shown = tuple(each for each in inventory.classes if each.served_by or not namespace)
    return replace(inventory, findings=found, classes=shown)


def _namespaces(found: Sequence[Recognised]) -> set[str]:
    """Where the Services may be that lead to these controllers."""
    published = {
        flags_of(one.workload.args).get("publish-service", "").partition("/")[0] for one in found
    }
    own = {one.workload.meta.namespace for one in found if one.claims}
    return {name for name in own | published if name and "$" not in name}


def _entry(one: Recognised, readings: Readings) -> ControllerEntry:
    meta, known, snapshot = one.workload.meta, one.known, readings.snapshot
    live = readings.live.get((one.workload.kind, meta.namespace, meta.name), reader_of(None))
    service = entry_service(snapshot, one.workload, one.known.services)
    entry = ControllerEntry(
        known.name,
        known.title,
        claims=one.claims,
        classes=_names(snapshot, one.claims),
        ingresses=_count(snapshot, one.claims),
        watches=flags_of(one.workload.args).get("watch-namespace", ""),
        needs_class=known.needs_class,
        like_nginx=_like_nginx(one),
        gateway_only=not one.claims,
        one_for_each=known.name in _ONE_FOR_EACH,
    )
    if known.outside:
        return entry
    return replace(
        entry,
        version=one.version,
        image=one.image,
        workload=ObjectRef(one.workload.kind, meta.namespace, meta.name),
        ready=one.workload.ready,
        desired=one.workload.desired,
        service=ObjectRef("Service", service.meta.namespace, service.meta.name)
        if service
        else None,
        service_type=service.type if service else "",
        addresses=(service.addresses if service else ()) or _published(one.workload.args),
        on_nodes=one.workload.spec.on_nodes,
        carries=known.carries and bool(one.claims),
        led=service is not None or is_led(snapshot, one.workload),
        again=made_again(one.workload.kind, meta),
        installed_again=installed_again(meta),
        installer=installer_of(live),
        end_of_life=releases.end_of_life(known.name),
        vulnerabilities=releases.vulnerabilities(known.build_of or known.name, one.version),
    )


def _like_nginx(one: Recognised) -> bool:
    value = Settings().controller_value
    own = (one.known.build_of or one.known.name) == NAME
    return own or any(claim.controller == value for claim in one.claims)


def _published(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """What it writes into its Ingresses where nothing makes load balancers, as on kind."""
    told = flags_of(arguments).get("publish-status-address", "")
    return tuple(part.strip() for part in told.split(",") if part.strip())


def _names(snapshot: Snapshot, claims: Sequence[Claim]) -> tuple[str, ...]:
    return tuple(
        each.meta.name
        for each in snapshot.classes
        if any(claim.takes_class(each.meta.name, each.controller) for claim in claims)
    )


def _count(snapshot: Snapshot, claims: Sequence[Claim]) -> int:
    names = frozenset(_names(snapshot, claims))
    return sum(
        any(claim.takes(ingress, names) for claim in claims) for ingress in snapshot.ingresses
    )


def _webhook_of(
    one: Recognised, configured: Sequence[Configured], services: Sequence[Service]
) -> Configured | None:
    """The webhook whose Service selects the controller's pods."""
    leading = {
        service.meta.name
        for service in services
        if service.meta.namespace == one.workload.meta.namespace
        and service.selector
        and service.selector.items() <= one.workload.pod_labels.items()
    }
    for each in configured:
        if each.namespace == one.workload.meta.namespace and each.service in leading:
            return each
    return None


def _strays(
    look: Look,
    configured: Sequence[Configured],
    controllers: Sequence[ControllerEntry],
    namespace: str,
) -> tuple[Webhook, ...]:
    """Webhooks of no controller here, behind which nothing is ready: left over, mostly."""
    known = {entry.webhook.name for entry in controllers if entry.webhook}
    found = []
    for each in configured:
        if each.name in known or not each.service or namespace not in ("", each.namespace):
            continue
        endpoints = look.ready_endpoints(each.namespace, each.service)
        if endpoints == 0:
            gone = look.service_exists(each.namespace, each.service) is False
            said = f"there is no Service {each.namespace}/{each.service}" if gone else ""
            found.append(replace(each.looked_at(endpoints), said=said))
    return tuple(found)


def _outside(snapshot: Snapshot, found: Sequence[Recognised]) -> tuple[ControllerEntry, ...]:
    """Controllers that run beside the cluster and show by their classes alone."""
    there = {one.known.name for one in found}
    entries = []
    for known, claims in outsiders():
        names = _names(snapshot, claims)
        if names and known.name not in there:
            count = _count(snapshot, claims)
            entry = ControllerEntry(
                known.name,
                known.title,
                claims=claims,
                classes=names,
                ingresses=count,
                one_for_each=known.name in _ONE_FOR_EACH,
            )
            entries.append(entry)
    return tuple(entries)


def _classes(snapshot: Snapshot, controllers: Sequence[ControllerEntry]) -> tuple[ClassEntry, ...]:
    return tuple(
        ClassEntry(
            name=each.meta.name,
            controller=each.controller,
            is_default=each.is_default,
            served_by=tuple(
                entry.workload.key if entry.workload else entry.name
                for entry in controllers
                if each.meta.name in entry.classes
            ),
            belongs_to=_belongs_to(each),
            ingresses=sum(class_of(ingress) == each.meta.name for ingress in snapshot.ingresses),
            created=each.meta.created,
        )
        for each in snapshot.classes
    )


def _belongs_to(each: IngressClass) -> str:
    known = known_by_controller(each.controller)
    if known is not None:
        return known.name
    for controller in known_controllers():
        # A second installation has a value of its own, which begins the same by custom.
        prefix = controller.PROFILE.controller.partition("/")[0]
        if prefix and each.controller.startswith(f"{prefix}/"):
            return controller.PROFILE.name
    return ""
