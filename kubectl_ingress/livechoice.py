"""Which of the controllers that run in a cluster is meant."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._choice import (
    GATEWAY_API,
    SPECIFICATION,
    choices,
    find_controller,
    has_gateway_route,
    told_for,
)
from kubectl_ingress.controllers._discovery import Running, ambiguous, find_running
from kubectl_ingress.controllers._known import (
    OUTSIDE,
    known_by_controller,
    known_by_image,
    repository_of,
)
from kubectl_ingress.controllers._profile import NOTHING_TOLD, Told
from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.question import Controller as Judged
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.errors import UsageError


class Live(Struct, frozen=True):
    """A controller's table; `running` is None where it runs outside the cluster, or not at all."""

    table: RouteTable
    running: Running | None

    def judged(self, entry: str = "") -> Judged:
        """What judging its answers must know of it.

        `entry` is the ``namespace/name`` of the Ingress that was asked, where nothing of it runs.
        """
        if self.running is not None:
            return self.running.judged()
        profile = find_controller(self.table.controller).PROFILE
        # Any program may do what a specification says: no answer is a stranger's then.
        name = "" if profile.name in (SPECIFICATION, GATEWAY_API) else profile.name
        return Judged(
            profile.title,
            profile.not_found_body,
            entry,
            1,
            1,
            profile.fake_certificate,
            name,
            "ingress",
        )


def live_tables(
    snapshot: Snapshot,
    controller: str = "",
    ingress_class: str = "",
    told: Told = NOTHING_TOLD,
    host: str = "",
) -> tuple[Live, ...]:
    """The tables of the controllers that may be meant; none where no controller runs.

    By name and class where they are asked for; where several are left and
    `host` is given, those alone that have an Ingress for it. Raises UsageError
    for an unknown name, and where nothing that runs serves the class.
    """
    found = list(find_running(snapshot))
    if controller:
        found = list(named(found, controller))
        if not found:
            meant = find_controller(controller)
            told = replace(told, ingress_class=ingress_class or told.ingress_class)
            settings = meant.settings_of(told_for(meant, snapshot, told), snapshot)
            return (Live(meant.compile(snapshot, settings), None),)
    if ingress_class:
        found = [one for one in found if one.serves(ingress_class, snapshot)]
    if len(found) > 1 and host:
        found = [one for one in found if _has(one, host, snapshot)] or found
    if found:
        return tuple(Live(_compiled(one, told, snapshot), one) for one in found)
    outside = _outside(snapshot, ingress_class, told, host)
    if ingress_class and not outside:
        raise UsageError(
            f"no controller that runs serves the class {ingress_class!r}",
            "kubectl get ingressclasses",
        )
    return outside


def named(found: Iterable[Running], name: str) -> tuple[Running, ...]:
    """Those of a name: its own, an alias, or else what `status` lists its workload by.

    Raises UsageError where no controller has this name, whether it runs or not.
    """
    all_of = tuple(found)
    own = [one for one in all_of if name in (one.profile.name, *one.profile.aliases)]
    meant = own or [one for one in all_of if name in _listed_as(one)]
    if not meant:
        find_controller(name)
    return tuple(meant)


def _listed_as(one: Running) -> set[str]:
    """One program may hold several controllers, and one controller may be built by several."""
    known = [known_by_image(repository_of(image)) for image in one.workload.images]
    known.append(known_by_controller(one.settings.class_rule.controller))
    return {each.name for each in known if each is not None}


def the_one(found: tuple[Live, ...]) -> Live | None:
    """The only one, None where there is none. Raises UsageError where there are several."""
    if len(found) > 1:
        raise ambiguous([one.running for one in found if one.running is not None])
    return found[0] if found else None


def _compiled(one: Running, told: Told, snapshot: Snapshot) -> RouteTable:
    """What it makes of the objects, where `told` is what was typed beside its command line."""
    if not told.arguments and not told.router_flavor:
        return one.compile(snapshot)
    whole = replace(
        one.told,
        arguments=(*one.told.arguments, *told.arguments),
        router_flavor=told.router_flavor or one.told.router_flavor,
    )
    return one.compile(snapshot, one.controller.settings_of(whole, snapshot))


def _has(one: Running, host: str, snapshot: Snapshot) -> bool:
    if one.is_gateway_only:
        return has_gateway_route(snapshot, host)
    rule = one.settings.class_rule
    return any(
        rule.takes(ingress, snapshot)
        for ingress in snapshot.ingresses
        if any(each.host in (host, wildcard_of(host)) for each in ingress.rules)
    )


def _outside(snapshot: Snapshot, ingress_class: str, told: Told, host: str) -> tuple[Live, ...]:
    """Controllers that leave nothing in the cluster but their classes."""
    named = {class_of(ingress) for ingress in snapshot.ingresses}
    found = []
    for one in choices(snapshot, ingress_class, host):
        known = snapshot.class_by_name.get(one.ingress_class)
        owner = known_by_controller(known.controller) if known else None
        if owner is not None and owner.outside and one.controller.PROFILE.name == SPECIFICATION:
            one = replace(one, controller=find_controller(owner.name))
        if one.controller.PROFILE.name in OUTSIDE and one.ingress_class in named:
            table = one.controller.compile(snapshot, one.settings(snapshot, told))
            found.append(Live(table, None))
    return tuple(found)
