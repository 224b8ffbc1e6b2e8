"""Applies the objects of a manifest, of one's own or of a recipe, and shows how it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.commands import _install_outdated as outdated
from kubectl_ingress.commands._interrupted import nothing_changed_yet
from kubectl_ingress.commands._objects import print_applied
from kubectl_ingress.commands._objects_board import ObjectsBoard
from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.parse import parse_service
from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiForbidden, IngressError, NotReady
from kubectl_ingress.install import changes
from kubectl_ingress.install.detection import NO_NODES, read_nodes
from kubectl_ingress.install.entry import Entry, at_nodes
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.outdated import plan_outdated
from kubectl_ingress.install.own_manifest import Found, Item, locate, locate_offline
from kubectl_ingress.install.own_plan import (
    OwnPlan,
    apply_own_plan,
    await_namespaces,
    make_own_plan,
)
from kubectl_ingress.install.own_rollout import await_running, running
from kubectl_ingress.install.plan import Fate
from kubectl_ingress.options import DryRun, Output
from kubectl_ingress.ports import api
from kubectl_ingress.render.marks import BROKEN, NOT_REACHED
from kubectl_ingress.render.plan import show_facts

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster
    from kubectl_ingress.recipes import Chart, Manifests


class Job(Struct, frozen=True):
    """One installation as it was asked for.

    `seconds` is how long to wait, None for not at all. `entry` is the Service
    (``namespace/name``) whose load balancer is waited for, "" for none. `last`
    are the lines that end it, such as what comes next and how to remove it.
    `recipe` is the one it is made by, and its name; None for somebody's manifest.
    `yes`: it is not asked whether a class in use may go; `with_yes` is the
    command that says so.
    """

    environment: Environment
    connection: ClusterOptions
    dry_run: DryRun
    output: Output | None
    seconds: float | None
    entry: str = ""
    last: tuple[tuple[str, str], ...] = ()
    recipe: tuple[str, Manifests | Chart] | None = None
    yes: bool = False
    with_yes: str = ""


def show_offline(job: Job, found: Sequence[Found]) -> None:
    """The objects as far as they can be told without a cluster."""
    objects = locate_offline(found, job.connection.namespace)
    plan = f"{len(objects)} objects; no cluster was asked"
    show_facts(job.environment.stderr, [("Objects", _counted(objects)), ("Plan", plan)])
    print_applied(job.environment.stdout, job.output, objects, "(dry run)")


def apply_to(job: Job, cluster: Cluster, found: Sequence[Found]) -> None:
    """Plan, show, apply, wait; a server dry run ends with the plan."""
    environment, keep = job.environment, job.dry_run is DryRun.NONE
    started = environment.monotonic()
    deadline = started + (job.seconds or 0.0)
    with nothing_changed_yet(environment):
        items = locate(cluster, found, job.connection.namespace)
        show_facts(environment.stderr, facts_of(items))
        await_namespaces(cluster, items, environment, deadline if keep else started)
        own = make_own_plan(cluster, items)
        old = plan_outdated(cluster, *job.recipe, items) if job.recipe else None
        lost = outdated.loss(cluster, job.recipe[1], old) if job.recipe else None
        told = [*outdated.facts(old), *([lost] if lost else [])]
        show_facts(environment.stderr, [("Plan", own.plan.summary), *told])
        steps = (step for step in own.plan.steps if step.fate is not Fate.CREATE)
        for line in changes.lines(steps, outdated.titles(old)):
            print(f"  {printable(line)}", file=environment.stderr)
        objects = [item.manifest for item in own.items]
        if not keep:
            if own.plan.unchecked:
                note = (
                    "the API server could not check the objects whose namespace or kind is not "
                    f"there yet: {own.plan.unchecked}"
                )
                show_facts(environment.stderr, [("Note", note)])
            print_applied(job.environment.stdout, job.output, objects, "(server dry run)")
            return
        if old is not None and lost is not None and not job.yes:
            thought = outdated.ask(environment, old, job.with_yes)
            started, deadline = started + thought, deadline + thought
    _carry_out(job, cluster, own, started, deadline)
    outdated.remove(cluster, environment, old, deadline)
    print_applied(job.environment.stdout, job.output, objects, "")
    say_done(job, cluster, own.items)


def _carry_out(job: Job, cluster: Cluster, own: OwnPlan, started: float, deadline: float) -> None:
    environment = job.environment
    waited = running(own.items, job.entry)
    board = ObjectsBoard(environment, started, len(own.items), waited)
    try:
        apply_own_plan(cluster, own, environment, board.after)
        if job.seconds is not None and waited:
            await_running(cluster, waited, environment, started, deadline, board.show)
    except (IngressError, KeyboardInterrupt) as error:
        board.finish(BROKEN if isinstance(error, NotReady) else NOT_REACHED)
        told = own.plan.left_over(board.applied)
        if isinstance(error, KeyboardInterrupt):
            told = told or "Interrupted, not undone. The same command again goes on waiting."
        if told:
            print(told, file=environment.stderr)
        raise
    board.finish()


def facts_of(items: Sequence[Item]) -> list[tuple[str, str]]:
    """How many of what, and in which namespaces."""
    namespaces = dict.fromkeys(item.namespace for item in items if item.namespace)
    facts = [("Objects", _counted([item.manifest for item in items]))]
    if namespaces:
        facts.append(("Namespace", ", ".join(namespaces)))
    return facts


def _counted(objects: Sequence[Manifest]) -> str:
    kinds = Counter(str(each["kind"]) for each in objects)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items())


def say_done(job: Job, cluster: Cluster, items: Sequence[Item]) -> None:
    """That it is ready, with its address, and what comes next; `items` are what was applied."""
    stdout, stderr = job.environment.stdout, job.environment.stderr
    print(file=stderr)
    if job.seconds is None:
        print("Applied; not waited for.", file=stderr)
    else:
        # With -o the objects are the result, and nothing else may stand among them.
        ready = f"Ready.{_address(job, cluster, items)}"
        print(ready, file=stderr if job.output else stdout)
    show_facts(stderr, job.last)


def _address(job: Job, cluster: Cluster, items: Sequence[Item]) -> str:
    """That of the Service that requests come in by, "" where it has none, or is not known."""
    key = job.entry or _entry(job, items)
    namespace, _, name = key.partition("/")
    live = api.find(cluster, KINDS["Service"], name, namespace) if name else None
    service = parse_service(reader_of(live))
    found = Entry(service.addresses)
    if service.type == "NodePort" and any(port.node_port for port in service.ports):
        try:
            found = at_nodes(service, read_nodes(cluster))
        except ApiForbidden:
            found = at_nodes(service, NO_NODES)
    remark = f" ({found.remark})" if found.remark else ""
    return f" Address {printable(', '.join(found.addresses))}{remark}" if found.addresses else ""


def _entry(job: Job, items: Sequence[Item]) -> str:
    """The Service of a recipe whose load balancer is not waited for, "" where there is none."""
    wanted = job.recipe[1].entry if job.recipe else ""
    services = (one for one in items if one.kind == KINDS["Service"])
    found = (f"{one.namespace}/{one.name}" for one in services if one.name == wanted)
    return next(found, "")
