"""Which controllers run in a cluster, and where their load balancers are.

A controller is found by its image, never by its class name alone: a class
named nginx says nothing about who serves it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._choice import GATEWAY_API, is_gateway_only, model_of
from kubectl_ingress.controllers._known import (
    BUILT_BY_MANY,
    Known,
    known_by_image,
    name_by_build,
    repository_of,
)
from kubectl_ingress.controllers._profile import (
    NOTHING_TOLD,
    Controller,
    Profile,
    Settings,
    Told,
)
from kubectl_ingress.controllers._unmodelled import Unmodelled, unmodelled
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.makers import made_again
from kubectl_ingress.core.objects import Finding, Service, Snapshot, Workload
from kubectl_ingress.core.question import Controller as Judged
from kubectl_ingress.core.request import usual_port
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.unready import unready
from kubectl_ingress.core.vantage import Entrance
from kubectl_ingress.errors import UsageError

_VERSION = re.compile(r":v?(\d+\.\d+\.\d+[-\w.]*)")
# Each provider of Traefik is a controller of its own here; the first one is on
# unless another is asked for.
_PROVIDERS = {
    "traefik": (
        ("traefik", "providers.kubernetesingress"),
        ("traefik-nginx", "providers.kubernetesingressnginx"),
        ("gateway-api-traefik", "providers.kubernetesgateway"),
    )
}
_ROUTER_FLAVOR = "KONG_ROUTER_FLAVOR"
# In the names of ports that no client's requests come in by.
_INSIDE = ("webhook", "metrics")


class Running(Struct, frozen=True):
    """One controller that runs, or should: `service` is what its traffic comes in by.

    `told` is its command line and environment, `carries` whether requests pass its own pods,
    `led` whether any Service may lead them there.
    """

    controller: Controller
    workload: Workload
    settings: Settings
    service: Service | None
    version: str
    told: Told = NOTHING_TOLD
    carries: bool = True
    led: bool = True

    @property
    def profile(self) -> Profile:
        """Who it is."""
        return self.controller.PROFILE

    @property
    def is_gateway_only(self) -> bool:
        """Whether it serves the Gateway API and no Ingress."""
        return is_gateway_only(self.controller)

    @property
    def caveat(self) -> Finding | None:
        """That its routes are those of the Ingress specification alone, None where it has a model.

        Its table has it too.
        """
        controller = self.controller
        if isinstance(controller, Unmodelled):
            return controller.finding(self.settings.ingress_class)
        return None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Names or IPs of its load balancer as the cloud reported them, else those it publishes.

        On kind nothing makes load balancers, and the controller is told to publish localhost.
        """
        reported = self.service.addresses if self.service else ()
        return reported or _published(self.workload)

    @property
    def is_at_nodes(self) -> bool:
        """Whether requests come in at a port of every node, as nothing makes a load balancer."""
        by_node = self.service is not None and self.service.type == "NodePort"
        return by_node and not self.addresses

    @property
    def title(self) -> str:
        """``ingress-nginx 1.15.1``, or the name alone where the image tells no version."""
        return f"{self.profile.title} {self.version}".strip()

    def serves(self, ingress_class: str, snapshot: Snapshot) -> bool:
        """Whether a class is its own, by the name or as far as the classes are known."""
        rule = self.settings.class_rule
        if self.settings.ingress_class == ingress_class:
            return True
        known = snapshot.class_by_name.get(ingress_class)
        own = known is not None and bool(rule.controller) and known.controller == rule.controller
        return own and not rule.by_name

    def port(self, scheme: str) -> int:
        """The load balancer's port for http or https."""
        usual = usual_port(scheme)
        ports = self.service.ports if self.service else ()
        named = [port.number for port in ports if port.name == scheme]
        return usual if not named or usual in {port.number for port in ports} else named[0]

    def entrance(self, snapshot: Snapshot) -> Entrance:
        """The way in to it, of what was read."""
        service = self.service
        key = (service.meta.namespace, service.meta.name) if service else ("", "")
        slices = snapshot.slices_by_service.get(key, ())
        return Entrance(self.title, service, self.addresses, slices, snapshot.nodes)

    def no_address(self) -> Finding:
        """Why there is nothing to send a request to, and what to look at."""
        namespace = self.workload.meta.namespace
        if self.service is None:
            message = f"no Service leads to {self.title} in namespace {namespace}"
            fix = made_again(self.workload.kind, self.workload.meta)
            return Finding("KI601", "error", message, fix=fix)
        key, kind = self.service.meta.key, self.service.type
        look = command("describe", "service", "-n", namespace, self.service.meta.name)
        if kind != "LoadBalancer":
            message = f"Service {key} is of type {kind}, so it has no load balancer"
            ports = [f"{p.node_port} ({p.name or p.number})" for p in self.service.ports]
            if kind == "NodePort":
                message += f"; requests come in at any node's address, port {', '.join(ports)}"
                look = "kubectl get nodes -o wide"
            return Finding("KI601", "error", message, f"Service {key}", fix=look)
        message = f"the load balancer of Service {key} has no address yet (pending)"
        fix = f"{look}\nkubectl ingress address --wait 5m"
        return Finding("KI601", "error", message, f"Service {key}", fix=fix)

    def no_pods(self) -> Finding | None:
        """That none of its pods is ready, None where one is or requests do not pass them."""
        workload = self.workload
        if workload.ready or not self.carries:
            return None
        key = workload.meta.key
        return unready(f"{self.title} ({key})", workload.kind, key, 0, workload.desired)

    @property
    def shut(self) -> tuple[Finding, ...]:
        """What keeps all requests out."""
        listens = self.led or self.addresses or self.workload.spec.on_nodes
        no_way = () if listens or not self.carries else (self.no_address(),)
        no_pods = self.no_pods()
        return (*no_way, *((no_pods,) if no_pods else ()))

    def compile(self, snapshot: Snapshot, settings: Settings | None = None) -> RouteTable:
        """What it makes of these objects; `settings` are its own where none are given."""
        table = self.controller.compile(snapshot, settings or self.settings)
        return replace(table, addresses=self.addresses)

    def judged(self) -> Judged:
        """What judging its answers must know of it."""
        no_pods = self.no_pods()
        return Judged(
            self.title,
            self.profile.not_found_body,
            (self.service or self.workload).meta.key,
            self.workload.ready,
            self.workload.desired,
            self.profile.fake_certificate,
            self.profile.name,
            "service" if self.service else self.workload.kind.lower(),
            no_pods.fix if no_pods else "",
        )


def known_controllers() -> tuple[Controller, ...]:
    """The controllers that have a file here and no entry in KNOWN, since many build them."""
    return tuple(found for name in BUILT_BY_MANY if (found := model_of(name)) is not None)


def find_running(snapshot: Snapshot) -> tuple[Running, ...]:
    """The controllers of a Snapshot, by namespace and name of their workloads."""
    return tuple(
        running for workload in snapshot.workloads for running in _recognised(snapshot, workload)
    )


def ambiguous(found: Sequence[Running]) -> UsageError:
    """That several could be meant, with what tells them apart."""
    classes = [one.settings.ingress_class or one.profile.name for one in found]
    names = [one.profile.name for one in found]
    shown, step = classes, "choose one: --class, or --controller"
    if len({*classes}) < len(found):
        # Traefik in the place of ingress-nginx has its class, too.
        shown = names
        step = "choose one: --controller"
        if len({*names}) < len(found):
            step = "kubectl ingress status"
    elif len({*names}) < len(found):
        step = "choose one: --class"
    listed = ", ".join(
        f"{name} ({one.workload.meta.key})" for name, one in zip(shown, found, strict=True)
    )
    return UsageError(f"several controllers could be meant: {listed}", step)


def _recognised(snapshot: Snapshot, workload: Workload) -> list[Running]:
    for image in workload.images:
        known = known_by_image(repository_of(image))
        if known is not None and (not known.argument or known.argument in workload.args):
            told = _told(known, workload, snapshot)
            service = entry_service(snapshot, workload, known.services)
            carries = known.carries and bool(known.serves)
            found = (
                replace(_running(one, workload, told, snapshot, service, image), carries=carries)
                for one in _models(known, told)
            )
            return [one for one in found if not known.optional or _is_asked_for(one, snapshot)]
    for image in workload.images:
        name = name_by_build(image)
        controller = model_of(name) if name else None
        if controller is not None:
            told, service = Told.by(workload), entry_service(snapshot, workload)
            return [_running(controller, workload, told, snapshot, service, image)]
    return []


def _running(
    controller: Controller,
    workload: Workload,
    told: Told,
    snapshot: Snapshot,
    service: Service | None,
    image: str,
) -> Running:
    version = _VERSION.search(image)
    settings = controller.settings_of(told, snapshot)
    led = service is not None or is_led(snapshot, workload)
    known = version[1] if version else ""
    return Running(controller, workload, settings, service, known, told, led=led)


def _is_asked_for(one: Running, snapshot: Snapshot) -> bool:
    """Whether a class or an Ingress is its own: it is mostly there for something else."""
    rule = one.settings.class_rule
    return any(each.controller == rule.controller for each in snapshot.classes) or any(
        rule.takes(each, snapshot) for each in snapshot.ingresses
    )


def _models(known: Known, told: Told) -> list[Controller]:
    """What stands for a controller that is known by its image, one for each of its providers."""
    names = [known.name]
    if providers := _PROVIDERS.get(known.name):
        flags = {name.lower(): value for name, value in told.flags.items()}
        on = [name for name, switch in providers if _is_on(switch, flags)]
        names = on or [providers[0][0]]
    elif not known.serves:
        names = [GATEWAY_API]
    return [found for name in names if (found := model_of(name) or unmodelled(name)) is not None]


def _is_on(switch: str, flags: dict[str, str]) -> bool:
    """Whether a provider is: by its own flag, or by one of those below it."""
    if switch in flags:
        return flags[switch].lower() != "false"
    return any(name.startswith(f"{switch}.") for name in flags)


def _told(known: Known, workload: Workload, snapshot: Snapshot) -> Told:
    """Its command line with the variables that stand for flags, and Kong's router flavour.

    The flavour is set where the gateway runs, which may be another Deployment.
    """
    prefix = known.env_prefix
    words = tuple(
        f"--{name.removeprefix(prefix).lower().replace('_', '-')}={value}"
        for name, value in workload.env.items()
        if prefix and name.startswith(prefix)
    )
    told = Told.by(workload)
    beside = (one for one in snapshot.workloads if one.meta.namespace == workload.meta.namespace)
    flavours = (one.env.get(_ROUTER_FLAVOR, "") for one in (workload, *beside))
    flavour = next(filter(None, flavours), "") if known.name == "kong" else ""
    return replace(told, arguments=(*words, *told.arguments), router_flavor=flavour)


def _published(workload: Workload) -> tuple[str, ...]:
    """What a controller was told to write into the status of its Ingresses, comma-separated."""
    for argument in workload.args:
        name, _, value = argument.partition("=")
        if name == "--publish-status-address":
            return tuple(part.strip() for part in value.split(",") if part.strip())
    return ()


def entry_service(
    snapshot: Snapshot, workload: Workload, named: tuple[str, ...] = ()
) -> Service | None:
    """The Service that traffic comes in by: the published one, else one that selects the pods.

    `named` are those that it is called in installations where it leads to other pods.

    A Service that selects the pods and only leads to the admission webhook is
    told apart by its ports: traffic comes in on 80 or 443 under the names http
    and https, and a LoadBalancer is preferred to anything else.
    """
    namespace, _, name = Told.by(workload).reference("publish-service").partition("/")
    published = snapshot.service_by_key.get((namespace, name))
    if published is not None:
        return published
    for name in named:
        found = snapshot.service_by_key.get((workload.meta.namespace, name))
        if found is not None:
            return found
    candidates = [
        service
        for service in _selecting(snapshot, workload)
        if any(port.number == 80 or port.name in ("http", "https") for port in service.ports)
    ]
    candidates.sort(key=lambda service: service.type != "LoadBalancer")
    return candidates[0] if candidates else None


def is_led(snapshot: Snapshot, workload: Workload) -> bool:
    """Whether a Service selects the pods for more than the API server's and a monitor's requests.

    It may be for traffic then, on whatever ports.
    """
    return any(
        not any(word in port.name for word in _INSIDE)
        for service in _selecting(snapshot, workload)
        for port in service.ports
    )


def _selecting(snapshot: Snapshot, workload: Workload) -> list[Service]:
    return [
        service
        for service in snapshot.services
        if service.meta.namespace == workload.meta.namespace
        and service.selector
        and service.selector.items() <= workload.pod_labels.items()
    ]
