"""What every controller's module offers, and what a running controller was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    from kubectl_ingress.core.classes import ClassRule
    from kubectl_ingress.core.objects import Snapshot, Workload
    from kubectl_ingress.core.table import RouteTable


class Profile(Struct, frozen=True):
    """One controller.

    `controller` is IngressClass.spec.controller; `aliases` are other names it is
    asked for by; `not_found_body` is text that its own error pages hold;
    `gateway_controller` is GatewayClass.spec.controllerName where it has the
    Gateway API too. How a running one is recognised stands in controllers._known.
    """

    name: str
    title: str
    controller: str
    default_class: str
    not_found_body: str
    fake_certificate: str = ""
    aliases: tuple[str, ...] = ()
    gateway_controller: str = ""


class Told(Struct, frozen=True):
    """What a controller was told from outside: its command line, its environment.

    `namespace` is where it runs, "" where nobody knows. `ingress_class` is the
    class that is meant, where the command line does not say it; `router_flavor`
    is Kong's own setting, in words of its documentation.
    """

    arguments: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    namespace: str = ""
    ingress_class: str = ""
    router_flavor: str = ""

    @classmethod
    def by(cls, workload: Workload) -> Told:
        """What a running Deployment or DaemonSet was told."""
        return cls(workload.args, workload.env, workload.meta.namespace)

    @property
    def flags(self) -> dict[str, str]:
        """Flags by their name without dashes; one without a value is "true".

        ``--name=value`` and ``--name value``; the last of two equal ones counts.
        """
        found: dict[str, str] = {}
        for number, argument in enumerate(self.arguments):
            if not argument.startswith("-"):
                continue
            name, equals, value = argument.lstrip("-").partition("=")
            if not equals:
                following = self.arguments[number + 1 : number + 2]
                value = "true" if not following or following[0].startswith("-") else following[0]
            found[name] = value
        return found

    def reference(self, flag: str) -> str:
        """A flag that names an object, with the namespace where that is the controller's own."""
        return self.flags.get(flag, "").replace("$(POD_NAMESPACE)", self.namespace)


NOTHING_TOLD = Told()


class Meant(Struct, frozen=True):
    """Which controller is asked, as typed: `told` is what its Deployment would tell beside."""

    controller: str = ""
    ingress_class: str = ""
    told: Told = NOTHING_TOLD


class Settings(Protocol):
    """What a controller's own command line decides; each file has more of its own."""

    @property
    def ingress_class(self) -> str:
        """The class name it was started with."""

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses it takes."""


class Controller(Protocol):
    """What a module of this folder offers."""

    PROFILE: Profile

    def settings_of(self, told: Told, snapshot: Snapshot) -> Settings:
        """Settings from what it was told; its ConfigMap is among the objects."""

    def compile(self, snapshot: Snapshot, settings: Settings) -> RouteTable:
        """The RouteTable that it makes of these objects."""
