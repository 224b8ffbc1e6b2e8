"""``kubectl ingress install`` of ingress-nginx: decides, shows, applies and waits."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.commands import _adoption as adoption
from kubectl_ingress.commands._install_board import Board
from kubectl_ingress.commands._interrupted import nothing_changed_yet
from kubectl_ingress.commands._objects import print_applied
from kubectl_ingress.connection import ClusterOptions, addressed, typed_flags
from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiError, IngressError, NotReady, UsageError
from kubectl_ingress.install.adopt import keeps_balancer
from kubectl_ingress.install.apply import apply_plan, await_namespace
from kubectl_ingress.install.changes import lines
from kubectl_ingress.install.entry import Entry, entry
from kubectl_ingress.install.installed import Installed
from kubectl_ingress.install.kept import Asked, find_kept, wanted_again
from kubectl_ingress.install.manifests import build
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.plan import Fate, Plan, make_plan
from kubectl_ingress.install.preflight import preflight
from kubectl_ingress.install.prepare import Prepared, prepare, prepare_offline
from kubectl_ingress.install.rollout import Installation, await_ready
from kubectl_ingress.install.settings import CLASS
from kubectl_ingress.install.strangers import served_too
from kubectl_ingress.install.upgrade_notes import described, moved, newer
from kubectl_ingress.install.wanted import Wanted
from kubectl_ingress.options import DryRun, Output
from kubectl_ingress.render.marks import BROKEN, NOT_REACHED
from kubectl_ingress.render.plan import show_changes, show_facts, show_warning

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster


class Job(Struct, frozen=True):
    """`wanted` is what to install where nothing is, `asked` what of it was typed.

    `wait` is whether it is waited for.
    """

    environment: Environment
    connection: ClusterOptions
    wanted: Wanted
    asked: Asked
    dry_run: DryRun
    output: Output | None
    wait: bool
    adopt: bool
    yes: bool


def install_nginx(job: Job) -> None:
    """Into the cluster, or only so far as a dry run goes. Raises what each step raises."""
    if job.dry_run is DryRun.CLIENT:
        _offline(job)
    else:
        _into_cluster(job)


def _offline(job: Job) -> None:
    if job.adopt:
        what = "--dry-run=client asks no cluster, so there is nothing to take over"
        raise UsageError(what, "see what would change: --dry-run=server")
    prepared = prepare_offline(job.wanted)
    manifests = build(prepared.settings)
    _show_head(job.environment, prepared)
    _show_plan(job.environment, prepared, f"{len(manifests)} objects; no cluster was asked")
    print_applied(job.environment.stdout, job.output, manifests, "(dry run)")


def _into_cluster(job: Job) -> None:
    environment = job.environment
    started = environment.monotonic()
    with nothing_changed_yet(environment):
        cluster = environment.cluster(job.connection)
        prepared, plan = _plan(job, cluster, started)
        if job.dry_run is DryRun.SERVER:
            _show_dry_run(job, prepared, plan)
            return
        if plan.taken and not job.yes:
            started += _ask(job, prepared, plan)
    _carry_out(job, cluster, prepared, plan, started)


def _plan(job: Job, cluster: Cluster, started: float) -> tuple[Prepared, Plan]:
    """Look, decide, and show what will be done."""
    environment = job.environment
    waits = job.wait and job.dry_run is DryRun.NONE
    kept = find_kept(cluster, job.asked.namespace)
    wanted = job.wanted if kept is None else wanted_again(kept, job.asked)
    prepared = prepare(cluster, wanted)
    if kept is not None:
        _show_kept(environment, kept, wanted)
        show_facts(environment.stderr, [("Note", each) for each in moved(kept, prepared)])
    _show_head(environment, prepared)
    settings, manifests = prepared.settings, build(prepared.settings)
    found = preflight(
        cluster,
        settings,
        manifests,
        prepared.provider,
        waits=waits,
        adopt=job.adopt,
    )
    serves = _serves_too(cluster, prepared, manifests)
    shared = (served_too(serves, settings),) if serves else ()
    prepared = replace(prepared, warnings=(*prepared.warnings, *found, *shared))
    until = started + wanted.timeout if waits else started
    await_namespace(cluster, settings, environment, until)
    plan = make_plan(
        cluster,
        settings,
        manifests,
        adopt=job.adopt,
        provider=prepared.provider,
        serves=serves,
    )
    _show_plan(environment, prepared, plan.summary, plan)
    adoption.show(environment, plan)
    return prepared, plan


def _serves_too(cluster: Cluster, prepared: Prepared, manifests: Sequence[Manifest]) -> str:
    """Who serves the class that is made, beside what is installed here."""
    from kubectl_ingress.inventory.serving import serves_too

    made = next(each for each in manifests if each["kind"] == "IngressClass")
    return serves_too(cluster, made, prepared.settings.namespace)


def _show_dry_run(job: Job, prepared: Prepared, plan: Plan) -> None:
    if plan.unchecked:
        note = (
            f"namespace {prepared.settings.namespace} is not there yet, so the API server "
            f"could not check the {plan.unchecked} objects in it"
        )
        show_facts(job.environment.stderr, [("Note", note)])
    print_applied(
        job.environment.stdout,
        job.output,
        [step.manifest for step in plan.steps],
        "(server dry run)",
    )


def _ask(job: Job, prepared: Prepared, plan: Plan) -> float:
    """How many seconds somebody thought about it: nobody waits for the cluster meanwhile."""
    asked = job.environment.monotonic()
    adoption.ask(job.environment, plan, prepared)
    return job.environment.monotonic() - asked


def _carry_out(
    job: Job,
    cluster: Cluster,
    prepared: Prepared,
    plan: Plan,
    started: float,
) -> None:
    """Apply, and wait until all is ready."""
    environment = job.environment
    print(file=environment.stderr)
    board = Board(environment, started, plan, prepared.variant)
    where: Entry | None = None
    try:
        apply_plan(cluster, plan, environment, board.after)
        if job.wait:
            deadline = started + job.wanted.timeout
            installation = Installation(
                cluster, prepared.settings, prepared.provider, environment, started, deadline
            )
            service = await_ready(installation, board.show).service
            where = entry(service, prepared.variant, prepared.provider, prepared.nodes)
    except (IngressError, KeyboardInterrupt) as error:
        board.finish(BROKEN if isinstance(error, NotReady) else NOT_REACHED)
        told = plan.left_over(board.applied)
        if isinstance(error, KeyboardInterrupt):
            told = told or "Interrupted, not undone. The same command again goes on waiting."
        elif isinstance(error, ApiError):
            told = told or "What was applied stays. The same command again goes on waiting."
        if told:
            print(told, file=environment.stderr)
        raise
    board.finish()
    print_applied(job.environment.stdout, job.output, [step.manifest for step in plan.steps], "")
    _say_done(job, prepared, where)


def _say_done(job: Job, prepared: Prepared, where: Entry | None) -> None:
    stdout, stderr = job.environment.stdout, job.environment.stderr
    name = prepared.settings.class_name
    flags = [] if name == CLASS else ["--class", name]
    print(file=stderr)
    if where:
        remark = f" ({where.remark})" if where.remark else ""
        ready = f"Ready. Address {printable(', '.join(where.addresses))}{remark}"
        # With -o the objects are the result, and nothing else may stand among them.
        print(ready, file=stderr if job.output else stdout)
        follow_up = "scaffold NAME --host HOST --path /PATH --apply"
    else:
        print("Applied; not waited for.", file=stderr)
        follow_up = "address --wait 5m"
        if not prepared.variant.balanced:
            follow_up, flags = "status", []
    flags += typed_flags(replace(job.connection, namespace=None))
    facts = [("Next", f"kubectl ingress {follow_up} {shlex.join(flags)}".rstrip())]
    if newer_one := newer(prepared.settings):
        facts.append(("Newer", addressed(newer_one, job.connection)))
    show_facts(stderr, facts)


def _show_head(environment: Environment, prepared: Prepared) -> None:
    show_facts(environment.stderr, prepared.facts)


def _show_kept(environment: Environment, kept: Installed, wanted: Wanted) -> None:
    """What is installed, since that stays; and where it cannot be told what would have to."""
    text = f"{described(kept.settings)}; what is not named stays as it is"
    facts = [("Installed", text)]
    if wanted.provider is None and not keeps_balancer(kept.parts.service):
        why = "no provider would have it so" if kept.parts.service else "its Service is gone"
        facts.append(("Note", f"what its provider chose is not known, as {why}: chosen anew"))
    show_facts(environment.stderr, facts)


def _show_plan(
    environment: Environment, prepared: Prepared, summary: str, plan: Plan | None = None
) -> None:
    """With the fields that change of what is there already."""
    show_facts(environment.stderr, [("Plan", summary)])
    steps = plan.steps if plan else ()
    changing = (s for s in steps if s.fate is not Fate.CREATE and not s.taken)
    show_changes(environment.stderr, lines(changing))
    for warning in prepared.warnings:
        show_warning(environment.stderr, warning.code, warning.message)
