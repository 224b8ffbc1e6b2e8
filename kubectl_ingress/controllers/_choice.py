"""Which controller is meant: by its name, or by the class of the Ingresses in question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress import registry
from kubectl_ingress.controllers._known import (
    CLASS_NAMES,
    KNOWN,
    Known,
    known_by_controller,
    name_by_class,
)
from kubectl_ingress.controllers._profile import (
    NOTHING_TOLD,
    Controller,
    Settings,
    Told,
)
from kubectl_ingress.controllers._unmodelled import unmodelled
from kubectl_ingress.core.classes import ClassRule, class_of
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.core.spelling import chosen_name
from kubectl_ingress.errors import UsageError

SPECIFICATION = "generic"
GATEWAY_API = "gateway-api"
_INGRESS_NGINX = "ingress-nginx"
_F5 = "f5-nginx"
_F5_ANNOTATIONS = ("nginx.org/", "nginx.com/")
_NGINX_ANNOTATIONS = "nginx.ingress.kubernetes.io/"
_CHOOSE = "say whose it is, in the same command: --controller NAME"


class Choice(Struct, frozen=True):
    """A controller that may be meant, with the class that leads to it.

    `ingress_class` is "" where it is the controller's own default, or where
    there are no classes. `told` is what is known of its command line beside
    that; `finding` says what the choice rests on where it is a guess.
    """

    controller: Controller
    ingress_class: str = ""
    told: tuple[str, ...] = ()
    finding: Finding | None = None

    def settings(self, snapshot: Snapshot, told: Told = NOTHING_TOLD) -> Settings:
        """Its settings, where `told` is all that is known beside the class."""
        arguments = (*self.told, *told.arguments)
        asked = told.ingress_class or self.ingress_class
        whole = replace(told, arguments=arguments, ingress_class=asked)
        return self.controller.settings_of(whole, snapshot)

    def rule(self, snapshot: Snapshot) -> ClassRule:
        """Which Ingresses it takes."""
        return self.settings(snapshot).class_rule

    @property
    def flag(self) -> str:
        """What to type to choose it."""
        if self.ingress_class:
            return f"--class {self.ingress_class}"
        return f"--controller {self.controller.PROFILE.name}"


def modelled_controllers() -> tuple[Controller, ...]:
    """All controllers whose routes are modelled, by name."""
    return tuple(_load(name) for name in registry.names("controllers"))


def find_controller(name: str) -> Controller:
    """The controller of that name or alias, whether its routes are modelled. Raises UsageError."""
    found = model_of(name) or unmodelled(name)
    if found is None:
        known = ", ".join(controller_names())
        raise UsageError(f"no controller is called {name!r} here", f"one of: {known}")
    return found


def controller_names() -> tuple[str, ...]:
    """The names that `find_controller` knows, without the shorter ones of some."""
    others = {one.name for one in KNOWN if one.serves and not one.build_of}
    return tuple(sorted(others.union(registry.names("controllers"))))


def model_of(name: str) -> Controller | None:
    """The controller of that name or alias, None where its routes are not modelled."""
    if name in registry.names("controllers"):
        return _load(name)
    return next((one for one in modelled_controllers() if name in one.PROFILE.aliases), None)


def _load(name: str) -> Controller:
    return cast(Controller, registry.load("controllers", name))


def choices(snapshot: Snapshot, ingress_class: str = "", host: str = "") -> tuple[Choice, ...]:
    """The controllers that the objects may be meant for, by class.

    `ingress_class` is the class that was asked for, "" where none was. `host` is
    that of a request: where several are possible, those are left out that have
    no rule for it while others have.
    """
    names = (ingress_class,) if ingress_class else _class_names(snapshot.ingresses)
    found = _apart([_of_class(snapshot, name) for name in names], snapshot)
    if not ingress_class:
        found += _of_gateways(snapshot)
    if not found:
        name = _only_class(snapshot)
        return (_of_class(snapshot, name),) if name or snapshot.ingresses else ()
    if len(found) > 1 and host:
        named = _class_names(one for one in snapshot.ingresses if _has_host(one, host))
        by_gateway = has_gateway_route(snapshot, host)
        found = [
            one
            for one in found
            if (by_gateway if is_gateway_only(one.controller) else one.ingress_class in named)
        ] or found
    return tuple(found)


def _apart(found: list[Choice], snapshot: Snapshot) -> list[Choice]:
    """One for each controller: the same one may serve several classes."""
    found.sort(key=lambda one: one.ingress_class != one.controller.PROFILE.default_class)
    kept: list[Choice] = []
    for choice in found:
        mine = [one for one in snapshot.ingresses if class_of(one) == choice.ingress_class]
        if not any(
            other.controller is choice.controller
            and all(other.rule(snapshot).takes(one, snapshot) for one in mine)
            for other in kept
        ):
            kept.append(choice)
    return kept


def _class_names(ingresses: Iterable[Ingress]) -> tuple[str, ...]:
    return tuple(sorted({name for ingress in ingresses if (name := class_of(ingress))}))


def _has_host(ingress: Ingress, host: str) -> bool:
    return any(rule.host in (host, wildcard_of(host)) for rule in ingress.rules)


def is_gateway_only(controller: Controller) -> bool:
    """Whether it serves the Gateway API and no Ingress."""
    return controller.PROFILE.name.startswith(GATEWAY_API)


def has_gateway_route(snapshot: Snapshot, host: str) -> bool:
    """Whether a route of the Gateway API names a host."""
    names = {name for one in snapshot.http_routes for name in one.hostnames}
    names |= {name for one in snapshot.grpc_routes for name in one.hostnames}
    return host in names or wildcard_of(host) in names


def _only_class(snapshot: Snapshot) -> str:
    """The class that Ingresses without one may be meant for, "" where that is open."""
    if len(snapshot.classes) == 1:
        return snapshot.classes[0].meta.name
    return next((one.meta.name for one in snapshot.classes if one.is_default), "")


def _of_class(snapshot: Snapshot, name: str) -> Choice:
    known = snapshot.class_by_name.get(name)
    if known is None:
        told: tuple[str, ...] = ()
        model = name_by_class(name)
    else:
        model, told = _of_value(known.controller)
    finding = None
    if model == _INGRESS_NGINX and known is None and _is_f5(snapshot, name):
        model = _F5
        finding = _f5_guess(name)
    controller = model_of(model) if model else None
    if controller is None:
        said = _unknown(name, model, snapshot)
        return Choice(_load(SPECIFICATION), name, finding=said)
    return Choice(controller, name, told, finding)


def meant_class(name: str, snapshot: Snapshot) -> str:
    """The class that a name is certainly a slip of the pen for; "" where it may be its own."""
    if name in snapshot.class_by_name or name_by_class(name):
        return ""
    return chosen_name(name, {*CLASS_NAMES, *snapshot.class_by_name})


def _of_value(value: str) -> tuple[str, tuple[str, ...]]:
    """IngressClass.spec.controller -> name of the controller, and what it was told then."""
    known = known_by_controller(value)
    if known is not None and known.build_of:
        return known.build_of, (f"--controller-class={value}",)
    if known is not None:
        return known.name, _suffix_told(known, value)
    if value == _load(_INGRESS_NGINX).PROFILE.controller:
        return _INGRESS_NGINX, ()
    # As its documentation calls a second one: k8s.io/internal-ingress-nginx.
    if value.startswith("k8s.io/") and _INGRESS_NGINX in value:
        return _INGRESS_NGINX, (f"--controller-class={value}",)
    named = (one for one in modelled_controllers() if one.PROFILE.controller == value)
    found = next(named, None)
    return (found.PROFILE.name, ()) if found else ("", ())


def _suffix_told(known: Known, value: str) -> tuple[str, ...]:
    """The flag behind whose value the class's controller has a suffix."""
    for serves in known.serves:
        suffix = value.removeprefix(f"{serves.controller}/")
        if serves.suffix_flag and suffix != value:
            return (f"--{serves.suffix_flag}={suffix}",)
    return ()


def _is_f5(snapshot: Snapshot, name: str) -> bool:
    """Whether Ingresses of a class nginx are annotated for the other nginx controller alone."""
    keys = {key for i in snapshot.ingresses if class_of(i) == name for key in i.meta.annotations}
    return any(key.startswith(_F5_ANNOTATIONS) for key in keys) and not any(
        key.startswith(_NGINX_ANNOTATIONS) for key in keys
    )


def _f5_guess(name: str) -> Finding:
    message = f"class {name} is taken to be F5's controller, because of annotations nginx.org/"
    return Finding("KI207", "info", message, f"IngressClass {name}", fix=_CHOOSE)


def _unknown(name: str, model: str, snapshot: Snapshot) -> Finding:
    fix, meant = _CHOOSE, meant_class(name, snapshot)
    if not name:
        message = "no Ingress names a class, and most controllers ignore such"
    elif model:
        message = f"class {name} is that of {model}, whose routes are not modelled here"
    elif name in snapshot.class_by_name:
        message = f"class {name} belongs to a controller that is not known here"
    else:
        message = f"class {name} is none that is known here, and there is no such IngressClass"
        if meant:
            message += f" (did you mean {meant}?)"
            fix = f"ingressClassName: {meant}"
    message += ": its routes are those of the Ingress specification alone, and its annotations"
    message += " are not judged"
    return Finding("KI207", "warning", message, f"IngressClass {name}", fix=fix)


def _of_gateways(snapshot: Snapshot) -> list[Choice]:
    if not (snapshot.http_routes or snapshot.gateways or snapshot.grpc_routes):
        return []
    values = {one.controller for one in snapshot.gateway_classes}
    found = [
        Choice(one) for one in modelled_controllers() if one.PROFILE.gateway_controller in values
    ]
    general = model_of(GATEWAY_API)
    return found or ([Choice(general)] if general else [])


def told_for(controller: Controller, snapshot: Snapshot, told: Told) -> Told:
    """What a controller chosen by its name was told, with the class that it must be meant for.

    Where none of the Ingresses is of its default class, and all are of one
    other, it is that. Raises UsageError where the specification is asked for and
    there are several.
    """
    if told.ingress_class:
        return told
    rule = controller.settings_of(told, snapshot).class_rule
    if rule.ingress_class and any(rule.takes(one, snapshot) for one in snapshot.ingresses):
        return told
    names = _class_names(snapshot.ingresses)
    if len(names) == 1:
        return replace(told, ingress_class=names[0])
    if not rule.ingress_class and names:
        raise UsageError(f"several classes could be meant: {', '.join(names)}", "choose: --class")
    return told
