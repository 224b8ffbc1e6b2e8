"""How `status` looks: for people, and as plain data for JSON and YAML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from kubectl_ingress.core.inventory import (
    ClassEntry,
    ControllerEntry,
    Inventory,
    ObjectRef,
    Webhook,
)
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.findings import show_finding
from kubectl_ingress.render.plan import show_facts
from kubectl_ingress.render.table import show_table

_NONE = "-"
_UNKNOWN = "?"
_SERVICES = KINDS["Service"].resource
# A webhook is a controller's own by the Service that it leads to.
_LEADING = (KINDS["ValidatingWebhookConfiguration"].resource, _SERVICES)
_HEADS = ("CONTROLLER", "VERSION", "NAMESPACE", "CLASS", "READY", "WEBHOOK", "INGRESSES")


def render_text(
    inventory: Inventory, stream: TextIO, *, colour: bool = False, wide: bool = False
) -> None:
    """The whole report."""
    show_facts(stream, _facts(inventory))
    if inventory.controllers:
        print(file=stream)
        show_table(stream, *(_wide(inventory) if wide else _table(inventory)))
    if wide and inventory.classes:
        print(file=stream)
        show_table(stream, *_class_table(inventory))
    unread = [("Not read", f"{one.resource}: {one.why}") for one in inventory.unread]
    unread += [("Not asked", f"{hook.name}: {hook.said}") for hook in _unasked(inventory)]
    if unread:
        print(file=stream)
        show_facts(stream, unread)
    for finding in inventory.findings:
        print(file=stream)
        show_finding(stream, finding, colour=colour)


def _unasked(inventory: Inventory) -> Iterator[Webhook]:
    """The webhooks that could not be asked, where it was tried."""
    for entry in inventory.controllers:
        if entry.webhook and entry.webhook.answers is None and entry.webhook.said:
            yield entry.webhook


def _facts(inventory: Inventory) -> Iterator[tuple[str, str]]:
    place = inventory.place if inventory.place != inventory.provider else ""
    said = ": ".join(part for part in (place, inventory.said) if part)
    provider = inventory.provider or "not known"
    yield "Provider", f"{provider} ({said})" if said else provider
    if inventory.kubernetes:
        yield "Kubernetes", inventory.kubernetes
    if inventory.namespace:
        yield "Namespace", inventory.namespace


Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def _table(inventory: Inventory) -> Table:
    heads = (*_HEADS, "ADDRESS")
    return heads, [[_cell(head, one, inventory) for head in heads] for one in inventory.controllers]


def _cell(head: str, one: ControllerEntry, inventory: Inventory) -> str:
    match head:
        case "CONTROLLER":
            text = one.name
        case "VERSION":
            text = one.version or (_UNKNOWN if one.workload else _NONE)
        case "NAMESPACE":
            text = one.workload.namespace if one.workload else _NONE
        case "CLASS":
            text = _classes(one, inventory)
        case "READY":
            text = _NONE if one.desired is None else f"{one.ready}/{one.desired}"
        case "WEBHOOK":
            text = one.webhook.state if one.webhook else _none(one, inventory, *_LEADING)
        case "INGRESSES":
            text = _ingresses(one)
        case _:
            text = _address(one, inventory)
    return printable(text)


def _classes(one: ControllerEntry, inventory: Inventory) -> str:
    gateways = [f"{name} (Gateway API)" for name in one.gateway_classes]
    if one.gateway_only:
        return ", ".join(gateways) or "Gateway API only"
    defaults = {each.name for each in inventory.classes if each.is_default}
    named = [f"{name} (default)" if name in defaults else name for name in one.classes]
    return ", ".join([*named, *gateways]) or _NONE


def _ingresses(one: ControllerEntry) -> str:
    if one.gateway_only:
        return _NONE
    return _UNKNOWN if one.ingresses is None else str(one.ingresses)


def _none(one: ControllerEntry, inventory: Inventory, *resources: str) -> str:
    """That it has none, or that nobody knows, where one of these kinds may not be read."""
    return _NONE if one.workload is None or inventory.could_read(*resources) else _UNKNOWN


def _address(one: ControllerEntry, inventory: Inventory) -> str:
    if one.addresses:
        return ", ".join(one.addresses)
    if one.one_for_each:
        return "on each Ingress"
    if one.service_type == "LoadBalancer":
        return "pending"
    return one.service_type or _none(one, inventory, _SERVICES)


def _wide(inventory: Inventory) -> Table:
    heads = ("WORKLOAD" if head == "NAMESPACE" else head for head in _HEADS)
    more = ("ADDRESS", "SERVICE", "INSTALLED BY", "END OF LIFE", "CVES", "IMAGE")
    return (*heads, *more), [
        (
            one.title,
            one.version or _NONE,
            str(one.workload) if one.workload else "outside the cluster",
            _classes(one, inventory),
            _cell("READY", one, inventory),
            f"{one.webhook.name} {one.webhook.state}"
            if one.webhook
            else _none(one, inventory, *_LEADING),
            _ingresses(one),
            _address(one, inventory),
            one.service.key if one.service else _none(one, inventory, _SERVICES),
            f"{one.installer.tool} {one.installer.detail}".strip() or _UNKNOWN,
            one.end_of_life or _NONE,
            str(sum(len(each.ids) for each in one.vulnerabilities)),
            one.image or _NONE,
        )
        for one in inventory.controllers
    ]


def _class_table(inventory: Inventory) -> Table:
    return ("CLASS", "CONTROLLER VALUE", "DEFAULT", "INGRESSES", "SERVED BY"), [
        (
            each.name,
            each.controller or _NONE,
            "yes" if each.is_default else "no",
            _UNKNOWN if each.ingresses is None else str(each.ingresses),
            ", ".join(each.served_by) or _NONE,
        )
        for each in inventory.classes
    ]


def as_data(inventory: Inventory) -> dict[str, object]:
    """The stable form; see docs/json.md."""
    return {
        "kubernetes": inventory.kubernetes or None,
        "provider": inventory.provider or None,
        "place": inventory.place or None,
        "namespace": inventory.namespace or None,
        "controllers": [_controller(one, inventory) for one in inventory.controllers],
        "classes": [_class(each) for each in inventory.classes],
        "gatewayClasses": [
            {
                "name": each.name,
                "controller": each.controller,
                "belongsTo": each.belongs_to or None,
                "servedBy": list(each.served_by),
            }
            for each in inventory.gateway_classes
        ],
        "findings": [_finding(each) for each in inventory.findings],
        "notRead": [{"resource": one.resource, "why": one.why} for one in inventory.unread],
    }


def _controller(one: ControllerEntry, inventory: Inventory) -> dict[str, object]:
    defaults = {each.name for each in inventory.classes if each.is_default}
    has_pods = one.desired is not None
    return {
        "name": one.name,
        "title": one.title,
        "version": one.version or None,
        "image": one.image or None,
        "workload": _reference(one.workload),
        "replicas": {"ready": one.ready, "desired": one.desired} if has_pods else None,
        "gatewayOnly": one.gateway_only,
        "controllerValues": [claim.controller for claim in one.claims if claim.controller],
        "classes": [{"name": name, "default": name in defaults} for name in one.classes],
        "gatewayClasses": list(one.gateway_classes),
        "ingresses": None if one.gateway_only else one.ingresses,
        "service": {**(_reference(one.service) or {}), "type": one.service_type}
        if one.service
        else None,
        "addresses": list(one.addresses)
        if one.addresses or _none(one, inventory, _SERVICES) == _NONE
        else None,
        "webhook": _webhook(one.webhook) if one.webhook else None,
        "installedBy": {"tool": one.installer.tool or None, "detail": one.installer.detail or None},
        "endOfLife": one.end_of_life or None,
        "vulnerabilities": [
            {
                "cves": list(each.ids),
                "what": each.what,
                "score": each.score,
                "fixedIn": list(each.fixed_in),
            }
            for each in one.vulnerabilities
        ],
    }


def _webhook(webhook: Webhook) -> dict[str, object]:
    namespace, _, name = webhook.service.partition("/")
    return {
        "name": webhook.name,
        "service": {"namespace": namespace, "name": name} if webhook.service else None,
        "failurePolicy": "Fail" if webhook.fatal else "Ignore",
        "caBundle": webhook.trusted,
        "readyEndpoints": webhook.endpoints,
        "answers": webhook.answers,
        "said": webhook.said or None,
    }


def _class(each: ClassEntry) -> dict[str, object]:
    return {
        "name": each.name,
        "controller": each.controller or None,
        "default": each.is_default,
        "belongsTo": each.belongs_to or None,
        "servedBy": list(each.served_by),
        "ingresses": each.ingresses,
    }


def _finding(each: Finding) -> dict[str, object]:
    kind, _, key = each.object.partition(" ")
    namespace, _, name = key.rpartition("/")
    about = {"kind": kind, "namespace": namespace or None, "name": name} if key else None
    return {
        "code": each.code,
        "level": each.level,
        "message": each.message,
        "object": about,
        "fix": each.fix or None,
    }


def _reference(place: ObjectRef | None) -> dict[str, str] | None:
    if place is None:
        return None
    return {"kind": place.kind, "namespace": place.namespace, "name": place.name}
