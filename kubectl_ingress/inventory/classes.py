"""What is wrong between classes and those who serve them: pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from kubectl_ingress.core.commands import command, within
from kubectl_ingress.core.inventory import Claim, ClassEntry, Inventory, ObjectRef
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.patches import made_class
from kubectl_ingress.install.settings import CLASS, NAME

_CLASSES = "ingressclasses.networking.k8s.io"
_WORKLOADS = ("deployments.apps", "daemonsets.apps")


def class_problems(inventory: Inventory) -> tuple[Finding, ...]:
    """Clashes, classes that nobody serves, controllers that no class leads to."""
    if not inventory.could_read(_CLASSES):
        return tuple(_twice(inventory))
    taken = {each.name: each for each in inventory.classes}
    wrong = tuple(_wrong_owner(inventory, taken))
    reported = {finding.object for finding in wrong}
    return (
        *_twice(inventory),
        *wrong,
        *(each for each in _other_nginx(inventory) if each.object not in reported),
        *_defaults(inventory),
        *_unserved(inventory),
        *_classless(inventory, taken),
    )


def _twice(inventory: Inventory) -> Iterator[Finding]:
    """Two workloads that answer to the same class."""
    for one, other in combinations(inventory.controllers, 2):
        if not (one.workload and other.workload and one.desired and other.desired):
            continue
        shared = [a for a in one.claims for b in other.claims if same_class(a, b)]
        apart = one.watches and other.watches and one.watches != other.watches
        if not shared or apart:
            continue
        value = shared[0].controller or f"class {shared[0].class_name}"
        text = (
            f"{one.label} and {other.label} both serve {value}: both take its Ingresses and "
            "overwrite each other's addresses; give one of them a class of its own"
        )
        yield Finding("KI206", "error", text, str(other.workload), fix=_edit(other.workload))


def same_class(one: Claim, other: Claim) -> bool:
    """Whether two controllers take the Ingresses of the same class."""
    if one.controller != other.controller:
        return False
    by_name = one.by_name or one.narrow or other.by_name or other.narrow
    return one.class_name == other.class_name if by_name or not one.controller else True


def _wrong_owner(inventory: Inventory, taken: dict[str, ClassEntry]) -> Iterator[Finding]:
    """A controller that was started for a class name whose class is another's."""
    for one in inventory.controllers:
        for claim in one.claims:
            entry = taken.get(claim.class_name)
            if entry is None or one.workload is None or not claim.controller:
                continue
            if entry.controller == claim.controller or entry.name in one.classes:
                continue
            if any(mine.controller == entry.controller for mine in one.claims):
                continue
            text = f"{one.label} was started for class {entry.name}, which {_owner(entry)}"
            if claim.narrow:
                text += ": it starts only where that class is its own"
            elif claim.by_name:
                text += ": both take its Ingresses"
            else:
                text += (
                    ": those Ingresses that name the class by annotation go to the one, those "
                    "that name it by ingressClassName to the other"
                )
            about = f"IngressClass {entry.name}"
            yield Finding("KI206", "error", text, about, fix=_edit(one.workload))


def _owner(entry: ClassEntry) -> str:
    by = f", served by {', '.join(entry.served_by)}" if entry.served_by else ""
    return f"belongs to {entry.controller}{by}"


def _other_nginx(inventory: Inventory) -> Iterator[Finding]:
    """Class nginx, which most people take for ingress-nginx's, is served by another."""
    serving = [one for one in inventory.controllers if CLASS in one.classes]
    if not serving or any(one.name == NAME for one in serving):
        return
    one = serving[0]
    text = f"class {CLASS} is served by {one.label} here, not by {NAME}"
    if one.like_nginx:
        level = "info"
        text += "; it reads the annotations nginx.ingress.kubernetes.io/ too"
    else:
        level = "warning"
        text += ": the annotations nginx.ingress.kubernetes.io/ have no effect"
    fix = command("get", "ingressclass", CLASS, "-o", "yaml")
    yield Finding("KI206", level, text, f"IngressClass {CLASS}", fix=fix)


def _defaults(inventory: Inventory) -> Iterator[Finding]:
    """Kubernetes' admission takes the newest, then the first by name."""
    defaults = sorted((each for each in inventory.classes if each.is_default), key=_by_name)
    if len(defaults) < 2 or inventory.namespace:
        return
    defaults.sort(key=lambda each: each.created, reverse=True)
    names = ", ".join(sorted(each.name for each in defaults))
    text = (
        f"{len(defaults)} classes are the default ({names}): an Ingress that names no class gets "
        f"the newest, {defaults[0].name}"
    )
    annotation = "ingressclass.kubernetes.io/is-default-class-"
    fix = command("annotate", "ingressclass", defaults[-1].name, annotation)
    yield Finding("KI206", "warning", text, f"IngressClass {defaults[-1].name}", fix=fix)


def _by_name(entry: ClassEntry) -> str:
    return entry.name


def _unserved(inventory: Inventory) -> Iterator[Finding]:
    if inventory.namespace or not inventory.could_read(*_WORKLOADS):
        return
    for entry in inventory.classes:
        if entry.served_by:
            continue
        about, count = f"IngressClass {entry.name}", entry.ingresses or 0
        if not entry.belongs_to:
            text = (
                f"class {entry.name} belongs to {entry.controller}, which is not known here: "
                "whether anybody serves it cannot be told"
            )
            fix = command("get", "deployments,daemonsets", "-A", "-o", "wide")
            yield Finding("KI207", "info", text, about, fix=fix)
            continue
        text = f"no controller runs for class {entry.name} ({entry.controller})"
        if count:
            many = "Ingresses have" if count > 1 else "Ingress has"
            text += f", so its {count} {many} no effect"
        if entry.is_default:
            text += "; it is the default class, which Ingresses get that name none"
        level = "error" if count or entry.is_default else "warning"
        yield Finding("KI207", level, text, about, fix=_install_or_delete(entry))


def _install_or_delete(entry: ClassEntry) -> str:
    words = [entry.belongs_to]
    if entry.belongs_to == NAME:
        words = [] if entry.name == CLASS else ["--class", entry.name]
    install = command("ingress", "install", *words)
    return f"{install}\n{command('delete', 'ingressclass', entry.name)}"


def _classless(inventory: Inventory, taken: dict[str, ClassEntry]) -> Iterator[Finding]:
    for one in inventory.controllers:
        if one.classes or not one.needs_class or not one.claims or one.workload is None:
            continue
        claim = one.claims[0]
        if claim.class_name in taken:
            # Another's: told as a clash.
            continue
        text = f"no IngressClass leads to {one.label}"
        if claim.narrow:
            text += f": without a class {claim.class_name} of {claim.controller} it does not start"
        elif claim.class_name:
            text += (
                ": it takes only Ingresses with the annotation "
                f"kubernetes.io/ingress.class: {claim.class_name}"
            )
        name = claim.class_name or claim.controller.rpartition("/")[2]
        by_hand = made_class(name, claim.controller)
        fix = "\n".join(filter(None, (one.installed_again, by_hand)))
        yield Finding("KI208", "error", text, str(one.workload), fix=fix)


def _edit(place: ObjectRef) -> str:
    return command("edit", place.kind.lower(), *within(place), place.name)
