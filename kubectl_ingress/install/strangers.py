"""Refusals because of what others made: named, with whose it is and the ways around it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.errors import NotOurs
from kubectl_ingress.install.adopt import cannot, command
from kubectl_ingress.install.live import Live, is_ours, reader_of, title_of
from kubectl_ingress.install.marks import family
from kubectl_ingress.install.owners import Owner, owner_of
from kubectl_ingress.install.settings import CONTROLLER_NAME, NAMESPACE, Settings
from kubectl_ingress.install.surroundings import Neighbour

_NOBODY = Owner()
_WIDTH = 90


def not_ours(others: Sequence[Live], settings: Settings, serves: str = "") -> NotOurs:
    """Objects with the names of ours are there (KI708), or another controller's class (KI206).

    `serves` is who serves the class beside this installation, "" for nobody.
    """
    for each in others:
        value = _controller_of(each)
        if value and value != settings.controller_value:
            return _anothers_class(each, value)
    owners = [owner_of(each) for each in others]
    steps = [*_ways(others, owners, settings, serves)]
    if len(others) == 1:
        by = f" ({owners[0].title})" if owners[0].title else ""
        what = f"{title_of(others[0])}{by} is"
    else:
        what = f"{len(others)} objects are"
        steps = [*_listed(others, owners), *steps]
    made = "part of this installation" if any(map(is_ours, others)) else "made by this program"
    return NotOurs(
        f"{what} there already and not {made} (KI708); nothing was changed",
        "\n".join(steps),
    )


def _controller_of(live: Live) -> str:
    """Whose class it is, "" of what is no class."""
    reader = reader_of(live)
    return reader.child("spec").text("controller") if reader.text("kind") == "IngressClass" else ""


def _anothers_class(live: Live, value: str) -> NotOurs:
    owner, name = owner_of(live), reader_of(live).meta().name
    by = f" ({owner.title})" if owner.title else ""
    return NotOurs(
        f"IngressClass {name} belongs to {value}{by}, and a class cannot be given to another "
        "controller (KI206); nothing was changed",
        f"install beside it: --class NAME\nor remove that one first: {_removal(live, owner)}",
    )


def _removal(live: Live, owner: Owner) -> str:
    """How what an object belongs to is removed."""
    name = family(live)
    # What somebody's own manifest made, ``--manifest``, uninstall does not know.
    if name and not name.startswith("--"):
        return f"kubectl ingress uninstall {name}"
    if owner.helm:
        place, _, release = owner.helm.partition("/")
        return f"helm uninstall {release} -n {place}"
    return "in the way it was made, such as kubectl delete -f"


def check_neighbours(
    settings: Settings,
    found: Sequence[Neighbour],
    owner: Callable[[Neighbour], Owner] = lambda _: _NOBODY,
    *,
    adopt: bool = False,
) -> None:
    """Raise NotOurs when the namespace or the class is another installation's already."""
    for each in found:
        mine = each.namespace == settings.namespace
        if mine and each.class_name != settings.class_name:
            raise NotOurs(
                f"namespace {each.namespace} holds an installation of class {each.class_name} "
                f"({each.kind} {each.name}{_by(owner(each))}) already",
                f"give the new one a namespace of its own: --namespace NAME "
                f"--class {settings.class_name}",
            )
        if mine and (each.kind, each.name) != (settings.variant.workload, CONTROLLER_NAME):
            raise _other_name(settings, each, owner(each), adopt)
        if not mine and each.controller_value == settings.controller_value:
            raise _same_class(each, owner(each))


def _other_name(settings: Settings, found: Neighbour, owner: Owner, adopt: bool) -> NotOurs:
    title = f"{found.kind} {found.name}"
    ours = f"{settings.variant.workload} {CONTROLLER_NAME}"
    why = f"its controller is {title}, and ours would be {ours}"
    refused = cannot(why, owner, found.namespace)
    if found.name == CONTROLLER_NAME:
        name = "exoscale" if found.kind == "DaemonSet" else "cloud"
        refused.next_step = f"name a provider whose controller is a {found.kind}: --provider {name}"
    if not adopt:
        refused.sentence = (
            f"namespace {found.namespace} holds {title}{_by(owner)} already, which serves the "
            f"same class; {ours} beside it would fight it; nothing was changed"
        )
    return refused


def _same_class(found: Neighbour, owner: Owner) -> NotOurs:
    steps = ["give the new one a class of its own: --class NAME --namespace NAME"]
    if found.ours:
        steps += ["or remove that one first:", f"kubectl ingress uninstall -n {found.namespace}"]
    elif (found.namespace, found.name) == (NAMESPACE, CONTROLLER_NAME):
        steps += ["or take that one over:", "kubectl ingress install --adopt"]
    return NotOurs(
        f"{found.kind} {found.namespace}/{found.name}{_by(owner)} serves "
        f"{found.controller_value} already; two would overwrite each other's addresses",
        "\n".join(steps),
    )


def _by(owner: Owner) -> str:
    return f", {owner.title}" if owner.title else ""


def _listed(others: Sequence[Live], owners: Sequence[Owner]) -> Iterator[str]:
    """``by kubectl apply: Role a, b; Service c``, folded."""
    for owner in dict.fromkeys(owners):
        names: dict[str, list[str]] = {}
        for each, whose in zip(others, owners, strict=True):
            if whose == owner:
                kind, name = reader_of(each).text("kind"), reader_of(each).meta().name
                names.setdefault(kind, []).append(name)
        said = "; ".join(f"{kind} {', '.join(found)}" for kind, found in names.items())
        by = f"by {owner.title}" if owner.title else "by somebody"
        yield from textwrap.wrap(
            f"{by}: {said}", _WIDTH, subsequent_indent="  ", break_on_hyphens=False
        )


def served_too(serves: str, settings: Settings) -> Finding:
    """Another controller has the class already."""
    text = (
        f"{serves} serves class {settings.class_name} too: two would overwrite each other's "
        "addresses, and a request is answered by the one it comes to; for a class of its own: "
        "--class NAME"
    )
    return Finding("KI206", "warning", text)


def _ways(
    others: Sequence[Live], owners: Sequence[Owner], settings: Settings, serves: str
) -> Iterator[str]:
    if all(reader_of(each).text("kind") == "IngressClass" for each in others):
        yield "install beside it: --class NAME"
        if any(map(is_ours, others)):
            yield f"or remove what it belongs to: {_removal(others[0], owners[0])}"
        elif serves:
            yield f"or, since {serves} serves it, share the class with it:"
            yield command(settings)
        else:
            yield f"or remove it: kubectl delete ingressclass {settings.class_name}"
        return
    yield "take them over, after seeing what that would change:"
    # On a line of its own, to which the flags that lead to this cluster are added.
    yield command(settings)
    yield "or install beside it: --namespace NAME --class NAME"
    first = next((i for i, owner in enumerate(owners) if owner.helm), 0)
    yield f"or remove it: {_removal(others[first], owners[first])}"
