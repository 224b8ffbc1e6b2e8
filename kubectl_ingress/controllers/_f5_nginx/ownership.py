"""Who has a host, and which paths minions keep (internal/k8s/configuration.go).

A host belongs to one object, the oldest; of two equally old ones to that with
the larger uid. What younger ones say of it is left out, their other hosts stay.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from kubectl_ingress.controllers._f5_nginx.rejection import is_master, is_minion
from kubectl_ingress.core.objects import Custom, Finding, HostRule, Ingress, Meta
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import Lost


class Minion(Struct, frozen=True):
    """A minion with the paths that it keeps."""

    ingress: Ingress
    paths: frozenset[str]


class Owner(Struct, frozen=True):
    """What has a host: an Ingress, a master with its minions, or a VirtualServer."""

    meta: Meta
    ingress: Ingress | None = None
    minions: tuple[Minion, ...] = ()
    virtual_server: Custom | None = None

    def __str__(self) -> str:
        kind = "VirtualServer" if self.virtual_server else "Ingress"
        return f"{kind} {self.meta.key}"


class Ownership(Struct):
    """Hosts with their owners, what is lost, and what only chance decides."""

    owners: dict[str, Owner] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    ties: dict[str, Finding] = field(default_factory=dict)


def own(ingresses: Iterable[Ingress], virtual_servers: Iterable[Custom]) -> Ownership:
    """Who has which host; all are valid, and sorted by namespace/name."""
    found = Ownership()
    ordered = sorted(ingresses, key=lambda ingress: ingress.meta.key)
    minions = [ingress for ingress in ordered if is_minion(ingress)]
    for ingress in ordered:
        if is_minion(ingress):
            continue
        kept = _minions(found, ingress, minions) if is_master(ingress) else ()
        owner = Owner(ingress.meta, ingress, kept)
        for rule in ingress.rules:
            _claim(found, rule.host, owner)
    for custom in sorted(virtual_servers, key=lambda custom: custom.meta.key):
        host = custom.spec.get("host")
        if isinstance(host, str) and host:
            _claim(found, host.lower(), Owner(custom.meta, virtual_server=custom))
    for ingress in ordered:
        for rule in ingress.rules:
            _note_lost(found, ingress, rule)
    return found


def _wins(one: Meta, other: Meta) -> bool:
    if one.created != other.created:
        # An object of a file has no time yet: it comes after all that are there.
        return bool(one.created) and (not other.created or one.created < other.created)
    return one.uid > other.uid


def _is_tie(one: Meta, other: Meta) -> bool:
    """Whether nothing tells which wins: files know neither the age nor the uid."""
    return (one.created, one.uid) == (other.created, other.uid)


def _claim(found: Ownership, host: str, owner: Owner) -> None:
    holder = found.owners.get(host)
    if holder is not None and _is_tie(holder.meta, owner.meta):
        message = (
            f"{holder} and {owner} are equally old here and have no uid, so which of them gets host"
            f" {host or '*'} is not known"
        )
        found.ties[host] = Finding("KI401", "warning", message, str(owner), owner.meta.origin)
    if holder is None or not _wins(holder.meta, owner.meta):
        found.owners[host] = owner


def _minions(found: Ownership, master: Ingress, minions: list[Ingress]) -> tuple[Minion, ...]:
    """Of minions with one path, whatever its type, the oldest keeps it (buildMinionConfigs)."""
    holders: dict[str, Ingress] = {}
    kept: dict[str, dict[str, bool]] = {}
    host = master.rules[0].host
    mine = [minion for minion in minions if minion.rules[0].host == host]
    for minion in mine:
        paths = kept.setdefault(minion.meta.key, {})
        for rule in minion.rules[0].paths:
            holder = holders.get(rule.path)
            if holder is None:
                holders[rule.path], paths[rule.path] = minion, True
            elif not _wins(holder.meta, minion.meta):
                holders[rule.path], paths[rule.path] = minion, True
                # A path that a minion has twice is its own rival, and lost.
                kept[holder.meta.key][rule.path] = False
            else:
                paths.setdefault(rule.path, False)
    for minion in mine:
        for rule in minion.rules[0].paths:
            if not kept[minion.meta.key][rule.path]:
                other = holders[rule.path]
                what = "itself" if other is minion else f"Ingress {other.meta.key}"
                route = Route(minion.meta.key, host, rule.path or "/", rule.path_type)
                tied = other is not minion and _is_tie(other.meta, minion.meta)
                _lose(found, minion, route, f"path {rule.path} of host {host}", what, tied)
    return tuple(
        Minion(
            minion, frozenset(path for path, is_kept in kept[minion.meta.key].items() if is_kept)
        )
        for minion in mine
    )


def _note_lost(found: Ownership, ingress: Ingress, rule: HostRule) -> None:
    owner = found.owners.get(rule.host)
    if owner is None or owner.meta.key != ingress.meta.key or owner.virtual_server:
        joined = owner is not None and any(one.ingress is ingress for one in owner.minions)
        if joined:
            return
        for path in rule.paths:
            route = Route(ingress.meta.key, rule.host, path.path or "/", path.path_type)
            if is_minion(ingress):
                _orphan(found, ingress, route)
            else:
                tied = owner is not None and _is_tie(owner.meta, ingress.meta)
                _lose(found, ingress, route, f"host {rule.host or '*'}", str(owner), tied)


def _lose(
    found: Ownership, ingress: Ingress, route: Route, what: str, holder: str, tied: bool
) -> None:
    where = f"Ingress {ingress.meta.key}"
    message = f"{what} in {where} is never served: {holder} has it already"
    if tied:
        message = (
            f"{what} is in {where} and in {holder}: only the one that is created first is ever"
            " served, or the one with the larger uid where both are in the same second"
        )
    finding = Finding("KI502", "error", message, where, ingress.meta.origin)
    found.lost.append(Lost(route, "", finding))
    found.findings.append(finding)


def _orphan(found: Ownership, ingress: Ingress, route: Route) -> None:
    where = f"Ingress {ingress.meta.key}"
    message = f"{where} is a minion, and host {route.host} has no valid master"
    finding = Finding("KI506", "error", message, where, ingress.meta.origin)
    found.lost.append(Lost(route, "", finding))
    found.findings.append(finding)
