"""What is wrong with the controllers that were found, each with what mends it: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kubectl_ingress.core.commands import command, within
from kubectl_ingress.core.inventory import ControllerEntry, Inventory, ObjectRef, Webhook
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.unready import unready
from kubectl_ingress.install.settings import NAME, NAMESPACE
from kubectl_ingress.install.versions import LATEST, VERSIONS
from kubectl_ingress.inventory import releases
from kubectl_ingress.inventory.classes import class_problems
from kubectl_ingress.inventory.gateways import unserved

_LEVELS = ("error", "warning", "info")
_SERVICES = "services"
_WORKLOADS = ("deployments.apps", "daemonsets.apps")
_REFUSED = "the API server refuses every new or changed Ingress"
_UNCHECKED = "Ingresses are stored without its check"
# No command does that: this one says where to.
_LIVING = f"move to a living controller: {command('ingress', 'install', '--list')}"


def findings(
    inventory: Inventory,
    strays: Sequence[Webhook],
    kubernetes: tuple[int, int] | None,
    more: Sequence[Finding] = (),
) -> tuple[Finding, ...]:
    """All problems, the worst first. `strays` are webhooks that no controller stands behind.

    `more` are those that somebody else has found.
    """
    found = [
        *_nobody(inventory),
        *(each for one in inventory.controllers for each in _of_one(one, inventory, kubernetes)),
        *class_problems(inventory),
        *unserved(inventory),
        *more,
        *map(_stray, strays),
        *_retired(inventory),
    ]
    return tuple(sorted(found, key=lambda each: _LEVELS.index(each.level)))


def _of_one(
    one: ControllerEntry, inventory: Inventory, kubernetes: tuple[int, int] | None
) -> Iterator[Finding]:
    if one.workload is None:
        return
    yield from _unready(one, one.workload)
    if one.webhook is not None and not one.webhook.works and not one.webhook_is_down:
        yield _webhook(one, one.workload, one.webhook, inventory.place)
    if inventory.could_read(_SERVICES):
        yield from _unreached(one, one.workload)
    yield from _pending(one)
    yield from _vulnerable(one)
    yield from _untested(one, kubernetes)


def _nobody(inventory: Inventory) -> Iterator[Finding]:
    if any(not each.gateway_only for each in inventory.controllers):
        return
    if not inventory.could_read(*_WORKLOADS):
        return
    if inventory.namespace:
        text = f"no ingress controller runs in namespace {inventory.namespace}"
        yield Finding("KI203", "warning", text, fix=command("ingress", "status", "-A"))
        return
    others = [each for each in inventory.classes if not each.belongs_to]
    if others:
        listed = ", ".join(f"{each.name} ({each.controller})" for each in others)
        text = (
            f"no ingress controller that is known here runs in this cluster; another may: {listed}"
        )
        yield Finding("KI203", "warning", text, fix=command("get", "pods", "-A"))
        return
    text = "no ingress controller runs in this cluster, so no Ingress has any effect"
    if inventory.controllers:
        titles = ", ".join(sorted({each.title for each in inventory.controllers}))
        text += f"; {titles} serves the Gateway API only"
    yield Finding("KI203", "error", text, fix=command("ingress", "install"))


def _unready(one: ControllerEntry, place: ObjectRef) -> Iterator[Finding]:
    found = unready(one.label, place.kind, place.key, one.ready or 0, one.desired or 0)
    if found is not None:
        yield replace(found, message=f"{found.message}{without_pods(one)}")


def without_pods(one: ControllerEntry) -> str:
    """What else does not work while none of its pods is ready, as the end of a sentence."""
    if one.webhook is None or not one.webhook_is_down:
        return ""
    return f"; meanwhile {_REFUSED if one.webhook.fatal else _UNCHECKED}"


def _unreached(one: ControllerEntry, place: ObjectRef) -> Iterator[Finding]:
    if one.carries and not (one.led or one.addresses or one.on_nodes):
        text = f"no Service leads to {one.label}, so no request comes in"
        yield Finding("KI601", "error", text, str(place), fix=one.again)


def _webhook(one: ControllerEntry, place: ObjectRef, webhook: Webhook, provider: str) -> Finding:
    if not webhook.trusted:
        why = "has no CA (caBundle), so it cannot be called"
        fix = command("get", "jobs,secrets", *within(place))
        if one.installer.tool == "kubectl-ingress":
            fix = one.installed_again
    elif webhook.endpoints == 0:
        why = f"leads to Service {webhook.service}, which has no ready endpoint"
        fix = command("get", "pods", *within(place))
    else:
        why = f"does not answer ({webhook.said})"
        logs = command("logs", *within(place), f"{place.kind.lower()}/{place.name}")
        fix = f"{command('ingress', 'doctor')}\n{logs}"
        if provider == "gke":
            why += "; in a private cluster port 8443 must be open from the control plane to nodes"
    return _unanswered(webhook, f"of {one.label} {why}", fix)


def _unanswered(webhook: Webhook, why: str, fix: str) -> Finding:
    effect = _REFUSED if webhook.fatal else _UNCHECKED
    level = "error" if webhook.fatal else "warning"
    text = f"the admission webhook {webhook.name} {why}: {effect}"
    return Finding("KI705", level, text, f"ValidatingWebhookConfiguration {webhook.name}", fix=fix)


def _stray(webhook: Webhook) -> Finding:
    why = webhook.said or f"nothing ready is behind Service {webhook.service}"
    fix = command("delete", "validatingwebhookconfiguration", webhook.name)
    return _unanswered(webhook, f"belongs to no controller that was found, and {why}", fix)


def _pending(one: ControllerEntry) -> Iterator[Finding]:
    if one.service is None or one.service_type != "LoadBalancer" or one.addresses:
        return
    text = f"the load balancer of Service {one.service.key} has no address yet (pending)"
    if one.on_nodes:
        text += "; the controller listens on port 80 of its nodes, too"
    look = command("describe", "service", *within(one.service), one.service.name)
    level = "info" if one.on_nodes else "error"
    yield Finding("KI601", level, text, f"Service {one.service.key}", fix=look)


def _vulnerable(one: ControllerEntry) -> Iterator[Finding]:
    """Those that another release mends; the others are told with its end."""
    mended = [each for each in one.vulnerabilities if each.fixed_in]
    if not mended:
        return
    worst, count = mended[0], sum(len(each.ids) for each in mended)
    score = f"CVSS {worst.score:g}; " if worst.score else ""
    many = "vulnerabilities" if count > 1 else "vulnerability"
    among = ", among them" if count > 1 else ":"
    what = f": {worst.what}" if worst.what else ""
    text = (
        f"{one.label} has {count} published {many} that later releases mend{among} "
        f"{worst.ids[0]}{what} ({score}fixed in {', '.join(worst.fixed_in)})"
    )
    oldest = min(VERSIONS, key=_numbers)
    if one.name == NAME and _numbers(one.version) < _numbers(oldest):
        text += f"; it is older than {oldest}, the oldest that this program installs"
    yield Finding("KI710", "warning", text, str(one.workload), fix=_newer(one))


def _newer(one: ControllerEntry) -> str:
    """The command that leads to a release without what can be mended."""
    if one.name != NAME:
        return f"{command('ingress', 'install', one.name)} --manifest FILE"
    if one.version == LATEST.number:
        return _LIVING
    if one.installer.tool == "kubectl-ingress":
        return f"{command('ingress', 'upgrade', *_elsewhere(one))}\n{_LIVING}"
    return f"{command('ingress', 'install', '--adopt', *_elsewhere(one))}\n{_LIVING}"


def _untested(one: ControllerEntry, kubernetes: tuple[int, int] | None) -> Iterator[Finding]:
    tested = releases.tested_with(one.name, one.version)
    if kubernetes is None or tested is None or tested[0] <= kubernetes <= tested[1]:
        return
    (low_major, low), (high_major, high) = tested
    text = (
        f"this is Kubernetes {kubernetes[0]}.{kubernetes[1]}; {one.label} was tested with "
        f"{low_major}.{low} to {high_major}.{high}"
    )
    yield Finding("KI709", "warning", text, str(one.workload), fix=_newer(one))


def _retired(inventory: Inventory) -> Iterator[Finding]:
    for one in inventory.controllers:
        if one.end_of_life and one.name != NAME:
            text = f"{one.title} is ingress-nginx and gets fixes until {one.end_of_life} only"
            yield Finding("KI701", "info", text, str(one.workload), fix=_LIVING)
    retired = [one for one in inventory.controllers if one.name == NAME]
    if retired:
        text = (
            f"{NAME} was retired in March 2026 and gets no security fixes; "
            f"{LATEST.number} is its last release"
        )
        unmended = [each for each in retired[0].vulnerabilities if not each.fixed_in]
        if unmended:
            ids = ", ".join(name for each in unmended for name in each.ids)
            text += f". Published since, and never fixed there: {ids}"
        yield Finding("KI701", "warning", text, str(retired[0].workload), fix=_LIVING)


def _elsewhere(one: ControllerEntry) -> tuple[str, ...]:
    """The flag for a namespace that is not the usual one."""
    namespace = one.workload.namespace if one.workload else NAMESPACE
    return () if namespace == NAMESPACE else ("-n", namespace)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split(".") if part.isdecimal())
