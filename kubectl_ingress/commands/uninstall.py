"""``kubectl ingress uninstall``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.core.duration import parse_timeout
from kubectl_ingress.errors import ApiForbidden, ExitStatus, IngressError, UsageError
from kubectl_ingress.options import DryRun, with_cluster_flags_and

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubectl_ingress.env import Environment
    from kubectl_ingress.install.belongings import Belongings
    from kubectl_ingress.install.chart_removal import ChartRemoval
    from kubectl_ingress.install.removal import Removal
    from kubectl_ingress.ports.cluster import Cluster

_COMMAND = "kubectl ingress uninstall"
_NAME = "ingress-nginx"


@with_cluster_flags_and(namespace="Namespace of the installation; default: all.")
def run(
    context: typer.Context,
    connection: ClusterOptions,
    controller: Annotated[
        str, typer.Argument(help="What to remove.", metavar="[CONTROLLER]")
    ] = "ingress-nginx",
    class_name: Annotated[
        str, typer.Option("--class", help="The installation that serves it.", metavar="NAME")
    ] = "",
    crds: Annotated[
        bool,
        typer.Option("--crds", help="Its definitions too where others have objects: these go."),
    ] = False,
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

    Of another CONTROLLER all goes that install made, by helm what helm made.
    Its CustomResourceDefinitions stay as long as somebody has objects of them,
    unless --crds is given: then all these objects are lost.

    \b
    Examples:
      kubectl ingress uninstall
      kubectl ingress uninstall --dry-run=server
      kubectl ingress uninstall -n ingress-internal --yes
      kubectl ingress uninstall contour
    """
    from kubectl_ingress.commands._interrupted import nothing_changed_yet

    environment: Environment = context.obj
    seconds = parse_timeout(timeout, "--timeout")
    namespace = connection.namespace or ""
    with nothing_changed_yet(environment):
        cluster = environment.cluster(connection)
        job = _Job(environment, cluster, namespace, class_name, dry_run, controller, crds)
        if controller != _NAME:
            job = _with_release(job, connection, seconds)
        removal = _plan(job) if controller == _NAME else _plan_recipe(job)
        if removal is None:
            print("Nothing to uninstall", file=environment.stdout)
            return ExitStatus.OK
        if dry_run is DryRun.NONE and not yes and (removal.objects or job.chart):
            _ask(job, removal)
    _remove(job, removal, seconds)
    return ExitStatus.OK


class _Job(Struct, frozen=True):
    environment: Environment
    cluster: Cluster
    namespace: str
    class_name: str
    dry_run: DryRun
    controller: str
    crds: bool
    chart: ChartRemoval | None = None


def _with_release(job: _Job, connection: ClusterOptions, seconds: float) -> _Job:
    """With what helm has made of it, where it is a chart and helm has."""
    from kubectl_ingress.install.chart_removal import plan_chart_removal
    from kubectl_ingress.install.wanted import check_controller
    from kubectl_ingress.recipes import Chart

    recipe = check_controller(job.controller, "uninstall")
    if not isinstance(recipe, Chart) or job.namespace not in ("", recipe.namespace):
        return job
    chart = plan_chart_removal(
        job.cluster,
        job.environment,
        connection,
        job.controller,
        recipe,
        with_definitions=job.crds,
        deadline=job.environment.monotonic() + seconds,
    )
    return replace(job, chart=chart)


def _plan(job: _Job) -> Removal | None:
    """Of ingress-nginx; shown. None where there is nothing of ours."""
    from kubectl_ingress.install.recipe_removal import made_by_recipes
    from kubectl_ingress.install.removal import plan_removal
    from kubectl_ingress.render.plan import show_facts

    if job.crds:
        what = f"{_NAME} has no definitions, so --crds means nothing"
        raise UsageError(what, f"name the controller: {_COMMAND} CONTROLLER --crds")
    found = _find(job)
    if found is None:
        show_facts(job.environment.stderr, [("There is", each) for each in _not_meant(job)])
        others = made_by_recipes(job.cluster)
        show_facts(job.environment.stderr, [("Next", f"{_COMMAND} {each}") for each in others])
        return None
    return _shown(job, plan_removal(job.cluster, found), _NAME)


def _plan_recipe(job: _Job) -> Removal | None:
    """Of another controller; shown. Raises UsageError, and NotOurs where others installed it."""
    from kubectl_ingress.install.recipe_removal import (
        gateways_without,
        others_of,
        plan_recipe_removal,
    )
    from kubectl_ingress.install.wanted import check_controller
    from kubectl_ingress.recipes import Chart, Manifests
    from kubectl_ingress.render.plan import show_facts

    name, recipe = job.controller, check_controller(job.controller, "uninstall")
    if not isinstance(recipe, Chart | Manifests):
        what = f"{recipe.title} is built in: install did not make it, so uninstall cannot remove it"
        raise UsageError(what, "switch it off where it was switched on")
    if job.class_name:
        raise UsageError("--class tells installations of ingress-nginx apart", "leave it out")
    if job.namespace not in ("", recipe.namespace):
        raise UsageError(
            f"{name} is installed into namespace {recipe.namespace}, and what belongs to it is "
            "found by its marks wherever it is",
            f"leave -n {job.namespace} out",
        )
    beside = job.chart.all if job.chart else ()
    planned = plan_recipe_removal(
        job.cluster, name, recipe, with_definitions=job.crds, beside=beside
    )
    if planned is None:
        error = others_of(job.cluster, recipe, name)
        if error is not None:
            raise error
        return None
    _check_seen(job, planned.unseen)
    gateways = gateways_without(job.cluster, recipe, planned.removal)
    removal = _shown(job, planned.removal, f"{recipe.title} {planned.version}", gateways)
    if planned.unseen:
        unseen = (
            f"{', '.join(planned.unseen)}: they may not be read, so what there is of these stays"
        )
        show_facts(job.environment.stderr, [("Not seen", unseen)])
    return removal


def _check_seen(job: _Job, unseen: tuple[str, ...]) -> None:
    """Raise ApiForbidden where what runs, or leads to it, could not be looked for.

    It would go on without what was deleted.
    """
    from kubectl_ingress.core.commands import command
    from kubectl_ingress.install.belongings import MADE

    own = [kind.resource for kind in MADE if {kind.resource, kind.api_version} & {*unseen}]
    if own:
        raise ApiForbidden(
            f"{', '.join(own)} cannot be listed in the whole cluster, so what there is of "
            f"{job.controller} is not known",
            command("auth", "can-i", "list", own[0], "-A"),
        )


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


def _not_meant(job: _Job) -> list[str]:
    """The installations of ours that -n or --class do not mean, each with what removes it."""
    from kubectl_ingress.install.belongings import find_belongings

    if not (job.namespace or job.class_name):
        return []
    try:
        found = find_belongings(job.cluster)
    except ApiForbidden:
        return []
    return [
        f"{_NAME} in namespace {each.namespace}, class {', '.join(each.classes) or 'unknown'}: "
        f"{_COMMAND} --namespace {each.namespace}"
        for each in found
        if each.namespace
    ]


def _shown(job: _Job, removal: Removal, title: str, gateways: str = "") -> Removal:
    """With the classes that others serve too left out.

    `gateways` is what is said of them where it serves these and no Ingresses.
    """
    from kubectl_ingress.install.removal import losing
    from kubectl_ingress.render.plan import show_facts

    removal, unknown = _without_classes_of_others(job, removal)
    there = removal.belongings
    which = f", class {', '.join(there.classes)}" if there.classes else ""
    place = f", namespace {there.namespace}" if there.namespace else ""
    facts = [
        ("Controller", f"{title}{place}{which}"),
        ("Plan", f"{_objects(job, removal)} to delete, 0 of others touched"),
    ]
    if removal.stays:
        facts.append(("Stays", f"namespace {there.namespace}, as long as {removal.stays}"))
    elif removal.namespace is None and there.namespace:
        facts.append(("Stays", f"namespace {there.namespace}: others made it"))
    facts += [("Stays", f"{each}: others made it") for each in removal.left]
    facts += [("Stays", each) for each in removal.kept]
    facts += [("Stays", f"{each}: the chart asks for it") for each in _kept(job)]
    facts += [
        ("Stays", f"IngressClass {each}, without our mark: {who} serves it too")
        for each, who in removal.served.items()
    ]
    facts += [("Note", each) for each in unknown]
    addresses = (*removal.addresses, *(job.chart.addresses if job.chart else ()))
    if addresses:
        facts.append(("Gives up", f"the address {', '.join(addresses)}"))
    if gateways:
        facts.append(("Gateways", gateways))
    else:
        lost = losing(job.cluster, there, removal.served)
        facts.append(("Ingresses", _without_controller(lost)))
    show_facts(job.environment.stderr, facts)
    return removal


def _without_classes_of_others(job: _Job, removal: Removal) -> tuple[Removal, tuple[str, ...]]:
    """As it will be, and what is to be said where nobody can tell."""
    from kubectl_ingress.install.live import reader_of
    from kubectl_ingress.install.removal import leave_classes
    from kubectl_ingress.inventory.serving import served_by_others

    there, beside = removal.belongings, job.chart.all if job.chart else ()
    classes = there.of_kind("IngressClass")
    going = {reader_of(each).meta().uid for each in (*there.objects, *beside)}
    try:
        served = served_by_others(job.cluster, classes, going)
    except ApiForbidden as error:
        named = ", ".join(reader_of(each).meta().name for each in classes)
        why = f"whether another controller serves class {named} too is not known: {error.sentence}"
        return removal, (why,)
    return leave_classes(job.cluster, removal, served), ()


def _objects(job: _Job, removal: Removal) -> str:
    count = len(removal.objects)
    said = f"{count} object{'' if count == 1 else 's'}"
    if job.chart is None:
        return said
    return f"{job.chart.record.release.title} ({len(job.chart.objects)} objects) and {said}"


def _kept(job: _Job) -> tuple[str, ...]:
    return job.chart.kept if job.chart else ()


def _without_controller(losing: tuple[str, ...] | None) -> str:
    if losing is None:
        return "you may not list ingresses, so it is not known which lose their controller"
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
    if job.controller != _NAME:
        words = [_COMMAND, job.controller, *(["--crds"] if job.crds else []), "--yes"]
    elif removal.belongings.namespace:
        words += ["--namespace", removal.belongings.namespace]
    elif job.class_name:
        words += ["--class", job.class_name]
    if environment.is_terminal(environment.stdin):
        for each in (*(job.chart.shown if job.chart else ()), *removal.objects):
            print(f"  {printable(qualified_name(each))}", file=environment.stderr)
    confirm(
        environment,
        f"Delete {_objects(job, removal)}?",
        would=f"{_objects(job, removal)} would be deleted",
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

    deadline = environment.monotonic() + seconds
    _remove_release(job, seconds, remark)
    if job.dry_run is DryRun.CLIENT:
        for live in removal.objects:
            after(live)
        return
    uninstall = Uninstall(job.cluster, removal, environment, deadline, after, say)
    if job.dry_run is DryRun.SERVER:
        uninstall.rehearse()
        return
    try:
        stays = uninstall.carry_out()
    except (IngressError, KeyboardInterrupt):
        said = _objects(replace(job, chart=None), removal)
        say(f"{deleted} of {said} deleted. The same command goes on from there.")
        raise
    if stays:
        show_facts(
            environment.stderr, [("Kept", f"namespace {removal.belongings.namespace}: {stays}")]
        )


def _remove_release(job: _Job, seconds: float, remark: str) -> None:
    """What helm has made, by helm."""
    from kubectl_ingress.core.kinds import qualified_name
    from kubectl_ingress.core.text import printable
    from kubectl_ingress.install.chart_removal import remove_release

    if job.chart is None:
        return
    if job.dry_run is DryRun.NONE:
        remove_release(job.cluster, job.chart, seconds)
    for live in job.chart.shown:
        name = printable(qualified_name(live))
        print(f"{name} deleted by helm{remark}", file=job.environment.stdout)
