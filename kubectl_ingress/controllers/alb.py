"""AWS Load Balancer Controller: each group of Ingresses becomes an Application Load Balancer.

Sources: kubernetes-sigs/aws-load-balancer-controller (pkg/ingress), and the
documentation of Elastic Load Balancing for what rules match and answer. Nobody
has measured it here: what is beyond these is said to be uncertain (KI401).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.controllers import _balancers as balancers
from kubectl_ingress.controllers._alb.actions import not_modelled
from kubectl_ingress.controllers._alb.annotations import BadAnnotation, integer_of, text_of
from kubectl_ingress.controllers._alb.conditions import OnPort
from kubectl_ingress.controllers._alb.listeners import (
    has_certificate,
    merged,
    ports_of,
    ssl_redirect,
)
from kubectl_ingress.controllers._alb.rules import Builder, ListenerRule
from kubectl_ingress.controllers._alb.servers import servers_of
from kubectl_ingress.controllers._profile import Profile, Told
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.matching import EVERYTHING
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.reasons import Ignored
from kubectl_ingress.core.request import Request, Route
from kubectl_ingress.core.table import Dialect, Entry, RouteTable

PROFILE = Profile(
    name="alb",
    title="AWS Load Balancer Controller",
    controller="ingress.k8s.aws/alb",
    default_class="alb",
    not_found_body="",
    aliases=("aws-load-balancer-controller",),
)

_DIALECT = Dialect(path=as_bytes, gives_up=None)
_GROUP_NAME = re.compile(r"([a-z0-9][-a-z0-9.]*)?[a-z0-9]")


class Settings(Struct, frozen=True):
    """Its command line: --ingress-class and --default-target-type."""

    ingress_class: str = PROFILE.default_class
    without_class: bool = False
    target_type: str = "instance"

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses these settings take: an annotation counts more than the field."""
        return ClassRule(
            PROFILE.title,
            self.ingress_class,
            PROFILE.controller,
            without_class=self.without_class,
            annotation_first=True,
        )


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """Its flags; --ingress-class without a value takes the Ingresses without a class, too."""
    flags = told.flags
    named = flags.get("ingress-class") or told.ingress_class or PROFILE.default_class
    return Settings(
        named, flags.get("ingress-class") == "", flags.get("default-target-type") or "instance"
    )


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """One load balancer for each group; an Ingress without a group is one of its own."""
    taken, ignored = settings.class_rule.select(snapshot)
    groups: dict[tuple[bool, str], list[Ingress]] = {}
    for ingress in taken:
        named = text_of(ingress.meta.annotations, "group.name")
        if named is not None and (len(named) > 63 or not _GROUP_NAME.fullmatch(named)):
            message = f"Ingress {ingress.meta.key} has the group.name {named!r}, which is none"
            where = f"Ingress {ingress.meta.key}"
            found = Finding("KI501", "error", message, where, ingress.meta.origin)
            ignored.append(Ignored(ingress, found))
            continue
        key = (named is not None, ingress.meta.key if named is None else named)
        groups.setdefault(key, []).append(ingress)
    empty = balancers.without_rules(
        PROFILE.name, settings.ingress_class, snapshot, ignored, _DIALECT
    )
    tables = [_Group(snapshot, settings, members).table(empty) for members in groups.values()]
    return balancers.joined(empty, tables)


class _Group:
    """The Ingresses of one load balancer; `problems` are why the controller gives up on it."""

    def __init__(self, snapshot: Snapshot, settings: Settings, members: list[Ingress]) -> None:
        self.snapshot = snapshot
        self.settings = settings
        self.problems: list[Finding] = []
        self.members = self._in_order(members)
        self.doubts = _Doubts()

    def table(self, empty: RouteTable) -> RouteTable:
        """Its load balancer's table."""
        wanted = {}
        for ingress in self.members:
            with self._giving_up(ingress):
                wanted[ingress.meta.key] = ports_of(ingress)
        ports: dict[int, str] = {}
        first: list[Action] = []
        with self._giving_up(self.members[0]):
            ports = merged(wanted.values())
            fix = "look at the annotations listen-ports and certificate-arn"
            owner = f"Ingress {self.members[0].meta.key}"
            first.append(balancers.not_listening(ports, owner, fix))
            if (redirect := ssl_redirect(self.members, ports)) is not None:
                first.append(redirect)
        rules: list[ListenerRule] = []
        last: list[Entry] = []
        for ingress in self.members:
            builder = Builder(
                self.snapshot, ingress, wanted.get(ingress.meta.key, {}), self.settings.target_type
            )
            with self._giving_up(ingress):
                last += _default_backend(builder)
            for host, path in builder.paths():
                with self._giving_up(ingress):
                    rules.append(builder.rule(host, path))
            self.doubts.add(builder)
        self._one_default_backend(last)
        servers, default = servers_of(rules, ports, (*last, balancers.NOBODY), tuple(first))
        return replace(
            empty,
            servers=servers,
            default=default,
            loaded=tuple(self.members),
            refused=next(iter(self.problems), None),
            doubts=self.doubts.about,
        )

    def _in_order(self, members: list[Ingress]) -> list[Ingress]:
        """By group.order, then by name (sortGroupMembers)."""
        orders: dict[str, int] = {}
        for ingress in members:
            with self._giving_up(ingress):
                order = integer_of(ingress.meta.annotations, "group.order") or 0
                if not -1000 <= order <= 1000:
                    raise BadAnnotation(f"group.order is -1000 to 1000, not {order}")
                orders[ingress.meta.key] = order
        return sorted(members, key=lambda one: (orders.get(one.meta.key, 0), one.meta.key))

    def _one_default_backend(self, last: list[Entry]) -> None:
        """More than one on a listener, and the controller gives up."""
        seen: set[int] = set()
        for entry in last:
            ports = {p for one in entry.conditions if isinstance(one, OnPort) for p in one.ports}
            if seen & ports and entry.route is not None:
                problem = "several Ingresses of one group have a defaultBackend"
                owner = f"Ingress {entry.route.ingress}"
                self.problems.append(balancers.frozen(owner, problem, self.snapshot))
            seen |= ports

    @contextmanager
    def _giving_up(self, ingress: Ingress) -> Iterator[None]:
        try:
            yield
        except BadAnnotation as problem:
            owner = f"Ingress {ingress.meta.key}"
            text = f"{owner}: {problem}"
            self.problems.append(balancers.frozen(owner, text, self.snapshot))


def _default_backend(builder: Builder) -> list[Entry]:
    if builder.ingress.default_backend is None:
        return []
    action, findings = builder.action(builder.ingress.default_backend)
    route = Route(builder.ingress.meta.key, "", "", "")
    conditions = (OnPort(frozenset(builder.ports)),)
    return [Entry(EVERYTHING, (action,), route, conditions, findings=findings)]


class _Doubts(Struct):
    """What of a load balancer nobody has measured, by the Ingress that it comes from."""

    regexes: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    def add(self, builder: Builder) -> None:
        """What one Ingress has of it."""
        owner, annotations = builder.owner, builder.ingress.meta.annotations
        if builder.regexes:
            self.regexes.append(owner)
        if builder.clients:
            self.clients.append(owner)
        if not has_certificate(builder.ingress):
            self.certificates.append(owner)
        if (text_of(annotations, "auth-type") or "none") != "none":
            self.logins.append(owner)

    def about(self, request: Request, route: Route | None) -> tuple[Finding, ...]:
        """What makes the prediction for a request uncertain."""
        found = list(balancers.path_doubts(request))
        https = request.scheme == "https"
        owner = f"Ingress {route.ingress}" if route else ""
        for there, message in (
            (self.regexes[:1], "how rules with regular expressions match was not measured"),
            (
                self.clients[:1] if not request.client else [],
                "a rule asks for the client's address, which is not known here",
            ),
            (
                [owner] if https and owner in self.certificates else [],
                "its certificates are looked up in ACM, which is not known here",
            ),
            (
                [owner] if https and owner in self.logins else [],
                "auth-type may send the client to log in, which is not modelled",
            ),
        ):
            found += [not_modelled(one, message) for one in there]
        return tuple(found)
