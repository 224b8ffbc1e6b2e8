"""Controllers that are known, and whose routes are not modelled: which Ingresses they take.

What becomes of a request is then what the Ingress specification says, and a KI207 says so.
"""

from __future__ import annotations

from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers import generic
from kubectl_ingress.controllers._go import TRUE
from kubectl_ingress.controllers._known import KNOWN, By, Known
from kubectl_ingress.controllers._profile import Controller, Profile, Told
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.table import RouteTable


class Settings(Struct, frozen=True):
    """The class that it was started with, or that is its own, and which Ingresses it takes."""

    ingress_class: str
    class_rule: ClassRule


class Unmodelled:
    """One of them, in the place of a module of this folder."""

    def __init__(self, known: Known) -> None:
        # Those without a model take Ingresses in one way.
        self._serves = known.serves[0]
        self.PROFILE = Profile(
            known.name,
            known.title,
            self._serves.controller,
            self._serves.class_name,
            not_found_body="",
        )

    def settings_of(self, told: Told, snapshot: Snapshot) -> Settings:
        """Which class its command line names, else which of the classes is its own."""
        serves, flags = self._serves, told.flags
        named, suffix = flags.get(serves.class_flag, ""), flags.get(serves.suffix_flag, "")
        controller = f"{serves.controller}/{suffix}" if suffix else serves.controller
        own = (
            one.meta.name for one in snapshot.classes if controller and one.controller == controller
        )
        name = told.ingress_class or named or serves.class_name or next(own, "")
        rule = ClassRule(
            self.PROFILE.title,
            name,
            controller,
            without_class=serves.without_class
            or (serves.unless_told and not named)
            or flags.get(serves.without_class_flag, "") in TRUE,
            annotation_first=True,
            empty_annotation=False,
            by_name=serves.by is By.BOTH,
            by_name_alone=serves.by is By.NAME,
        )
        return Settings(name, rule)

    def compile(self, snapshot: Snapshot, settings: Settings) -> RouteTable:
        """The RouteTable that the specification gives for the Ingresses that it takes."""
        taken, ignored = settings.class_rule.select(snapshot)
        name = settings.ingress_class
        table = generic.table_of(snapshot, taken, ignored, self.PROFILE.name, name)
        return replace(table, findings=(*table.findings, self.finding(name)))

    def finding(self, ingress_class: str) -> Finding:
        """What is to be known of everything that is said of its routes."""
        served = f", which serves class {ingress_class}," if ingress_class else ""
        message = (
            f"the routes of {self.PROFILE.title}{served} are not modelled here: they are taken to"
            " be those of the Ingress specification alone, and its annotations are not judged"
        )
        about = f"IngressClass {ingress_class}" if ingress_class else ""
        return Finding("KI207", "info", message, about)


def unmodelled(name: str) -> Controller | None:
    """What stands for a controller of which there is no model; None where it takes no Ingresses."""
    for known in KNOWN:
        if known.name == name and known.serves and not known.build_of:
            return cast(Controller, Unmodelled(known))
    return None
