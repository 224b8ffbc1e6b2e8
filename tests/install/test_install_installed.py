"""What is read back from the objects of an installation, and which one is meant."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_ingress.errors import ExitStatus
from kubectl_ingress.install.apply import apply_plan
from kubectl_ingress.install.changes import lines
from kubectl_ingress.install.detection import providers
from kubectl_ingress.install.history import template_to_go_back_to
from kubectl_ingress.install.installed import read_back
from kubectl_ingress.install.manifests import build
from kubectl_ingress.install.plan import make_plan
from kubectl_ingress.install.settings import CONTROLLER_NAME, Settings
from kubectl_ingress.install.versions import VERSIONS
from kubectl_ingress.install.which import choose
from kubectl_ingress.providers import Options, Surroundings
from tests.install.lasting import Lasting, image_of, replica_set
from tests.install.world import NS

OLD, NEW = VERSIONS["1.13.9"], VERSIONS["1.15.1"]
AROUND = Surroundings(class_controllers=frozenset({"ingress.k8s.aws/alb"}))
OPTIONS = (
    Options(acm_certificate="arn:aws:acm:x", proxy_cidr="10.0.0.0/16"),
    Options(True, "arn:aws:acm:y", "10.1.0.0/16"),
)


def with_objects(settings: Settings) -> Lasting:
    world = Lasting()
    plan = make_plan(world.cluster, settings, build(settings))
    apply_plan(world.cluster, plan, world, lambda step: None)  # type: ignore[arg-type]
    return world


@pytest.mark.parametrize("options", OPTIONS, ids=["public", "internal"])
@pytest.mark.parametrize("around", [Surroundings(), AROUND], ids=["", "lbc"])
@pytest.mark.parametrize("name", providers())
def test_what_is_read_back_makes_the_same_objects_again(
    name: str, around: Surroundings, options: Options
) -> None:
    provider = providers()[name]
    settings = Settings(
        variant=provider.variant(around, options),
        version=OLD,
        namespace="inner",
        class_name="inner",
        replicas=3 if name != "exoscale" else None,
        registry="mirror.example:5000/k8s",
    )
    world = with_objects(settings)
    kind = settings.variant.workload
    there = read_back(world.cluster, world.cluster.request("GET", path(kind, "inner")))
    assert build(there.settings) == build(settings)
    assert there.provider is not None
    assert there.provider.name == name


def path(kind: str, namespace: str = NS) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/{kind.lower()}s/{CONTROLLER_NAME}"


def test_an_image_of_one_s_own_is_read_back_as_such() -> None:
    settings = Settings(version=OLD, image="registry.example/build:v1.13.9-prime")
    world = with_objects(settings)
    there = read_back(world.cluster, world.cluster.request("GET", path("Deployment")))
    assert build(there.settings) == build(settings)
    assert there.settings.replicas is None


def test_a_release_that_is_not_made_here_is_read_back_and_left() -> None:
    older = replace(OLD, number="1.12.0", controller=replace(OLD.controller, tag="v1.12.0"))
    world = with_objects(Settings(version=older, registry="mirror.example"))
    there = read_back(world.cluster, world.cluster.request("GET", path("Deployment"))).settings
    assert (there.version.number, there.image, there.registry) == ("1.12.0", "", "mirror.example")
    world.make_certificate()
    world.settle()
    done = world.run("upgrade", "--version", "1.15.1")
    assert done.status is ExitStatus.OK, done.err
    assert image_of(world).startswith("mirror.example/ingress-nginx/controller:v1.15.1@")


def rolled_out(name: str) -> dict[str, str]:
    message = f'ReplicaSet "{name}" has successfully progressed.'
    return {"type": "Progressing", "reason": "NewReplicaSetAvailable", "message": message}


@pytest.mark.parametrize(
    ("ready", "expected"),
    [("rs-3", "current"), ("rs-1", "first"), ("gone", "second"), ("", "second")],
)
def test_what_was_ready_last_is_what_to_go_back_to(ready: str, expected: str) -> None:
    """Whether or not its pods are there now: they may fail for other reasons."""
    world = with_objects(Settings())
    live = world.edit("Deployment", CONTROLLER_NAME)
    named = {
        name: {"spec": {"containers": [{"name": "controller", "image": name}]}}
        for name in ("first", "second")
    }
    templates = {**named, "current": live["spec"]["template"]}
    for revision, name in enumerate(templates, 1):
        world.cluster.add(replica_set(world, str(revision), templates[name]))
    live["status"] = {"conditions": [rolled_out(ready)] if ready else []}
    assert template_to_go_back_to(world.cluster, live) == templates[expected]


def test_the_difference_names_few_and_counts_many() -> None:
    world = with_objects(Settings(version=OLD))
    world.make_certificate()
    settings = Settings(version=NEW)
    plan = make_plan(world.cluster, settings, build(settings))
    said = list(lines(plan.steps, ["Job a"]))
    assert said[0] == "Job a: deleted"
    assert any(line.startswith("16 objects: metadata.labels") for line in said), said
    steps = [replace(step, manifest=step.manifest) for step in plan.steps if not step.live]
    assert list(lines(steps)) == []


def test_choosing_among_installations() -> None:
    class One:
        def __init__(self, namespace: str, *classes: str) -> None:
            self.namespace, self.classes = namespace, classes

    a, b = One("a", "x"), One("b", "y")
    assert choose([a, b], "do it", "a", "") is a
    assert choose([a, b], "do it", "", "y") is b
    assert choose([a, b], "do it", "c", "") is None
    with pytest.raises(Exception, match=r"namespaces a \(class x\), b \(class y\)"):
        choose([a, b], "do it", "", "")
