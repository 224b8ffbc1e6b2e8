"""The load balancer's address: whether there is one, and while it is pending what this provider
needs for one, with the event that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_ingress.core.checkup import Checked
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.inventory import ControllerEntry
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.doctor.case import Case
from kubectl_ingress.doctor.pending import has_its_own, mending
from kubectl_ingress.install.pods import latest_warning

AREA = "Load balancer"
NAME = "address"
CODES = ("KI601",)


def check(case: Case) -> Iterable[Checked]:
    """A line for each controller, and for each Ingress with a load balancer of its own."""
    pending = {one.object: one for one in case.said("KI601")}
    for one in case.controllers:
        if one.one_for_each or one.gateway_only:
            continue
        if one.service is None and not one.addresses:
            yield from _without_service(one, pending.get(str(one.workload)))
            continue
        found = pending.get(str(one.service))
        if found is None:
            text = ", ".join(one.addresses) or f"{one.service_type}, no load balancer"
            yield Checked("address", text)
        else:
            yield Checked("address", "pending", _explained(case, one, found))
    for ingress in case.ingresses:
        if has_its_own(case, ingress):
            yield _of_its_own(case, ingress)


def _without_service(one: ControllerEntry, found: Finding | None) -> Iterator[Checked]:
    if one.workload is None or one.on_nodes:
        return
    if found is None:
        # It may have one of another name than those that are known.
        message = f"no Service is known that leads to {one.label}"
        fix = command("get", "services", "-n", one.workload.namespace, "--show-labels")
        found = Finding("KI601", "warning", message, str(one.workload), fix=fix)
    yield Checked("address", "no Service", found)


def _explained(case: Case, one: ControllerEntry, found: Finding) -> Finding:
    """With the event, and what the provider needs."""
    if one.service is None:
        return found
    causes = case.causes_in(one.service.namespace)
    service = case.snapshot.service_by_key.get((one.service.namespace, one.service.name))
    uid = service.meta.uid if service is not None else ""
    event = latest_warning(causes, "Service", one.service.name.__eq__, uid=uid)
    message = found.message + (f": {event}" if event else ", and no event says why")
    needs = "; ".join(case.provider.pending)
    needs = f"{case.provider.title} needs {needs}" if needs else ""
    fixes = (found.fix, mending(event), needs)
    return replace(found, message=message, fix="\n".join(filter(None, fixes)))


def _of_its_own(case: Case, ingress: Ingress) -> Checked:
    key = ingress.meta.key
    if ingress.addresses:
        return Checked("address", f"Ingress {key}: {', '.join(ingress.addresses)}")
    causes = case.causes_in(ingress.meta.namespace)
    event = latest_warning(causes, "Ingress", ingress.meta.name.__eq__, uid=ingress.meta.uid)
    message = f"the load balancer of Ingress {key} has no address yet (pending)"
    message += f": {event}" if event else ", and no event says why"
    fix = command("describe", "ingress", "-n", ingress.meta.namespace, ingress.meta.name)
    fix = "\n".join(filter(None, (mending(event), fix)))
    found = Finding("KI601", "error", message, f"Ingress {key}", fix=fix)
    return Checked("address", "pending", found)
