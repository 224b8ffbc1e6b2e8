"""Which of the installations in a cluster is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.parse import parse_workload
from kubectl_ingress.errors import NotOurs, UsageError
from kubectl_ingress.install.live import Live, is_ours, reader_of
from kubectl_ingress.install.marks import family
from kubectl_ingress.install.owners import owner_of
from kubectl_ingress.install.settings import CLASS, NAME, NAMESPACE
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

APP = f"app.kubernetes.io/name={NAME}"
"""Selects what ingress-nginx is made of, whoever installed it."""
_PROGRAM = "/nginx-ingress-controller"
_CLASS_FLAG = "--ingress-class="


class Candidate(Protocol):
    """An installation that may be meant: where it is, and which classes it serves."""

    @property
    def namespace(self) -> str:
        """Its namespace."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes; none where nothing tells any more."""


_T = TypeVar("_T", bound=Candidate)


class Controller(Struct, frozen=True):
    """A Deployment or DaemonSet that runs ingress-nginx."""

    live: Live
    namespace: str
    classes: tuple[str, ...]

    @property
    def title(self) -> str:
        """``Deployment ingress-nginx/ingress-nginx-controller``, and whose it is."""
        title = f"{reader_of(self.live).text('kind')} {reader_of(self.live).meta().key}"
        owner = owner_of(self.live).title
        return title if is_ours(self.live) or not owner else f"{title} ({owner})"


def controllers(cluster: Cluster, namespace: str = "") -> tuple[Controller, ...]:
    """All that run ingress-nginx, whoever installed them; of all namespaces where none is given."""
    found = []
    for kind in ("Deployment", "DaemonSet"):
        for live in api.list_all(cluster, KINDS[kind], namespace, labels=APP):
            args = parse_workload(reader_of(live)).args
            # The same label is on other parts of a chart's installation.
            if any(each.endswith(_PROGRAM) for each in args):
                place = reader_of(live).meta().namespace
                found.append(Controller(live, place, (class_of(args),)))
    return tuple(found)


def is_installation(live: Live) -> bool:
    """Whether the object is part of an installation of ours."""
    return family(live) == ""


def class_of(args: Sequence[str]) -> str:
    """The class that a controller with these arguments serves."""
    named = [each.removeprefix(_CLASS_FLAG) for each in args if each.startswith(_CLASS_FLAG)]
    return named[0] if named else CLASS


def choose(found: Sequence[_T], command: str, namespace: str, class_name: str) -> _T | None:
    """The one that is meant by what was typed; None where there is none.

    Raises UsageError with all of them where it could be several. `command` is
    what to type again.
    """
    fitting = [each for each in found if _fits(each, namespace, class_name)]
    if len({each.namespace for each in fitting}) > 1:
        listed = ", ".join(f"{each.namespace} ({_classes(each)})" for each in fitting)
        raise UsageError(
            f"{len(fitting)} installations could be meant, in the namespaces {listed}",
            f"choose one: {command} --namespace {fitting[0].namespace}",
        )
    return fitting[0] if fitting else None


def nothing(
    others: Sequence[Controller], command: str, namespace: str, class_name: str
) -> NotOurs | UsageError:
    """That there is no installation of ours, told with those of others."""
    fitting = [each for each in others if _fits(each, namespace, class_name)]
    theirs = [each for each in fitting if not is_installation(each.live)]
    if theirs and is_ours(theirs[0].live):
        return NotOurs(
            f"{theirs[0].title} comes from a manifest of one's own, so only that tells what "
            "belongs together; nothing was changed",
            f"{command} it by that manifest, as with kubectl delete -f FILE",
        )
    if theirs:
        adopt = "kubectl ingress install --adopt"
        if theirs[0].namespace != NAMESPACE:
            adopt += f" --namespace {theirs[0].namespace}"
        if theirs[0].classes != (CLASS,):
            adopt += f" --class {theirs[0].classes[0]}"
        return NotOurs(
            f"{theirs[0].title} was not installed by this program (KI708); nothing was changed",
            f"take it over first: {adopt}\nor {command} it in the way it was installed",
        )
    place = f" in namespace {namespace}" if namespace else ""
    which = f" of class {class_name}" if class_name else ""
    return UsageError(f"there is no {NAME}{place}{which} to {command}", "kubectl ingress status")


def _fits(candidate: Candidate, namespace: str, class_name: str) -> bool:
    return namespace in ("", candidate.namespace) and (
        not class_name or class_name in candidate.classes
    )


def _classes(candidate: Candidate) -> str:
    return f"class {', '.join(candidate.classes)}" if candidate.classes else "left over"
