"""``kubectl ingress install``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.commands._controller_flags import (
    AcmCertificate,
    Image,
    Internal,
    ProxyCidr,
    Replicas,
)
from kubectl_ingress.connection import ClusterOptions, typed_flags
from kubectl_ingress.core.duration import parse_timeout
from kubectl_ingress.errors import ApiError, ExitStatus, IngressError, NotReady, UsageError
from kubectl_ingress.options import DryRun, Output, with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.install.entry import Entry
    from kubectl_ingress.install.metadata import Manifest
    from kubectl_ingress.install.plan import Plan
    from kubectl_ingress.install.prepare import Prepared
    from kubectl_ingress.install.wanted import Wanted
    from kubectl_ingress.ports.cluster import Cluster


# As in install/settings.py, which is too heavy for the start.
NAME = "ingress-nginx"
CLASS = "nginx"


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    controller: Annotated[
        str, typer.Argument(help="What to install.", metavar="[CONTROLLER]")
    ] = NAME,
    provider: Annotated[
        str | None,
        typer.Option(
            help="Where the cluster runs: aws, gke, kind, …. Default: what its nodes say.",
            metavar="NAME",
        ),
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="Release to install; default: the last.", metavar="X.Y.Z")
    ] = None,
    class_name: Annotated[
        str | None,
        typer.Option("--class", help="Name of the class; default: nginx.", metavar="NAME"),
    ] = None,
    replicas: Replicas = None,
    image: Image = None,
    registry: Annotated[
        str | None, typer.Option(help="Registry in place of registry.k8s.io.", metavar="HOST")
    ] = None,
    internal: Internal = False,
    acm_certificate: AcmCertificate = None,
    proxy_cidr: ProxyCidr = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take over an ingress-nginx that others installed.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --adopt: do not ask.")] = False,
    manifest: Annotated[
        str | None,
        typer.Option(help="Install this instead: a file, a URL, - for stdin.", metavar="FILE|URL"),
    ] = None,
    sha256: Annotated[
        str | None,
        typer.Option("--sha256", help="What --manifest must be; for a URL a must.", metavar="HEX"),
    ] = None,
    dry_run: Annotated[
        DryRun,
        typer.Option(help="client: ask no cluster. server: let it check, and keep nothing."),
    ] = DryRun.NONE,
    output: Annotated[
        Output | None, typer.Option("-o", "--output", help="Print the objects instead.")
    ] = None,
    timeout: Annotated[
        str,
        typer.Option(help="Wait so long; 0: look once, negative: a week.", metavar="TIME"),
    ] = "5m",
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return once applied.")] = False,
    alternatives: Annotated[
        bool, typer.Option("--list", help="List living controllers, and stop.")
    ] = False,
) -> ExitStatus:
    """Install an ingress controller and wait for it.

    It waits until a request could succeed. The controller goes to namespace
    ingress-nginx unless -n names another. Objects that this program did not
    make are never changed. Run it again at any time: it changes only what is
    not as it should be.

    --adopt takes over one that kubectl apply or Helm installed: it shows what
    differs, asks, and sets it by a forced server-side apply. Uids, addresses
    and what ours do not speak of stay. Put the old manifest away then: kubectl
    apply -f of it would set its fields back without asking, and stop at a
    conflict with --server-side. Helm's record of the release is to be deleted.

    Other controllers (--list) come as their projects publish them, from files
    whose SHA-256 is known here, or as a chart of a known version by the program
    helm; another version of one replaces it.

    --manifest applies objects of any kind, and waits for what of them runs. With
    CONTROLLER it is that one's, which uninstall knows then. Without, only the
    manifest tells what belongs together: kubectl delete -f FILE.

    \b
    Examples:
      kubectl ingress install --provider aws
      kubectl ingress install --provider aws --dry-run=client -o yaml
      kubectl ingress install -n ingress-internal --class internal --internal
      kubectl ingress install --provider aws --adopt --dry-run=server
      kubectl ingress install f5-nginx --class nginx-f5
      kubectl ingress install kong --dry-run=server
      kubectl ingress install kong --manifest rendered.yaml
    """
    from kubectl_ingress.install import wanted as checks

    environment: Environment = context.obj
    if alternatives and manifest is None:
        _list(environment)
        return ExitStatus.OK
    if manifest is not None or sha256 is not None or controller != NAME:
        from kubectl_ingress.commands._install_asked import ask
        from kubectl_ingress.commands._install_recipe import install

        asked = ask(
            environment,
            connection,
            name=controller,
            provider=provider,
            version=version,
            class_name=class_name,
            internal=internal,
            manifest=manifest,
            sha256=sha256,
            dry_run=dry_run,
            output=output,
            seconds=None if no_wait else parse_timeout(timeout, "--timeout"),
        )
        install(context, asked)
        return ExitStatus.OK
    settings = checks.check_settings(
        version=checks.check_version(version),
        namespace=connection.namespace,
        class_name=CLASS if class_name is None else class_name,
        replicas=replicas,
        image=image,
        registry=registry,
    )
    options = checks.check_flags(
        internal=internal, acm_certificate=acm_certificate, proxy_cidr=proxy_cidr
    )
    wanted = checks.Wanted(
        settings,
        checks.check_provider(provider, options),
        options,
        0.0 if no_wait else parse_timeout(timeout, "--timeout"),
        version_named=version is not None,
    )
    job = _Job(environment, connection, wanted, output, adopt, yes)
    if dry_run is DryRun.CLIENT:
        _offline(job)
    else:
        _into_cluster(job, keep=dry_run is DryRun.NONE, wait=not no_wait)
    return ExitStatus.OK


class _Job(Struct, frozen=True):
    environment: Environment
    connection: ClusterOptions
    wanted: Wanted
    output: Output | None
    adopt: bool = False
    yes: bool = False


def _offline(job: _Job) -> None:
    from kubectl_ingress.install.manifests import build
    from kubectl_ingress.install.prepare import prepare_offline

    if job.adopt:
        what = "--dry-run=client asks no cluster, so there is nothing to take over"
        raise UsageError(what, "see what would change: --dry-run=server")
    prepared = prepare_offline(job.wanted)
    manifests = build(prepared.settings)
    _show_head(job.environment, prepared)
    _show_plan(job.environment, prepared, f"{len(manifests)} objects; no cluster was asked")
    _print_objects(job, manifests, "(dry run)")


def _into_cluster(job: _Job, *, keep: bool, wait: bool) -> None:
    from kubectl_ingress.commands import _adoption as adoption
    from kubectl_ingress.install.apply import await_namespace
    from kubectl_ingress.install.manifests import build
    from kubectl_ingress.install.plan import make_plan
    from kubectl_ingress.install.preflight import preflight
    from kubectl_ingress.install.prepare import prepare
    from kubectl_ingress.render.plan import show_facts

    environment = job.environment
    started = environment.monotonic()
    deadline = started + (job.wanted.timeout if wait else 0.0)
    cluster = environment.cluster(job.connection)
    prepared = prepare(cluster, job.wanted)
    _show_head(environment, prepared)
    settings, manifests = prepared.settings, build(prepared.settings)
    found = preflight(
        cluster,
        settings,
        manifests,
        prepared.provider,
        waits=keep and wait,
        adopt=job.adopt,
    )
    prepared = replace(prepared, warnings=(*prepared.warnings, *found))
    await_namespace(cluster, settings, environment, deadline if keep else started)
    plan = make_plan(cluster, settings, manifests, adopt=job.adopt)
    _show_plan(environment, prepared, plan.summary)
    adoption.show(environment, plan)
    if not keep:
        if plan.unchecked:
            note = (
                f"namespace {prepared.settings.namespace} is not there yet, so the API server "
                f"could not check the {plan.unchecked} objects in it"
            )
            show_facts(environment.stderr, [("Note", note)])
        _print_objects(job, manifests, "(server dry run)")
        return
    if plan.taken and not job.yes:
        asked = environment.monotonic()
        adoption.ask(environment, plan, prepared)
        # Nobody waits for the cluster while somebody thinks.
        thought = environment.monotonic() - asked
        started, deadline = started + thought, deadline + thought
    _carry_out(job, cluster, prepared, plan, started, deadline if wait else None)


def _carry_out(
    job: _Job,
    cluster: Cluster,
    prepared: Prepared,
    plan: Plan,
    started: float,
    deadline: float | None,
) -> None:
    """Apply, and wait until `deadline` unless it is None."""
    from kubectl_ingress.commands._install_board import Board
    from kubectl_ingress.install.apply import apply_plan
    from kubectl_ingress.install.entry import entry
    from kubectl_ingress.install.rollout import Installation, await_ready
    from kubectl_ingress.render.marks import BROKEN, NOT_REACHED

    environment = job.environment
    print(file=environment.stderr)
    board = Board(environment, started, plan, prepared.variant)
    where: Entry | None = None
    try:
        apply_plan(cluster, plan, environment, board.after)
        if deadline is not None:
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
    _print_objects(job, [step.manifest for step in plan.steps], "")
    _say_done(job, prepared, where)


def _say_done(job: _Job, prepared: Prepared, where: Entry | None) -> None:
    from kubectl_ingress.core.text import printable
    from kubectl_ingress.install.settings import CLASS
    from kubectl_ingress.render.plan import show_facts

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
    show_facts(stderr, [("Next", f"kubectl ingress {follow_up} {shlex.join(flags)}".rstrip())])


def _show_head(environment: Environment, prepared: Prepared) -> None:
    from kubectl_ingress.render.plan import show_facts

    show_facts(environment.stderr, prepared.facts)


def _show_plan(environment: Environment, prepared: Prepared, summary: str) -> None:
    from kubectl_ingress.render.plan import show_facts, show_warning

    show_facts(environment.stderr, [("Plan", summary)])
    for warning in prepared.warnings:
        show_warning(environment.stderr, warning.code, warning.message)


def _print_objects(job: _Job, manifests: Sequence[Manifest], remark: str) -> None:
    """The objects as asked for by -o; without it a line for each of a dry run, as kubectl does."""
    from kubectl_ingress.commands._objects import print_objects
    from kubectl_ingress.core.kinds import qualified_name

    stdout = job.environment.stdout
    if job.output is not None:
        print_objects(stdout, job.output, manifests)
    elif remark:
        for manifest in manifests:
            print(f"{qualified_name(manifest)} serverside-applied {remark}", file=stdout)


def _list(environment: Environment) -> None:
    from kubectl_ingress.recipes import BuiltIn, Chart, Manifests, Recipe
    from kubectl_ingress.recipes._catalogue import MAINTAINED_BUILDS, recipes
    from kubectl_ingress.render.plan import show_choices, show_facts

    def how(recipe: Recipe) -> str:
        match recipe:
            case Manifests():
                return f"manifests {recipe.releases[0].version}"
            case Chart():
                return f"chart {recipe.version.removeprefix('v')}"
            case BuiltIn():
                return "built in"
        return ""

    rows = [(name, how(recipe), recipe.remark) for name, recipe in recipes().items()]
    show_choices(environment.stdout, ("NAME", "BY", "REMARK"), rows)
    following = "kubectl ingress install NAME"
    show_facts(environment.stderr, [("Note", MAINTAINED_BUILDS), ("Next", following)])
