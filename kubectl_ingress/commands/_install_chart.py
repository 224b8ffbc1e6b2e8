"""``kubectl ingress install CONTROLLER`` for one that comes as a Helm chart."""

from __future__ import annotations

import hashlib
import shlex
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.commands import _install_objects as shown
from kubectl_ingress.commands import _install_outdated as outdated
from kubectl_ingress.commands._install_asked import Asked, check_namespace
from kubectl_ingress.commands._interrupted import nothing_changed_yet
from kubectl_ingress.commands._objects import print_objects
from kubectl_ingress.commands._objects_board import ObjectsBoard
from kubectl_ingress.connection import typed_flags
from kubectl_ingress.core.kinds import qualified_name
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.text import printable
from kubectl_ingress.errors import IngressError, InputError, NotReady, UsageError
from kubectl_ingress.install import changes
from kubectl_ingress.install.chart_install import (
    Prepared,
    Rendered,
    carry_out,
    prepare,
    render,
    traps,
)
from kubectl_ingress.install.chart_objects import locate_all
from kubectl_ingress.install.chart_release import (
    Record,
    await_quiet,
    label,
    read_record,
    release_of,
    said_of,
)
from kubectl_ingress.install.chart_values import values_for
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.outdated import plan_outdated
from kubectl_ingress.install.own_manifest import Item, locate_offline
from kubectl_ingress.install.own_plan import await_namespaces
from kubectl_ingress.install.own_rollout import await_running, running
from kubectl_ingress.install.plan import Fate
from kubectl_ingress.install.recipe_place import Decided, decide
from kubectl_ingress.options import DryRun
from kubectl_ingress.ports.helm import Helm, HelmMissing, find_helm
from kubectl_ingress.recipes import Chart
from kubectl_ingress.recipes._helm import command
from kubectl_ingress.render.marks import BROKEN, NOT_REACHED
from kubectl_ingress.render.plan import show_facts, show_warning

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

# Each hook of a chart may take so long where nothing else is asked for.
_HOOK_SECONDS = 300.0
_SHOWN = 5


class _Job(Struct, frozen=True):
    asked: Asked
    recipe: Chart
    helm: Helm
    decided: Decided
    started: float

    @property
    def name(self) -> str:
        return self.asked.name

    @property
    def hooks(self) -> float:
        return max(self.asked.seconds or 0.0, _HOOK_SECONDS)

    @property
    def deadline(self) -> float:
        return self.started + (self.asked.seconds or 0.0)


def install_chart(asked: Asked, recipe: Chart) -> None:
    """Pull, render, look, plan, let helm do it, wait.

    Raises UsageError, HelmMissing, and what each of the steps raises.
    """
    _check_words(asked, recipe)
    helm = _helm(asked, recipe)
    environment, offline = asked.environment, asked.dry_run is DryRun.CLIENT
    started = environment.monotonic()
    with ExitStack() as early, tempfile.TemporaryDirectory(prefix="kubectl-ingress-") as directory:
        early.enter_context(nothing_changed_yet(environment))
        cluster = None if offline else environment.cluster(asked.connection)
        record = Record(release_of(recipe))
        if cluster is not None:
            helm.to(asked.connection, cluster.context)
            record = read_record(helm, recipe, asked.name)
        decided = decide(cluster, asked.provider, asked.options)
        job = _Job(asked, recipe, helm, decided, started)
        file = _pulled(job, Path(directory))
        if cluster is None:
            _offline(job, render(None, helm, job.name, recipe, decided.place, file, record))
        else:
            _into_cluster(job, cluster, file, record, early)


def _check_words(asked: Asked, recipe: Chart) -> None:
    check_namespace(asked, recipe)
    if asked.class_name not in (None, recipe.class_name):
        raise UsageError(
            f"{asked.name} is installed with class {recipe.class_name}",
            "leave --class out, or render the chart with another one, and name that:\n"
            f"kubectl ingress install {asked.name} --manifest FILE",
        )
    version = asked.version
    if version is not None and version.removeprefix("v") != recipe.version.removeprefix("v"):
        raise UsageError(
            f"the values for chart {recipe.chart} {version} are not known here; those of "
            f"{recipe.version} are",
            "render the version you want, and name what you read:\n"
            f"kubectl ingress install {asked.name} --manifest FILE",
        )


def _helm(asked: Asked, recipe: Chart) -> Helm:
    try:
        return find_helm(asked.environment.variables)
    except HelmMissing as error:
        decided = decide(None, asked.provider, asked.options)
        typed = command(replace(recipe, values=values_for(recipe, decided.place)))
        # By that it is taken for ours afterwards.
        typed += f" --labels {label(asked.name)}"
        raise HelmMissing(
            f"{asked.name} is installed by its Helm chart, and {error.sentence}",
            f"{error.next_step}\nthen run this again, or what it would run:\n{typed}\n"
            "or render the chart elsewhere, and let it be applied and removed from here:\n"
            f"kubectl ingress install {asked.name} --manifest FILE",
        ) from error


def _pulled(job: _Job, directory: Path) -> Path:
    recipe = job.recipe
    try:
        file = job.helm.pull(recipe.repository, recipe.chart, recipe.version, directory)
    except InputError as error:
        error.next_step += (
            "\nor render the chart where it can be had, and name what you read:\n"
            f"kubectl ingress install {job.name} --manifest FILE"
        )
        raise
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    chart = f"{recipe.chart} {recipe.version} of {recipe.repository} (sha256:{digest[:12]}…)"
    what = f"{recipe.title}, namespace {recipe.namespace}, class {recipe.class_name}"
    chart += f", by helm {job.helm.version()}"
    facts = [*job.decided.facts, ("Controller", what), ("Chart", chart)]
    if recipe.caution:
        facts.append(("Note", recipe.caution))
    show_facts(job.asked.environment.stderr, facts)
    return file


def _offline(job: _Job, rendered: Rendered) -> None:
    objects = rendered.objects
    ours = locate_offline(objects.beside, None)
    helms = locate_offline([*objects.hooks, *objects.chart], None)
    plan = f"{len(ours) + len(helms)} objects; no cluster was asked"
    show_facts(job.asked.environment.stderr, [("Plan", plan)])
    _print(job, ours, helms, "(dry run)")


def _into_cluster(
    job: _Job, cluster: Cluster, file: Path, record: Record, early: ExitStack
) -> None:
    """`early` is closed where it begins to write."""
    asked, environment = job.asked, job.asked.environment
    keep = asked.dry_run is DryRun.NONE
    if keep:
        record = await_quiet(cluster, job.helm, record, environment, job.deadline)
    rendered = render(cluster, job.helm, job.name, job.recipe, job.decided.place, file, record)
    told = traps(cluster, job.name, job.recipe, record, rendered.objects)
    located = locate_all(cluster, job.recipe, rendered.objects)
    items = [*located.beside, *located.chart]
    await_namespaces(cluster, items, environment, job.deadline if keep else job.started)
    prepared = prepare(cluster, job.helm, job.name, job.recipe, file, record, rendered, located)
    _show(job, prepared, items, told)
    old = plan_outdated(cluster, job.name, job.recipe, located.beside)
    lost = outdated.loss(cluster, job.recipe, old)
    show_facts(environment.stderr, [*outdated.facts(old), *([lost] if lost else [])])
    if not keep:
        ours, helms = ([each.manifest for each in part] for part in (located.beside, located.chart))
        _print(job, ours, helms, "(server dry run)")
        return
    entry = _entry(job, items)
    waited = running(items, entry)
    if old is not None and lost is not None and not asked.yes:
        thought = outdated.ask(environment, old, asked.with_yes)
        job = replace(job, started=job.started + thought)
    early.close()
    _carry_out(job, cluster, prepared, waited)
    outdated.remove(cluster, environment, old, job.deadline)
    _print(job, [each.manifest for each in items], [], "")
    shown.say_done(_shown_job(job, entry), cluster, items)


def _show(job: _Job, prepared: Prepared, items: Sequence[Item], told: Sequence[Finding]) -> None:
    stderr, objects = job.asked.environment.stderr, prepared.rendered.objects
    facts = shown.facts_of(items)
    if objects.hooks:
        kinds = ", ".join(qualified_name(obj) for obj, _ in objects.hooks)
        facts.append(("Hooks", f"{kinds}, which helm makes for a moment"))
    facts += [("Shared", each) for each in objects.used]
    if kept := prepared.rendered.kept:
        more = f" and {len(kept) - _SHOWN} more" if len(kept) > _SHOWN else ""
        facts.append(("Values", f"kept as others have set them: {', '.join(kept[:_SHOWN])}{more}"))
    if said := said_of(prepared.record):
        facts.append(("Release", said))
    facts.append(("Plan", prepared.plan.summary))
    if unchecked := prepared.plan.unchecked:
        note = f"{unchecked} objects can only be checked once their namespace or kind is there"
        facts.append(("Note", note))
    show_facts(stderr, facts)
    steps = [step for step in prepared.plan.steps if step.fate is not Fate.CREATE]
    for line in changes.lines(steps, prepared.chart.removed):
        print(f"  {printable(line)}", file=stderr)
    for finding in told:
        show_warning(stderr, finding.code, finding.message)


def _carry_out(job: _Job, cluster: Cluster, prepared: Prepared, waited: Sequence[Item]) -> None:
    environment, seconds = job.asked.environment, job.asked.seconds
    ours = len(prepared.located.beside)
    label = "definitions, namespace"
    board = ObjectsBoard(environment, job.started, ours, waited, label=label, helm=True)
    job.helm.tick = board.tick
    print(file=environment.stderr)
    try:
        carry_out(cluster, job.helm, job.name, prepared, environment, job.hooks, board.after)
        count = len(prepared.chart.plan.steps)
        board.helm_done(f"{count} objects" if prepared.runs_helm else "nothing to do")
        if seconds is not None and waited:
            await_running(cluster, waited, environment, job.started, job.deadline, board.show)
    except (IngressError, KeyboardInterrupt) as error:
        board.finish(BROKEN if isinstance(error, NotReady) else NOT_REACHED)
        if isinstance(error, KeyboardInterrupt):
            told = "Interrupted, not undone. The same command again goes on from there."
            print(told, file=environment.stderr)
        elif isinstance(error, NotReady) and (back := _way_back(prepared)):
            error.next_step += f"\n{back}"
        raise
    finally:
        job.helm.tick = lambda: None
    board.finish()


def _way_back(prepared: Prepared) -> str:
    """The command that goes back to what ran before, "" where nothing did or nothing was done."""
    record = prepared.record
    if record.deployed is None or not record.is_there or not prepared.runs_helm:
        return ""
    release, number = record.release, str(record.deployed.number)
    words = ["helm", "rollback", release.name, number, "-n", release.namespace]
    return f"to go back to {record.deployed.chart}: {shlex.join(words)}"


def _entry(job: _Job, items: Sequence[Item]) -> str:
    """The Service whose load balancer is waited for: where it is known that one is made."""
    for item in items if job.decided.makes_balancers else ():
        is_entry = item.kind.name == "Service" and item.name == job.recipe.entry
        if is_entry and reader_of(item.manifest).child("spec").text("type") == "LoadBalancer":
            return f"{item.namespace}/{item.name}"
    return ""


def _print(job: _Job, ours: Sequence[Manifest], helms: Sequence[Manifest], remark: str) -> None:
    """All objects as asked for by -o; without it a line for each of a dry run."""
    stdout = job.asked.environment.stdout
    if job.asked.output is not None:
        print_objects(stdout, job.asked.output, [*ours, *helms])
        return
    for how, objects in (("serverside-applied", ours), ("by helm", helms)):
        for each in objects if remark else ():
            print(f"{printable(qualified_name(each))} {how} {remark}", file=stdout)


def _shown_job(job: _Job, entry: str) -> shown.Job:
    asked = job.asked
    there = typed_flags(replace(asked.connection, namespace=None))
    words = ["status"]
    if job.recipe.needs is not None:
        words = ["scaffold", "NAME", "--controller", asked.name, "--host", "HOST", "--apply"]
    last = (
        ("Next", shlex.join(["kubectl", "ingress", *words, *there])),
        ("Remove with", shlex.join(["kubectl", "ingress", "uninstall", asked.name, *there])),
    )
    return shown.Job(
        asked.environment,
        asked.connection,
        asked.dry_run,
        asked.output,
        asked.seconds,
        entry=entry,
        last=last,
    )
