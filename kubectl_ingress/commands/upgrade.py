"""``kubectl ingress upgrade``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from kubectl_ingress.commands._controller_flags import (
    AcmCertificate,
    Image,
    Internal,
    ProxyCidr,
    Replicas,
)
from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.core.duration import parse_timeout
from kubectl_ingress.errors import ExitStatus, IngressError, UsageError
from kubectl_ingress.options import DryRun, Output, with_cluster_flags_and

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.install.installed import Installed
    from kubectl_ingress.install.kept import Asked
    from kubectl_ingress.install.stages import Readings
    from kubectl_ingress.install.upgrade import Upgrade
    from kubectl_ingress.ports.cluster import Cluster


# As in install/settings.py, which is too heavy for the start.
NAME = "ingress-nginx"
# Who gave the new one little time gives the old one this much: it was ready before.
_LEAST_BACK_SECONDS = 60.0
# An error of waiting says it itself.
_AGAIN = "The same command again"


@with_cluster_flags_and(namespace="Namespace of the installation; default: all.")
def run(
    context: typer.Context,
    connection: ClusterOptions,
    controller: Annotated[str, typer.Argument(hidden=True)] = NAME,
    version: Annotated[
        str | None, typer.Option(help="Release to go to, newer or older.", metavar="X.Y.Z")
    ] = None,
    provider: Annotated[
        str | None, typer.Option(help="Provider to change to.", metavar="NAME")
    ] = None,
    image: Image = None,
    registry: Annotated[
        str | None, typer.Option(help="Registry of all images.", metavar="HOST")
    ] = None,
    replicas: Replicas = None,
    class_name: Annotated[
        str, typer.Option("--class", help="The installation that serves it.", metavar="NAME")
    ] = "",
    internal: Internal = False,
    acm_certificate: AcmCertificate = None,
    proxy_cidr: ProxyCidr = None,
    dry_run: Annotated[
        DryRun,
        typer.Option(help="server: show what would change, and keep nothing.", metavar="server"),
    ] = DryRun.NONE,
    output: Annotated[
        Output | None, typer.Option("-o", "--output", help="Print the objects too.")
    ] = None,
    timeout: Annotated[
        str, typer.Option(help="Wait so long; 0: look once, undo nothing.", metavar="TIME")
    ] = "5m",
    no_rollback: Annotated[
        bool, typer.Option("--no-rollback", help="Leave it as it is when it does not get ready.")
    ] = False,
) -> ExitStatus:
    """Upgrade the controller, or change how it was installed.

    Without any flag it goes to the last release. Where something is named, all
    else stays as it is, the version too: it is read from the objects
    themselves. The installation is looked for in all namespaces, unless -n or
    --class say which is meant.

    The fields that change are shown first; -o prints the objects at the end.
    The load balancer's Service stays, and its address with it. What does not
    become ready within --timeout is rolled back: the objects of before are
    applied again, and waited for.

    This is for ingress-nginx. Another controller goes to another version by
    install: kubectl ingress install CONTROLLER --version X.Y.Z

    \b
    Examples:
      kubectl ingress upgrade --dry-run=server
      kubectl ingress upgrade --version 1.15.1
      kubectl ingress upgrade --replicas 3 -n ingress-internal
      kubectl ingress upgrade --image r.example.com/ingress-nginx:v1.15.1-prime
    """
    from kubectl_ingress.commands._interrupted import nothing_changed_yet
    from kubectl_ingress.install import wanted as checks
    from kubectl_ingress.install.detection import named
    from kubectl_ingress.install.kept import Asked

    if controller != NAME:
        checks.check_controller(controller, "upgrade")
        raise UsageError(
            f"upgrade is for {NAME}; {controller} goes to another version by install",
            f"kubectl ingress install {controller}" + (f" --version {version}" if version else ""),
        )
    if dry_run is DryRun.CLIENT:
        what = "what is installed, and so what changes, can only be read in the cluster"
        raise UsageError(what, "see what would change: --dry-run=server")
    asked = Asked(
        version=None if version is None else checks.check_version(version),
        provider=None if provider is None else named(provider),
        options=checks.check_flags(
            internal=internal, acm_certificate=acm_certificate, proxy_cidr=proxy_cidr
        ),
        image=image,
        registry=registry,
        replicas=replicas,
        namespace=connection.namespace or "",
        class_name=class_name,
        timeout=parse_timeout(timeout, "--timeout"),
    )
    environment: Environment = context.obj
    rolls_back = not no_rollback and asked.timeout > 0
    with nothing_changed_yet(environment):
        cluster = environment.cluster(connection)
    job = _Job(environment, connection, cluster, asked, output, rolls_back)
    _upgrade(job, keep=dry_run is DryRun.NONE)
    return ExitStatus.OK


class _Job(Struct, frozen=True):
    environment: Environment
    connection: ClusterOptions
    cluster: Cluster
    asked: Asked
    output: Output | None
    rolls_back: bool


def _upgrade(job: _Job, *, keep: bool) -> None:
    from kubectl_ingress.commands._interrupted import nothing_changed_yet
    from kubectl_ingress.commands._objects import print_objects
    from kubectl_ingress.install.upgrade import find_installed, plan_upgrade

    with nothing_changed_yet(job.environment):
        installed = find_installed(job.cluster, job.asked)
        upgrade = plan_upgrade(job.cluster, installed, job.asked)
        _show(job, installed, upgrade, keep=keep)
        goes_on = keep and (upgrade.writes or not _is_ready(job, upgrade))
    objects = [step.manifest for step in upgrade.plan.steps]
    if goes_on:
        readings = _or_back(job, installed, upgrade)
        _say_ready(job, installed, upgrade, readings)
    elif not upgrade.writes:
        _say_nothing(job, upgrade)
    if job.output is not None:
        print_objects(job.environment.stdout, job.output, objects)


def _show(job: _Job, installed: Installed, upgrade: Upgrade, *, keep: bool) -> None:
    from kubectl_ingress.install.changes import lines
    from kubectl_ingress.install.upgrade_notes import name, notes
    from kubectl_ingress.render.plan import show_changes, show_facts, show_warning

    stdout, stderr = job.environment.stdout, job.environment.stderr
    show_facts(stderr, [("Installed", name(installed.settings)), *upgrade.prepared.facts])
    show_facts(stderr, [("Plan", upgrade.plan.summary)])
    # The difference is what a dry run is asked for, but for -o.
    stream = stderr if keep or job.output is not None else stdout
    show_changes(stream, lines(upgrade.plan.steps, upgrade.removed))
    told = (*upgrade.plan.notes, *notes(installed, upgrade))
    show_facts(stderr, [("Note", each) for each in told])
    for warning in upgrade.prepared.warnings:
        show_warning(stderr, warning.code, warning.message)


def _is_ready(job: _Job, upgrade: Upgrade) -> bool:
    from kubectl_ingress.install.rollout import read
    from kubectl_ingress.install.stages import judge

    prepared = upgrade.prepared
    readings = read(job.cluster, prepared.settings)
    return all(each.done for each in judge(readings, prepared.provider, prepared.variant))


def _carry_out(job: _Job, upgrade: Upgrade, least: float = 0.0) -> Readings:
    """Apply, wait, clear away. Raises what each of them raises."""
    from kubectl_ingress.commands._install_board import Board
    from kubectl_ingress.install.rollout import Installation, await_ready
    from kubectl_ingress.install.upgrade import carry_out, clear_away
    from kubectl_ingress.render.marks import BROKEN

    environment, prepared = job.environment, upgrade.prepared
    print(file=environment.stderr)
    started = environment.monotonic()
    board = Board(environment, started, upgrade.plan, prepared.variant)
    waited_for = Installation(
        job.cluster,
        prepared.settings,
        prepared.provider,
        environment,
        started,
        started + max(job.asked.timeout, least),
    )
    try:
        carry_out(job.cluster, upgrade, environment, board.after)
        readings = await_ready(waited_for, board.show)
        clear_away(job.cluster, upgrade, environment)
    except (IngressError, KeyboardInterrupt):
        board.finish(BROKEN)
        raise
    board.finish()
    return readings


def _or_back(job: _Job, installed: Installed, upgrade: Upgrade) -> Readings:
    """Carry it out; go back where it fails, and raise why."""
    from kubectl_ingress.install.upgrade_notes import command, name

    former = name(upgrade.former)
    back = addressed(command(installed, upgrade), job.connection)
    try:
        return _carry_out(job, upgrade)
    except KeyboardInterrupt:
        _say(job, f"Interrupted, not undone. The same command again goes on; to go back: {back}")
        raise
    except IngressError as error:
        if not (job.rolls_back and upgrade.can_go_back(error)):
            if _AGAIN not in error.next_step:
                error.next_step += f"\nWhat was applied stays. {_AGAIN} goes on from there."
            error.next_step += f"\nto go back to {former}: {back}" if upgrade.has_former else ""
            raise
        try:
            print(file=job.environment.stderr)
            _say(job, f"Rolling back to {former}: {error.sentence}")
            _carry_out(job, upgrade.back(job.cluster), _LEAST_BACK_SECONDS)
        except KeyboardInterrupt:
            _say(job, f"Interrupted while rolling back to {former}; to go on: {back}")
            raise
        except IngressError as second:
            error.sentence += f"; and rolling back to {former} failed: {second.sentence}"
            error.next_step = f"{second.next_step}\nto go back: {back}"
            raise error from second
        error.sentence = f"rolled back to {former}, which is ready; before: {error.sentence}"
        error.next_step = "the same command tries again; --no-rollback leaves it for looking"
        raise


def _say(job: _Job, text: str) -> None:
    from kubectl_ingress.core.text import printable

    print(printable(text), file=job.environment.stderr)


def _say_ready(job: _Job, installed: Installed, upgrade: Upgrade, readings: Readings) -> None:
    from kubectl_ingress.core.text import printable
    from kubectl_ingress.install.entry import entry

    prepared, before = upgrade.prepared, installed.settings.variant
    now = entry(readings.service, prepared.variant, prepared.provider, prepared.nodes)
    then = entry(installed.parts.service, before, prepared.provider, prepared.nodes)
    old = ", ".join(then.addresses)
    remark = "as before" if now.addresses == then.addresses else f"before: {old or 'none'}"
    text = f"Ready. Address {printable(', '.join(now.addresses))} ({printable(remark)})"
    print(file=job.environment.stderr)
    print(text, file=job.environment.stderr if job.output else job.environment.stdout)


def _say_nothing(job: _Job, upgrade: Upgrade) -> None:
    from kubectl_ingress.install.upgrade_notes import name, newer
    from kubectl_ingress.render.plan import show_facts

    settings = upgrade.prepared.settings
    text = f"Nothing to change: {name(settings)} is as it should be"
    print(text, file=job.environment.stderr if job.output else job.environment.stdout)
    if newer(settings):
        shown = addressed(newer(settings), job.connection)
        show_facts(job.environment.stderr, [("Newer", shown)])
