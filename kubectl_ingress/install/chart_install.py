"""Installing a chart by helm: planned, taken on from wherever it stands, and undone where it fails.

`helm upgrade --install` without its own waiting: helm writes within seconds
what it has to, so that there is little time to break off in the middle of, and
how it gets on is shown from here. Its --atomic would remove a first
installation that is only slow, with the load balancer's address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.errors import ApiForbidden, IngressError, InputError
from kubectl_ingress.install.chart_objects import (
    Located,
    Objects,
    beside_chart,
    locate_all,
    read_chart,
    read_definitions,
)
from kubectl_ingress.install.chart_plan import ChartPlan, plan_chart
from kubectl_ingress.install.chart_release import Record, label, mend, release_of
from kubectl_ingress.install.chart_values import beside, merged, values_for
from kubectl_ingress.install.contents import served
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.marks import recipe_mark
from kubectl_ingress.install.own_manifest import Item, defined
from kubectl_ingress.install.own_plan import OwnPlan, apply_own_plan, make_own_plan
from kubectl_ingress.install.plan import Plan, Step
from kubectl_ingress.install.recipe_manifest import Place
from kubectl_ingress.install.recipe_traps import check_class
from kubectl_ingress.install.which import controllers
from kubectl_ingress.ports.helm import Helm
from kubectl_ingress.recipes import Chart

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster


class Rendered(Struct, frozen=True):
    """A chart with its values: `kept` are the paths of those that somebody else has set.

    `same`: the release is at this version with these values already.
    """

    values: Mapping[str, object]
    objects: Objects
    kept: tuple[str, ...] = ()
    same: bool = False


class Prepared(Struct, frozen=True):
    """All that is to be done to a cluster; `beside` by this program, `chart` by helm."""

    record: Record
    file: Path
    rendered: Rendered
    located: Located
    beside: OwnPlan
    chart: ChartPlan

    @property
    def plan(self) -> Plan:
        """Both as one, for people."""
        unchecked = self.beside.plan.unchecked + self.chart.plan.unchecked
        return Plan((*self.beside.plan.steps, *self.chart.plan.steps), unchecked)

    @property
    def runs_helm(self) -> bool:
        """Whether helm has anything to do."""
        return not self.rendered.same or self.chart.writes


def render(
    cluster: Cluster | None,
    helm: Helm,
    name: str,
    recipe: Chart,
    place: Place,
    file: Path,
    record: Record,
) -> Rendered:
    """The chart as it is to be here; `cluster` is None where none is asked."""
    title = f"chart {recipe.chart} {recipe.version}"
    mark, ours = recipe_mark(name, recipe.version), values_for(recipe, place)
    before = helm.values(record.release) if record.is_there else {}
    values = merged(before, ours)
    definitions = read_definitions(helm.definitions(file), title, mark)
    version, apis = ("", ()) if cluster is None else _capabilities(cluster)
    brought = (kind for obj, _ in definitions for kind in defined(obj))
    data = helm.template(
        record.release,
        file,
        values,
        upgrade=record.is_there,
        kubernetes=version,
        apis=(*apis, *(f"{kind.api_version}/{kind.name}" for kind in brought)),
    )
    made = beside_chart(cluster, name, recipe, definitions, mark)
    at_it = _number(record.version(recipe.chart)) == _number(recipe.version)
    is_up = record.last is not None and record.last.status == "deployed"
    chart, hooks = read_chart(data, title)
    same = at_it and is_up and before == values
    objects = replace(made, chart=chart, hooks=hooks)
    return Rendered(values, objects, beside(before, ours), same)


def prepare(
    cluster: Cluster,
    helm: Helm,
    name: str,
    recipe: Chart,
    file: Path,
    record: Record,
    rendered: Rendered,
    located: Located,
) -> Prepared:
    """Look at all that it would change. Raises NotOurs, ApiForbidden, and what is refused."""
    own = make_own_plan(cluster, located.beside)
    before = _before(cluster, helm, recipe, record)
    # A chart that draws keys when it is rendered would change without need.
    wanted = before if rendered.same and before else located.chart
    plan = plan_chart(cluster, name, release_of(recipe), wanted, before)
    return Prepared(record, file, rendered, located, own, plan)


def traps(
    cluster: Cluster, name: str, recipe: Chart, record: Record, objects: Objects
) -> list[Finding]:
    """What is to be known before. Raises NotOurs (KI206) where the class is another's."""
    found = list(objects.told)
    if record.is_there:
        return found
    found += check_class(cluster, name, recipe, recipe.class_name, objects.all)
    if recipe.makes_class is None or recipe.class_kind != "IngressClass":
        return found
    try:
        others = [each for each in controllers(cluster) if recipe.class_name in each.classes]
    except ApiForbidden:
        return found
    for each in others[:1]:
        text = (
            f"{each.title} serves class {recipe.class_name} too: both answer, and write their "
            "addresses into the same Ingresses in turn, until one of them goes. kubectl ingress "
            "uninstall leaves the class to the other"
        )
        found.append(Finding("KI206", "warning", text))
    return found


def _number(version: str) -> str:
    return version.removeprefix("v")


def _capabilities(cluster: Cluster) -> tuple[str, tuple[str, ...]]:
    """The cluster's version, and all kinds that it serves: what templates ask for."""
    version = reader_of(cluster.request("GET", "/version")).text("gitVersion")
    kinds = list(served(cluster, []))
    versions = dict.fromkeys(kind.api_version for kind in kinds)
    return version, (*versions, *(f"{kind.api_version}/{kind.name}" for kind in kinds))


def _before(cluster: Cluster, helm: Helm, recipe: Chart, record: Record) -> list[Item]:
    if not record.is_there:
        return []
    try:
        objects, _ = read_chart(helm.manifest(record.release), record.release.title)
        return locate_all(cluster, recipe, Objects((), objects)).chart
    except InputError:
        # Of a kind that is served no more: helm itself will tell.
        return []


def carry_out(
    cluster: Cluster,
    helm: Helm,
    name: str,
    prepared: Prepared,
    environment: Environment,
    hooks: float,
    after: Callable[[Step], None],
) -> None:
    """Do it; `hooks` is how many seconds each hook may take.

    Where helm fails at a change, what ran before is brought back. Raises what
    failed, which says how it stands.
    """
    record = mend(helm, prepared.record, hooks)
    apply_own_plan(cluster, prepared.beside, environment, after)
    if not prepared.runs_helm:
        return
    labels = label(name)
    try:
        helm.upgrade(record.release, prepared.file, prepared.rendered.values, labels, hooks)
    except IngressError as error:
        _take_back(helm, name, record, hooks, error)
        raise


def _take_back(helm: Helm, name: str, record: Record, hooks: float, error: IngressError) -> None:
    """Add to an error how it stands now, after going back where there is something to go to."""
    again = "the same command again goes on from there"
    removed = f"kubectl ingress uninstall {name}"
    try:
        go_back(helm, record, hooks)
    except IngressError as second:
        error.next_step = f"going back failed too: {second.sentence}\n{again}"
        return
    if record.is_there and record.deployed is not None:
        error.sentence += f"; {record.release.title} is as it was ({record.deployed.chart})"
        error.next_step = error.next_step or "change what it names, then run the command again"
    else:
        error.next_step = f"what was applied stays; {again}\nor remove it: {removed}"


def go_back(helm: Helm, record: Record, hooks: float) -> bool:
    """Bring the release back to what ran at the time of `record`; False for nothing to do."""
    if not record.is_there or record.deployed is None:
        return False
    now = helm.history(record.release)
    if now and now[-1] == record.deployed:
        return False
    helm.rollback(record.release, record.deployed.number, hooks)
    return True
