"""``kubectl ingress install --manifest``: a manifest of one's own."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kubectl_ingress.commands._objects import print_objects
from kubectl_ingress.connection import ClusterOptions, typed_flags
from kubectl_ingress.core.kinds import qualified_name
from kubectl_ingress.core.text import printable
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import IngressError, InputError, NotReady, UsageError
from kubectl_ingress.install import changes
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.own_manifest import Found, Item, locate, locate_offline, read
from kubectl_ingress.install.own_plan import (
    OwnPlan,
    apply_own_plan,
    await_namespaces,
    make_own_plan,
)
from kubectl_ingress.install.own_rollout import await_running, running
from kubectl_ingress.install.plan import Fate, Step
from kubectl_ingress.install.stages import Stage
from kubectl_ingress.install.wanted import is_gone
from kubectl_ingress.options import DryRun, Output
from kubectl_ingress.render.marks import BROKEN, DONE, NOT_REACHED, PROBLEM
from kubectl_ingress.render.plan import show_facts
from kubectl_ingress.render.progress import WAITING, Progress, Row

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

# What is said of the controller that this program knows; a manifest says all of it itself.
_OTHERS = {
    "controller": "CONTROLLER",
    "provider": "--provider",
    "version": "--version",
    "class_name": "--class",
    "replicas": "--replicas",
    "image": "--image",
    "registry": "--registry",
    "internal": "--internal",
    "acm_certificate": "--acm-certificate",
    "proxy_cidr": "--proxy-cidr",
    "adopt": "--adopt",
    "yes": "--yes",
    "alternatives": "--list",
}
_STDIN = "-"


@dataclass(frozen=True)
class Job:
    """One installation as it was asked for. `seconds` is how long to wait, None for not at all."""

    environment: Environment
    connection: ClusterOptions
    source: str
    sha256: str
    dry_run: DryRun
    output: Output | None
    seconds: float | None

    @property
    def name(self) -> str:
        """The manifest, for messages."""
        from kubectl_ingress.ports.download import shown

        return "stdin" if self.source == _STDIN else shown(self.source)


def check(context: typer.Context, manifest: str | None, sha256: str | None) -> tuple[str, str]:
    """Where the manifest is, and its digest, "" for none. Raises UsageError."""
    from kubectl_ingress.ports.download import is_url, parse_digest

    if manifest is None:
        raise UsageError("--sha256 says what --manifest is to be", "add --manifest FILE or URL")
    if not manifest:
        raise UsageError("--manifest names no file", "name a file, a URL, or - for stdin")
    typed = [flag for name, flag in _OTHERS.items() if _is_typed(context, name)]
    if typed:
        raise UsageError(
            f"--manifest says by itself what is installed; {', '.join(typed)} cannot be added",
            "change the manifest, or leave --manifest out",
        )
    if is_url(manifest):
        if gone := is_gone(manifest):
            raise UsageError(gone, "kubectl ingress install")
        if sha256 is None:
            raise UsageError(
                "a --manifest from a URL needs --sha256: what is behind a URL may change",
                "read it, and take the digest of what you read: sha256sum FILE",
            )
    return manifest, parse_digest(sha256) if sha256 is not None else ""


def _is_typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def install(job: Job) -> None:
    """Read, plan, show, apply, wait."""
    environment = job.environment
    data = _fetch(job)
    found = read(data, job.name)
    checked = "its SHA-256 is as asked for" if job.sha256 else "its SHA-256 was not asked for"
    show_facts(environment.stderr, [("Manifest", f"{job.name} ({checked})")])
    if job.dry_run is DryRun.CLIENT:
        objects = locate_offline(found, job.connection.namespace)
        plan = f"{len(objects)} objects; no cluster was asked"
        show_facts(environment.stderr, [("Objects", _counted(objects)), ("Plan", plan)])
        _print(job, objects, "(dry run)")
        return
    _into_cluster(job, found)


def _fetch(job: Job) -> bytes:
    from kubectl_ingress.ports.download import check_digest, fetch, is_url

    if is_url(job.source):
        return fetch(job.source, job.sha256)
    if job.source == _STDIN:
        stdin = job.environment.stdin
        raw = getattr(stdin, "buffer", None)
        data: bytes = raw.read() if raw else stdin.read().encode("utf-8", "surrogatepass")
    else:
        try:
            data = Path(job.source).read_bytes()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", "") or str(error)
            raise InputError(
                f"{job.source} cannot be read: {why}", "check the name and the directory"
            ) from error
    if job.sha256:
        check_digest(data, job.sha256, job.name)
    return data


def _into_cluster(job: Job, found: Sequence[Found]) -> None:
    environment, keep = job.environment, job.dry_run is DryRun.NONE
    started = environment.monotonic()
    deadline = started + (job.seconds or 0.0)
    cluster = environment.cluster(job.connection)
    items = locate(cluster, found, job.connection.namespace)
    show_facts(environment.stderr, _facts(items))
    await_namespaces(cluster, items, environment, deadline if keep else started)
    own = make_own_plan(cluster, items)
    show_facts(environment.stderr, [("Plan", own.plan.summary)])
    for line in changes.lines(step for step in own.plan.steps if step.fate is not Fate.CREATE):
        print(f"  {printable(line)}", file=environment.stderr)
    objects = [item.manifest for item in own.items]
    if not keep:
        if own.plan.unchecked:
            note = (
                "the API server could not check the objects whose namespace or kind is not there "
                f"yet: {own.plan.unchecked}"
            )
            show_facts(environment.stderr, [("Note", note)])
        _print(job, objects, "(server dry run)")
        return
    _carry_out(job, cluster, own, started, deadline)
    _print(job, objects, "")
    _say_done(job)


def _carry_out(job: Job, cluster: Cluster, own: OwnPlan, started: float, deadline: float) -> None:
    environment = job.environment
    board = _Board(environment, started, own)
    try:
        apply_own_plan(cluster, own, environment, board.after)
        if job.seconds is not None and (waited := running(own.items)):
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


def _facts(items: Sequence[Item]) -> list[tuple[str, str]]:
    namespaces = dict.fromkeys(item.namespace for item in items if item.namespace)
    facts = [("Objects", _counted([item.manifest for item in items]))]
    if namespaces:
        facts.append(("Namespace", ", ".join(namespaces)))
    return facts


def _counted(objects: Sequence[Manifest]) -> str:
    kinds = Counter(str(each["kind"]) for each in objects)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items())


def _print(job: Job, objects: Sequence[Manifest], remark: str) -> None:
    stdout = job.environment.stdout
    if job.output is not None:
        print_objects(stdout, job.output, objects)
    elif remark:
        for each in objects:
            print(f"{printable(qualified_name(each))} serverside-applied {remark}", file=stdout)


def _say_done(job: Job) -> None:
    stdout, stderr = job.environment.stdout, job.environment.stderr
    print(file=stderr)
    if job.seconds is None:
        print("Applied; not waited for.", file=stderr)
    else:
        # With -o the objects are the result, and nothing else may stand among them.
        print("Ready.", file=stderr if job.output else stdout)
    there = typed_flags(replace(job.connection, namespace=None))
    status = shlex.join(["kubectl", "ingress", "status", *there])
    remove = shlex.join(["kubectl", "delete", "-f", job.source, *typed_flags(job.connection)])
    # uninstall is for ingress-nginx: it does not know what else belongs together.
    show_facts(stderr, [("Next", status), ("Remove with", remove)])


class _Board:
    """Progress on stderr: how much is applied, then what is waited for."""

    def __init__(self, environment: Environment, started: float, own: OwnPlan) -> None:
        stream = environment.stderr
        self._progress = Progress(
            stream,
            terminal=environment.is_terminal(stream),
            colour=environment.has_colour(stream),
            labels=("objects", *(item.title for item in running(own.items))),
        )
        self._environment = environment
        self._started = started
        self._count = len(own.items)
        self._stages: Sequence[Stage] = ()
        self._applied_at: float | None = None
        self.applied = 0

    @property
    def _elapsed(self) -> float:
        return self._environment.monotonic() - self._started

    def after(self, step: Step) -> None:
        """One more step of the plan is done."""
        self.applied += 1
        if self.applied == self._count:
            self._applied_at = self._elapsed
        self._progress.show(self._rows(), self._elapsed)

    def show(self, stages: Sequence[Stage], last: bool) -> None:
        """The stages as they are now; the last ones are left to `finish`."""
        self._stages = stages
        if not last:
            self._progress.show(self._rows(), self._elapsed)

    def finish(self, open_mark: str = NOT_REACHED) -> None:
        """Nothing more will happen: leave the last state, with `open_mark` on what is not done."""
        self._progress.finish(self._rows(open_mark), self._elapsed)

    def _rows(self, open_mark: str = WAITING) -> list[Row]:
        done = self._applied_at is not None
        detail = f"{self._count} applied" if done else f"{self.applied} of {self._count}"
        first = Row(DONE if done else open_mark, "objects", detail, self._applied_at)
        return [first, *(_row(stage, open_mark) for stage in self._stages)]


def _row(stage: Stage, open_mark: str) -> Row:
    if stage.done or stage.problem is None:
        mark = DONE if stage.done else open_mark
        return Row(mark, stage.label, stage.detail, stage.seconds)
    final = open_mark != WAITING
    fix = (("Fix", stage.problem.fix),) if final and stage.problem.fix else ()
    notes = ((stage.problem.code, stage.problem.message), *fix)
    return Row(BROKEN if final else PROBLEM, stage.label, stage.detail, stage.seconds, notes)
