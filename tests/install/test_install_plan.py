"""What an installation would change, and what it leaves alone."""

from __future__ import annotations

import io
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.env import Environment
from kubectl_ingress.errors import (
    ApiConflict,
    ApiForbidden,
    ApiNotFound,
    ApiRefused,
    ApiUnreachable,
    NotOurs,
    NotReady,
)
from kubectl_ingress.install.apply import apply_plan, await_namespace, delete_and_wait
from kubectl_ingress.install.manifests import build
from kubectl_ingress.install.plan import Fate, Plan, make_plan
from kubectl_ingress.install.settings import INSTALLED_BY, Settings
from kubectl_ingress.install.strangers import check_neighbours
from kubectl_ingress.install.surroundings import Neighbour, neighbours
from kubectl_ingress.ports.answers import FieldsOwned
from kubectl_ingress.providers import Variant
from tests.install.world import NS, World

SETTINGS = Settings(Variant(service_annotations={"a": "b"}))


def planned(world: World, settings: Settings = SETTINGS) -> Plan:
    return make_plan(world.cluster, settings, build(settings))


def fates(plan: Plan) -> dict[str, Fate]:
    return {step.title: step.fate for step in plan.steps}


def applied(settings: Settings = SETTINGS) -> World:
    world = World()
    carry_out(world, planned(world, settings))
    return world


def clock_of(world: World) -> Environment:
    """An Environment that has nothing but the world's time."""
    return Environment(stderr=io.StringIO(), monotonic=lambda: world.now, sleep=world.sleep)


def carry_out(world: World, plan: Plan) -> None:
    apply_plan(world.cluster, plan, clock_of(world), lambda step: None)


def test_an_empty_cluster_gets_all_of_it_and_is_only_read_before():
    world = World()
    plan = planned(world)
    assert set(fates(plan).values()) == {Fate.CREATE}
    assert plan.summary == "19 objects to create, 0 to change, 0 of others touched"
    assert world.writes == []
    # The 12 in the namespace cannot be checked before it exists; the 7 others were.
    assert plan.unchecked == 12
    rehearsed = [r for r in world.cluster.requests if r.query.get("dryRun") == "All"]
    assert len(rehearsed) == 7


def test_what_was_applied_is_as_it_should_be():
    world = applied()
    world.make_certificate()
    before = len(world.writes)
    plan = planned(world)
    assert set(fates(plan).values()) == {Fate.KEEP, Fate.DONE}
    assert "0 objects to create, 0 to change, 19 as they should be" in plan.summary
    carry_out(world, plan)
    assert len(world.writes) == before


def test_what_differs_is_changed_and_named():
    world = applied()
    world.make_certificate()
    plan = planned(world, Settings(Variant(service_annotations={"a": "c"}), replicas=3))
    assert [s.title for s in plan.steps if s.writes] == [
        "Service ingress-nginx-controller",
        "Deployment ingress-nginx-controller",
    ]
    assert "2 to change (Service ingress-nginx-controller, Deployment" in plan.summary
    carry_out(world, plan)
    assert world.edit("Deployment", "ingress-nginx-controller")["spec"]["replicas"] == 3


def test_what_was_deleted_is_made_again():
    world = applied()
    world.make_certificate()
    del world.cluster.objects["Service", NS, "ingress-nginx-controller"]
    assert [s.title for s in planned(world).steps if s.fate is Fate.CREATE] == [
        "Service ingress-nginx-controller"
    ]


@pytest.mark.parametrize(
    ("kind", "name", "fate"),
    [
        ("Job", "ingress-nginx-admission-create", Fate.DONE),
        ("Service", "ingress-nginx-controller", Fate.CREATE),
    ],
)
def test_what_goes_while_it_is_looked_at(kind: str, name: str, fate: Fate):
    world = applied()
    world.make_certificate(keep_jobs=True)

    def go(asked: Any) -> None:
        if asked.method == "PATCH" and asked.path.endswith(name):
            world.cluster.objects.pop((kind, NS, name), None)

    world.cluster.on_request = go
    assert fates(planned(world))[f"{kind} {name}"] is fate


@pytest.mark.parametrize("since_it_was_read", [False, True])
@pytest.mark.parametrize(
    ("kind", "name", "certified", "fate"),
    [
        ("Job", "ingress-nginx-admission-create", True, Fate.DONE),
        ("Job", "ingress-nginx-admission-create", False, Fate.REPLACE),
        ("Service", "ingress-nginx-controller", True, Fate.REPLACE),
    ],
)
def test_what_is_being_deleted_is_not_written_to(
    kind: str, name: str, certified: bool, fate: Fate, since_it_was_read: bool
):
    world = applied()
    if certified:
        world.make_certificate(keep_jobs=True)

    def begin(asked: Any = None) -> None:
        if asked is None or (asked.method == "PATCH" and asked.path.endswith(name)):
            # As foreground deletion does, which waits for the pods.
            world.edit(kind, name)["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    if since_it_was_read:
        world.cluster.on_request = begin
    else:
        begin()
    plan = planned(world)
    step = next(step for step in plan.steps if step.title == f"{kind} {name}")
    assert step.fate is fate
    assert not step.changes
    assert not step.taken
    assert ("1 to change" in plan.summary) is (fate is Fate.REPLACE)


@pytest.mark.parametrize("missing", ["Secret", "caBundle", "other CA"])
def test_the_jobs_run_again_when_the_certificate_is_not_whole(missing):
    world = applied()
    world.make_certificate()
    webhook = world.edit("ValidatingWebhookConfiguration", "ingress-nginx-admission", "")
    if missing == "Secret":
        del world.cluster.objects["Secret", NS, "ingress-nginx-admission"]
    elif missing == "caBundle":
        del webhook["webhooks"][0]["clientConfig"]["caBundle"]
    else:
        webhook["webhooks"][0]["clientConfig"]["caBundle"] = "b3RoZXI="
    found = fates(planned(world))
    assert found["Job ingress-nginx-admission-create"] is Fate.CREATE
    assert found["Job ingress-nginx-admission-patch"] is Fate.CREATE


def test_objects_of_others_stop_it_before_anything_is_written():
    world = World(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": "nginx"},
        }
    )
    with pytest.raises(
        NotOurs, match=r"IngressClass nginx is .*KI708.*nothing was changed"
    ) as caught:
        planned(world)
    assert "--class NAME" in caught.value.next_step
    assert world.writes == []


def test_many_objects_of_others_are_all_named():
    world = applied()
    for obj in world.cluster.objects.values():
        obj["metadata"].get("annotations", {}).pop(INSTALLED_BY, None)
    with pytest.raises(NotOurs, match=r"18 objects are there already .*KI708") as caught:
        planned(world)
    steps = " ".join(caught.value.next_step.split())
    assert "ServiceAccount ingress-nginx, ingress-nginx-admission; Role" in steps
    assert "kubectl ingress install --adopt" in steps
    assert "--namespace NAME --class NAME" in steps


def test_a_namespace_of_others_is_used_and_not_changed():
    world = World({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}})
    plan = planned(world)
    assert fates(plan)[f"Namespace {NS}"] is Fate.USE
    assert plan.summary.endswith(f"Namespace {NS} of others used")
    assert plan.unchecked == 0
    carry_out(world, plan)
    assert "labels" not in world.edit("Namespace", NS, "")["metadata"]
    assert fates(planned(world))[f"Namespace {NS}"] is Fate.USE


def test_a_field_that_another_manager_set_is_named_before_anything_is_written():
    world = applied()
    deployment = dict(world.edit("Deployment", "ingress-nginx-controller"))
    deployment["spec"] = {**deployment["spec"], "minReadySeconds": 9}
    world.cluster.add(deployment, manager="kubectl-edit")
    before = len(world.writes)
    with pytest.raises(FieldsOwned, match=r"kubectl-edit .*minReadySeconds"):
        planned(world, Settings(Variant(service_annotations={"a": "changed"})))
    assert len(world.writes) == before


def test_a_missing_permission_stops_it_before_anything_is_written():
    world = World()
    world.cluster.fail("PATCH", "clusterroles/ingress-nginx$", ApiForbidden("may not escalate"))
    with pytest.raises(ApiForbidden, match="escalate"):
        planned(world)
    assert world.writes == []


def test_what_is_only_missing_because_nothing_is_made_yet_does_not_stop_it():
    world = World()
    error = ApiNotFound("there is no clusterrole ingress-nginx")
    world.cluster.fail("PATCH", "clusterrolebindings/", error)
    assert set(fates(planned(world)).values()) == {Fate.CREATE}


def failed_job(world: World) -> None:
    status = {"conditions": [{"type": "Failed", "status": "True"}]}
    world.edit("Job", "ingress-nginx-admission-create")["status"] = status


def immutable_job(world: World) -> None:
    world.cluster.fail("PATCH", "jobs/.*create$", ApiRefused("field is immutable"), times=1)


@pytest.mark.parametrize("spoil", [failed_job, immutable_job])
def test_a_job_that_failed_or_cannot_be_changed_is_made_again(spoil):
    world = applied()
    spoil(world)
    old = world.edit("Job", "ingress-nginx-admission-create")["metadata"]["uid"]
    plan = planned(world)
    assert fates(plan)["Job ingress-nginx-admission-create"] is Fate.REPLACE
    assert fates(plan)["Job ingress-nginx-admission-patch"] is Fate.KEEP
    carry_out(world, plan)
    assert world.edit("Job", "ingress-nginx-admission-create")["metadata"]["uid"] != old


def test_a_refusal_of_anything_else_is_an_error():
    world = applied()
    world.cluster.fail("PATCH", "services/ingress-nginx-controller$", ApiRefused("no"))
    with pytest.raises(ApiRefused, match="no"):
        planned(world, Settings(Variant(service_annotations={"a": "c"})))


def test_a_job_that_does_not_go_away_is_told():
    world = applied()
    failed_job(world)
    plan = planned(world)
    stuck = dict(world.edit("Job", "ingress-nginx-admission-create"))

    def keep(asked: Any) -> None:
        if asked.method == "GET" and asked.path.endswith("admission-create"):
            world.cluster.objects["Job", NS, "ingress-nginx-admission-create"] = stuck

    world.cluster.on_request = keep
    with pytest.raises(NotReady, match="does not go away"):
        carry_out(world, plan)


def test_a_conflict_half_way_leaves_what_was_applied():
    world = World()
    plan = planned(world)
    world.cluster.fail("PATCH", "services/ingress-nginx-controller$", ApiConflict("changed"))
    with pytest.raises(ApiConflict):
        carry_out(world, plan)
    # The last of them is the one that was refused, twice.
    assert len(world.writes) == 14
    assert world.writes[-2:] == ["PATCH ingress-nginx-controller"] * 2
    assert plan.left_over(12).startswith("12 of 19 objects were applied and stay.")
    assert plan.left_over(19) == ""


def test_a_conflict_of_one_moment_is_settled():
    world = World()
    plan = planned(world)
    world.cluster.fail("PATCH", "services/ingress-nginx-controller$", ApiConflict("changed"), 1)
    carry_out(world, plan)
    assert len(world.writes) == 20


def test_what_somebody_makes_at_the_same_moment_stays_theirs():
    world = World()
    plan = planned(world)
    world.cluster.fail("PATCH", "configmaps/", ApiConflict("exists already"), 1)

    def make(asked: Any) -> None:
        if asked.method == "PATCH" and "/configmaps/" in asked.path:
            meta = {"name": "ingress-nginx-controller", "namespace": NS}
            world.cluster.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})

    world.cluster.on_request = make
    with pytest.raises(ApiConflict, match="was made by another in the meantime, and is left"):
        carry_out(world, plan)
    assert "annotations" not in world.edit("ConfigMap", "ingress-nginx-controller")["metadata"]


def test_an_api_server_that_is_away_while_something_goes_is_waited_for():
    world = World()
    plan = planned(world)
    carry_out(world, plan)
    live = world.edit("Job", "ingress-nginx-admission-create")
    world.cluster.fail("GET", "jobs/", ApiUnreachable("refused the connection"), 3)
    began = world.now
    delete_and_wait(world.cluster, live, clock_of(world))
    assert world.now == began + 3
    world = applied()
    live = world.edit("Job", "ingress-nginx-admission-create")
    world.cluster.fail("GET", "jobs/", ApiUnreachable("refused the connection"))
    with pytest.raises(ApiUnreachable):
        delete_and_wait(world.cluster, live, clock_of(world))


def terminating(world: World) -> None:
    meta = {"name": NS, "deletionTimestamp": "2026-01-01T00:00:00Z"}
    world.cluster.add({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})


def test_a_terminating_namespace_is_waited_for():
    world = World()
    terminating(world)
    world.at(7, lambda: world.cluster.objects.pop(("Namespace", "", NS)))
    loud = clock_of(world)
    await_namespace(world.cluster, SETTINGS, loud, world.now + 60)  # type: ignore[arg-type]
    assert 7 <= world.now - 1000 <= 8
    assert loud.stderr.getvalue().count("KI706") == 1


def test_a_namespace_that_stays_terminating_ends_it():
    world = World()
    terminating(world)
    with pytest.raises(NotReady, match="KI706") as caught:
        await_namespace(world.cluster, SETTINGS, clock_of(world), world.now + 9)
    assert world.now - 1000 <= 10
    assert "nothing was changed" in caught.value.sentence


def test_a_namespace_holds_one_installation_and_a_class_has_one():
    mine = Neighbour(NS, "ingress-nginx-controller", "nginx", "k8s.io/ingress-nginx")
    check_neighbours(SETTINGS, [mine])
    with pytest.raises(NotOurs, match="holds an installation of class nginx"):
        check_neighbours(Settings(class_name="other"), [mine])
    with pytest.raises(NotOurs, match=r"serves k8s\.io/ingress-nginx already"):
        check_neighbours(Settings(namespace="b"), [mine])
    check_neighbours(Settings(namespace="b", class_name="b"), [mine])


def test_one_of_ours_is_removed_and_one_of_others_taken_over():
    ours = Neighbour(NS, "ingress-nginx-controller", "nginx", "k8s.io/ingress-nginx", ours=True)
    for found, way in (
        (ours, "uninstall -n ingress-nginx"),
        (replace(ours, ours=False), "--adopt"),
    ):
        with pytest.raises(NotOurs) as caught:
            check_neighbours(Settings(namespace="b"), [found])
        assert caught.value.next_step.endswith(way)


def test_neighbours_are_read_from_the_arguments_of_what_runs():
    world = applied(Settings(namespace="x", class_name="y"))
    expected = Neighbour("x", "ingress-nginx-controller", "y", "k8s.io/y", ours=True)
    assert neighbours(world.cluster) == (expected,)
    world.cluster.fail("GET", "deployments$", ApiForbidden("no"))
    with pytest.raises(ApiForbidden):
        neighbours(world.cluster)
