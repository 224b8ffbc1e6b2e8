"""Policies of an Ingress or a VirtualServer: only accessControl is followed."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kubectl_ingress.controllers._f5_nginx.settings import Settings
from kubectl_ingress.core.actions import Answer
from kubectl_ingress.core.guards import Addresses
from kubectl_ingress.core.networks import Network, parse_network
from kubectl_ingress.core.objects import Custom, Finding, Snapshot
from kubectl_ingress.core.values import Value


class Policies(Struct, frozen=True):
    """What the named Policies do: `error` answers everything, `access` looks at addresses."""

    error: Answer | None = None
    access: Addresses | None = None
    doubts: tuple[Finding, ...] = ()


def policies(
    snapshot: Snapshot, settings: Settings, names: tuple[str, ...], namespace: str, because: Value
) -> Policies:
    """Names are ``name`` or ``namespace/name``; a missing or invalid one answers 500 (measured)."""
    if not names:
        return Policies()
    known = {
        one.meta.key: one
        for one in snapshot.customs
        if one.kind == "Policy" and settings.custom_resources
    }
    allowed: tuple[Network, ...] = ()
    denied: tuple[Network, ...] = ()
    doubts = []
    for name in names:
        key = name if "/" in name else f"{namespace}/{name}"
        policy = known.get(key)
        if policy is None or (problem := _problem(policy, settings)):
            what = f"is invalid: {problem}" if policy else "does not exist"
            return Policies(_missing(key, what, because))
        control = policy.spec.get("accessControl")
        if isinstance(control, Mapping):
            allowed += tuple(filter(None, _networks(control.get("allow"))))
            denied += tuple(filter(None, _networks(control.get("deny"))))
        else:
            kinds = ", ".join(sorted(policy.spec.keys() - {"ingressClassName"}))
            message = f"Policy {key} has {kinds}, which is not modelled"
            doubts.append(Finding("KI401", "warning", message, f"Policy {key}"))
    access = Addresses(allowed, () if allowed else denied, because) if allowed or denied else None
    return Policies(access=access, doubts=tuple(doubts))


def _missing(key: str, what: str, because: Value) -> Answer:
    message = f"Policy {key} {what}, so everything is answered 500"
    finding = Finding("KI506", "error", message, because.source)
    return Answer(500, message, because, finding)


def _problem(policy: Custom, settings: Settings) -> str:
    named = policy.spec.get("ingressClassName") or settings.ingress_class
    if named != settings.ingress_class:
        return f"it is of class {named}"
    control = policy.spec.get("accessControl")
    if not isinstance(control, Mapping):
        return ""
    lists = [control[key] for key in ("allow", "deny") if control.get(key)]
    if len(lists) != 1:
        return "it needs allow or deny, and not both"
    return "" if all(_networks(lists[0])) else "it has a bad address"


def _networks(value: object) -> list[Network | None]:
    """Those of a list; None for each text that is none."""
    items = value if isinstance(value, list) else []
    return [parse_network(item) for item in items if isinstance(item, str)]
