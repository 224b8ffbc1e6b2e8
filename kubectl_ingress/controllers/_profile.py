"""What every controller's PROFILE says: how it is recognised and where it listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.objects import Snapshot, Workload
from kubectl_ingress.core.table import RouteTable


@dataclass(frozen=True, slots=True)
class Profile:
    """One controller.

    `controller` is IngressClass.spec.controller; `images` are parts of image
    names by which a running one is recognised; `server_header` is the Server
    header of its own answers, None where it sends none.
    """

    name: str
    title: str
    controller: str
    default_class: str
    images: tuple[str, ...]
    not_found_body: str
    fake_certificate: str = ""


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

    def settings_of(self, workload: Workload) -> Settings:
        """Settings from the arguments of a running Deployment or DaemonSet."""

    def compile(self, snapshot: Snapshot, settings: Settings) -> RouteTable:
        """The RouteTable that it makes of these objects."""
