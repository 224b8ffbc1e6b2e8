"""``kubectl ingress uninstall``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.core.duration import parse_timeout
from kubectl_ingress.errors import ExitStatus, IngressError, UsageError
from kubectl_ingress.options import DryRun, with_cluster_flags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubectl_ingress.env import Environment
    from kubectl_ingress.install.belongings import Belongings
    from kubectl_ingress.install.removal import Removal
    from kubectl_ingress.ports.cluster import Cluster

_COMMAND = "kubectl ingress uninstall"


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    class_name: Annotated[
        str, typer.Option("--class", help="The installation that serves it.", metavar="NAME")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[
        DryRun, typer.Option(help="client: only show it. server: let the API server check.")
    ] = DryRun.NONE,
    timeout: Annotated[
        str, typer.Option(help="Wait so long until all is gone.", metavar="TIME")
    ] = "10m",
) -> ExitStatus:
    """Remove the controller that was installed.

    It is looked for in all namespaces, unless -n or --class say which is meant.
    Only what this program made goes: the webhook first, then what runs, then
    the rest. The namespace stays if it holds anything else, or if others made
    it. Ingresses stay, without a controller. It waits until all is gone; run
    again after an interruption, it finishes what it began.

    \b
    Examples:
      kubectl ingress uninstall
      kubectl ingress uninstall --dry-run=server
      kubectl ingress uninstall -n ingress-internal --yes
    """
    environment: Environment = context.obj
    seconds = parse_timeout(timeout, "--timeout")
    cluster = environment.cluster(connection)
    job = _Job(environment, cluster, connection.namespace or "", class_name, dry_run)
    found = _find(job)
    if found is None:
        print("Nothing to uninstall", file=environment.stdout)
        return ExitStatus.OK
    from kubectl_ingress.install.removal import plan_removal

    removal = plan_removal(cluster, found)
    _show(job, removal)
    if dry_run is DryRun.NONE and not yes and removal.objects:
        _ask(job, removal)
    _remove(job, removal, seconds)
    return ExitStatus.OK


@dataclass(frozen=True)
class _Job:
    environment: Environment
    cluster: Cluster
    namespace: str
    class_name: str
    dry_run: DryRun


def _find(job: _Job) -> Belongings | None:
    """The installation that is meant; None where there is nothing of ours."""
    from kubectl_ingress.install.belongings import find_belongings
    from kubectl_ingress.install.which import choose, controllers, nothing

    found = find_belongings(job.cluster, job.namespace)
    meant = choose(found, _COMMAND, job.namespace, job.class_name)
    if meant is None:
        # What is left of an interrupted run tells its class no more.
        without = [each for each in found if not each.classes]
        meant = choose(without, _COMMAND, job.namespace, "")
    if meant is not None:
        # Once more, for what has not our label.
        again = find_belongings(job.cluster, meant.namespace) if meant.namespace else ()
        return again[0] if again else meant
    others = controllers(job.cluster, job.namespace)
    error = nothing(others, "uninstall", job.namespace, job.class_name)
    if isinstance(error, UsageError):
        return None
    raise error


def _show(job: _Job, removal: Removal) -> None:
    from kubectl_ingress.install.removal import losing
    from kubectl_ingress.install.settings import NAME
    from kubectl_ingress.render.plan import show_facts

    there = removal.belongings
    which = f", class {', '.join(there.classes)}" if there.classes else ""
    place = f", namespace {there.namespace}" if there.namespace else ""
    facts = [
        ("Controller", f"{NAME}{place}{which}"),
        ("Plan", f"{_objects(removal)} to delete, 0 of others touched"),
    ]
    if removal.stays:
        facts.append(("Stays", f"namespace {there.namespace}, as long as {removal.stays}"))
    elif removal.namespace is None and there.namespace:
        facts.append(("Stays", f"namespace {there.namespace}: others made it"))
    facts += [("Stays", f"{title}: others made it") for title in removal.left]
    if removal.addresses:
        facts.append(("Gives up", f"the address {', '.join(removal.addresses)}"))
    facts.append(("Ingresses", _without_controller(losing(job.cluster, there))))
    show_facts(job.environment.stderr, facts)


def _objects(removal: Removal) -> str:
    count = len(removal.objects)
    return f"{count} object{'' if count == 1 else 's'}"


def _without_controller(losing: tuple[str, ...] | None) -> str:
    if losing is None:
        return "you may not list them, so it is not known which lose their controller"
    if not losing:
        return "none loses its controller"
    more = f" and {len(losing) - 5} more" if len(losing) > 5 else ""
    verb = "loses its" if len(losing) == 1 else "lose their"
    return f"{', '.join(losing[:5])}{more} {verb} controller"


def _ask(job: _Job, removal: Removal) -> None:
    """Raise UsageError where nobody can be asked, IngressError for a no."""
    from kubectl_ingress.commands._confirm import confirm
    from kubectl_ingress.core.kinds import qualified_name
    from kubectl_ingress.core.text import printable

    environment = job.environment
    words = [_COMMAND, "--yes"]
    if removal.belongings.namespace:
        words += ["--namespace", removal.belongings.namespace]
    elif job.class_name:
        words += ["--class", job.class_name]
    if environment.is_terminal(environment.stdin):
        for each in removal.objects:
            print(f"  {printable(qualified_name(each))}", file=environment.stderr)
    confirm(
        environment,
        f"Delete {_objects(removal)}?",
        would=f"{_objects(removal)} would be deleted",
        command=" ".join(words),
        no="not deleted",
    )


def _remove(job: _Job, removal: Removal, seconds: float) -> None:
    from kubectl_ingress.core.kinds import qualified_name
    from kubectl_ingress.core.text import printable
    from kubectl_ingress.install.uninstall import Uninstall
    from kubectl_ingress.render.plan import show_facts

    environment, deleted = job.environment, 0
    remark = {DryRun.CLIENT: " (dry run)", DryRun.SERVER: " (server dry run)"}.get(job.dry_run, "")

    def after(live: Mapping[str, object]) -> None:
        nonlocal deleted
        deleted += 1
        print(f"{printable(qualified_name(live))} deleted{remark}", file=environment.stdout)

    def say(text: str) -> None:
        print(printable(text), file=environment.stderr)

    if job.dry_run is DryRun.CLIENT:
        for live in removal.objects:
            after(live)
        return
    deadline = environment.monotonic() + seconds
    uninstall = Uninstall(job.cluster, removal, environment, deadline, after, say)
    if job.dry_run is DryRun.SERVER:
        uninstall.rehearse()
        return
    try:
        stays = uninstall.carry_out()
    except (IngressError, KeyboardInterrupt):
        say(f"{deleted} of {_objects(removal)} deleted. The same command goes on from there.")
        raise
    if stays:
        show_facts(
            environment.stderr, [("Kept", f"namespace {removal.belongings.namespace}: {stays}")]
        )
