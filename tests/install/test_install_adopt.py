"""Taking over what others installed: what is shown, asked, written, and left alone."""

from __future__ import annotations

import copy
import io
from typing import Any

import pytest

from kubectl_ingress.__main__ import main
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiConflict, ApiForbidden, ApiRefused, ExitStatus, NotOurs
from kubectl_ingress.install.adopt import advice, keeps_balancer, take_over
from kubectl_ingress.install.adopted_controller import staying
from kubectl_ingress.install.differences import ABSENT, Difference, differences
from kubectl_ingress.install.field_owners import handed_over, our_entry, owns
from kubectl_ingress.install.manifests import build
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.plan import Fate, Plan, make_plan
from kubectl_ingress.install.settings import CONTROLLER_NAME, INSTALLED_BY, Settings
from kubectl_ingress.install.strangers import check_neighbours
from kubectl_ingress.install.surroundings import Neighbour
from kubectl_ingress.install.versions import VERSIONS
from kubectl_ingress.providers import Options, Surroundings, Variant
from kubectl_ingress.providers.aws import PROVIDER
from tests.install.world import NS, Result, World

AWS = Settings(PROVIDER.decide(Surroundings(), Options()))
HELM = {"meta.helm.sh/release-name": "ingress-nginx", "meta.helm.sh/release-namespace": NS}


def theirs(settings: Settings = AWS) -> World:
    """A cluster with an installation as ours would be, made and marked by nobody."""
    world = World()
    for item in build(settings):
        obj: dict[str, Any] = copy.deepcopy(item)
        obj["metadata"]["annotations"].pop(INSTALLED_BY)
        if obj["kind"] != "Job":
            world.cluster.add(obj, manager="kubectl-client-side-apply")
    world.make_certificate()
    return world.becomes_ready(certificate=1, controller=2, balancer=3)


def planned(world: World, settings: Settings = AWS, *, adopt: bool = True) -> Plan:
    return make_plan(world.cluster, settings, build(settings), adopt=adopt)


def step(plan: Plan, title: str) -> Any:
    return next(each for each in plan.steps if each.title == title)


SERVICE, CONFIG = f"Service {CONTROLLER_NAME}", f"ConfigMap {CONTROLLER_NAME}"
DEPLOYMENT = f"Deployment {CONTROLLER_NAME}"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def install(world: World, *words: str, typed: str | None = None) -> Result:
    """As World.install, with somebody at a terminal who types."""
    out, err = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=io.StringIO() if typed is None else Terminal(typed),
        stdout=out,
        stderr=err,
        variables={},
        monotonic=lambda: world.now,
        sleep=world.sleep,
        make_cluster=lambda _environment, _options: world.cluster,
    )
    status = main(["install", *words], environment)
    return Result(status, out.getvalue(), err.getvalue())


def test_it_is_refused_without_the_word_and_taken_over_with_it():
    world = theirs()
    refused = install(world)
    assert refused.status is ExitStatus.COULD_NOT_RUN
    assert "16 objects are there already" in refused.err
    assert world.writes == []
    uids = {key: obj["metadata"]["uid"] for key, obj in world.cluster.objects.items()}
    done = install(world, "--adopt", "--yes")
    assert done.status is ExitStatus.OK, done.err
    assert "2 as they should be, 17 of others to take over" in done.said
    assert "nothing differs; only our mark is added" in done.err
    kept = {k: o["metadata"]["uid"] for k, o in world.cluster.objects.items() if k in uids}
    assert kept == uids
    before = len(world.writes)
    assert "19 as they should be" in install(world).said
    assert len(world.writes) == before


def test_without_a_terminal_the_command_to_type_is_said():
    world = theirs()
    result = install(world, "--adopt", "--version", "1.14.5")
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert "no terminal to ask on; nothing was changed" in result.err
    typed = "kubectl ingress install --adopt --version 1.14.5 --provider aws --yes"
    assert result.err.splitlines()[-1].strip() == typed
    assert world.writes == []


@pytest.mark.parametrize("typed", ["n\n", "\n", "", "yess\n"])
def test_only_a_yes_is_a_yes(typed):
    world = theirs()
    result = install(world, "--adopt", typed=typed)
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert "Take over these 17 objects? [y/N]" in result.err
    assert "not taken over; nothing was changed" in result.err
    assert world.writes == []


@pytest.mark.parametrize("typed", ["y\n", "Yes\n"])
def test_a_yes_is_enough(typed):
    assert install(theirs(), "--adopt", typed=typed).status is ExitStatus.OK


def test_where_nothing_is_of_others_nothing_is_asked():
    world = World().becomes_ready()
    assert install(world, "--adopt").status is ExitStatus.OK
    assert install(world, "--adopt").status is ExitStatus.OK


def test_a_dry_run_shows_it_and_asks_nothing():
    world = theirs()
    world.edit("Deployment", CONTROLLER_NAME)["spec"]["minReadySeconds"] = 7
    result = install(world, "--adopt", "--dry-run=server")
    assert result.status is ExitStatus.OK
    assert "    spec.minReadySeconds: 7 -> 0\n" in result.err
    assert world.writes == []
    offline = install(world, "--adopt", "--provider", "aws", "--dry-run=client")
    assert "nothing to take over" in offline.err


def test_objects_that_differ_alike_are_told_together():
    said = install(theirs(), "--adopt", "--version", "1.14.5").err
    path = "metadata.labels[app.kubernetes.io/version]: 1.15.1 -> 1.14.5"
    assert said.count(f"    {path}\n") == 2
    assert "containers[controller].image" in said


def arguments(world: World) -> list[str]:
    spec = world.edit("Deployment", CONTROLLER_NAME)["spec"]["template"]["spec"]
    found: list[str] = spec["containers"][0]["args"]
    return found


USERS_OWN = ["--enable-ssl-passthrough", "-v=3", "--default-ssl-certificate", "a/wild", "--"]


def test_flags_that_ours_do_not_speak_of_stay_at_later_installations_too():
    world = theirs()
    before = list(arguments(world))
    arguments(world)[:] = [before[0], *USERS_OWN, *before[1:]]
    assert install(world, "--adopt", "--yes").status is ExitStatus.OK
    kept = ["--enable-ssl-passthrough", "--v=3", "--default-ssl-certificate=a/wild"]
    assert arguments(world) == [*before, *kept]
    assert "19 as they should be" in install(world).said
    assert arguments(world) == [*before, *kept]


def test_a_flag_that_the_provider_decides_goes_and_that_is_said_before():
    world = theirs()
    arguments(world).append("--publish-status-address=1.2.3.4")
    said = install(world, "--adopt", typed="n\n").said
    assert "--publish-status-address of the controller goes: ours has the provider decide" in said
    assert "not taken over; nothing was changed" in said


def test_of_what_tells_the_address_only_ours_stays():
    """The controller does not start with both."""
    address = "--publish-status-address=localhost"
    assert staying(["--publish-service=a/b"], [address, "--v=2"]) == ("--v=2",)
    assert staying([address], ["--publish-service=a/b"]) == ()
    assert staying(["--v=3"], [address, "--v=2"]) == (address,)


TRAEFIK = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "traefik", "namespace": "traefik"},
    "spec": {
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": "traefik",
                        "image": "traefik:v3.7.11",
                        "args": ["--providers.kubernetesingressnginx=true"],
                    }
                ]
            }
        }
    },
}
CLASS_ALONE = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": "nginx"},
    "spec": {"controller": "k8s.io/ingress-nginx"},
}


def test_a_class_that_another_controller_serves_is_not_to_be_deleted():
    alone = install(World(CLASS_ALONE))
    assert "or remove it: kubectl delete ingressclass nginx" in alone.said
    world = World(CLASS_ALONE, TRAEFIK)
    served = install(world)
    assert "kubectl delete" not in served.err
    assert "since Traefik 3.7.11 (traefik/traefik) serves it, share the class" in served.said
    assert served.err.endswith("       kubectl ingress install --adopt\n")
    adopted = install(world, "--adopt", "--dry-run=server")
    assert adopted.status is ExitStatus.OK
    assert "KI206 Traefik 3.7.11 (traefik/traefik) serves class nginx too" in adopted.said
    assert "KI206" not in install(world, "--class", "own", "--dry-run=server").err


def test_who_serves_the_class_is_none_of_this_one_s_business_where_it_may_not_be_seen():
    world = World(TRAEFIK)
    assert "KI206" in install(world, "--dry-run=server").err
    world.cluster.fail("GET", "/deployments$", ApiForbidden("no"))
    done = install(world, "--dry-run=server")
    assert done.status is ExitStatus.OK, done.err
    assert "KI206" not in done.err


def test_another_version_is_said_before():
    world = theirs(Settings(AWS.variant, VERSIONS["1.13.9"]))
    told = install(world, "--adopt", "--dry-run=server").said
    assert "ingress-nginx 1.13.9 becomes 1.15.1; to keep it: --version 1.13.9" in told
    kept = install(world, "--adopt", "--version", "1.13.9", "--dry-run=server").said
    assert "becomes" not in kept


def test_what_was_interrupted_is_simply_done_again():
    world = theirs()
    plan = planned(world)
    for each in plan.steps[:9]:
        if each.fate is Fate.ADOPT:
            take_over(world.cluster, each)
    again = planned(world)
    assert {each.fate for each in again.steps[:9]} == {Fate.KEEP}
    assert len(again.taken) == 17 - 9
    assert install(world, "--adopt", "--yes").status is ExitStatus.OK


def test_what_is_left_alone_is_named():
    world = theirs()
    labels = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/instance": NS}
    for kind, name, more in (
        ("ConfigMap", "tcp", {}),
        ("ConfigMap", "another", {"app.kubernetes.io/instance": "another"}),
        ("ClusterRole", "extra", {}),
    ):
        meta: dict[str, Any] = {"name": name, "labels": {**labels, **more}}
        if KINDS[kind].namespaced:
            meta["namespace"] = NS
        world.cluster.add({"apiVersion": KINDS[kind].api_version, "kind": kind, "metadata": meta})
    assert planned(world).left_alone == ("ConfigMap tcp", "ClusterRole extra")
    assert "Left alone  ConfigMap tcp, ClusterRole extra" in install(world, "--adopt").err


def test_the_load_balancer_s_settings_stay_where_they_are_not_ours():
    world = theirs(Settings())
    world.edit("ConfigMap", CONTROLLER_NAME)["data"] = {"a": "b"}
    before = copy.deepcopy(world.edit("Service", CONTROLLER_NAME))
    plan = planned(world)
    service = step(plan, SERVICE)
    assert service.fate is Fate.ADOPT
    assert service.changes == ()
    assert {each.ours for each in service.kept} == {"tcp", "true", "nlb"}
    assert step(plan, CONFIG).changes == ()
    assert "keep their settings" in plan.notes[0]
    for each in plan.taken:
        take_over(world.cluster, each)
    after = copy.deepcopy(world.edit("Service", CONTROLLER_NAME))
    assert after["metadata"]["annotations"].pop(INSTALLED_BY)
    assert (after["spec"], after["metadata"]["annotations"]) == (
        before["spec"],
        before["metadata"]["annotations"],
    )
    assert world.edit("ConfigMap", CONTROLLER_NAME)["data"] == {"a": "b"}


def test_a_setting_of_the_configuration_alone_is_kept_too():
    """The PROXY protocol must be on at both ends of a connection, or off."""
    world = theirs(Settings())
    wanted = Settings(Variant(config={"use-proxy-protocol": "true"}))
    plan = planned(world, wanted)
    assert step(plan, CONFIG).manifest.get("data") is None
    assert [each.ours for each in step(plan, CONFIG).kept] == ["true"]


def entry(manager: str, fields: dict[str, Any], operation: str = "Update", **more: str) -> Any:
    return {"manager": manager, "operation": operation, "fieldsV1": fields, **more}


def owned(*entries: Any, **annotations: str) -> dict[str, Any]:
    return {"metadata": {"annotations": annotations, "managedFields": list(entries)}}


def test_that_we_never_set_the_type_tells_that_it_was_taken_over_with_care():
    ours = {"f:spec": {"f:selector": {}}}
    marked = {INSTALLED_BY: "1"}
    assert keeps_balancer(owned(entry("kubectl-ingress", ours, "Apply"), **marked))
    whole = {"f:spec": {"f:selector": {}, "f:type": {}}}
    assert not keeps_balancer(owned(entry("kubectl-ingress", whole, "Apply"), **marked))
    # Somebody else's, and one of which nothing is known.
    assert not keeps_balancer(owned(entry("kubectl-ingress", ours, "Apply")))
    assert not keeps_balancer(owned(**marked))
    assert not keeps_balancer(None)


def test_fields_pass_to_us_and_what_ours_do_not_speak_of_stays_theirs():
    labels = {"f:metadata": {"f:labels": {".": {}, "f:a": {}, "f:b": {}}}}
    ours = entry("kubectl-ingress", {"f:metadata": {"f:labels": {"f:a": {}}}}, "Apply")
    status = entry("controller", {"f:metadata": {"f:labels": {"f:a": {}}}}, subresource="status")
    earlier = entry("kubectl-ingress", {"f:spec": {}}, "Apply")
    passed = handed_over(owned(entry("helm", labels), status, earlier), ours)
    left = {"f:metadata": {"f:labels": {".": {}, "f:b": {}}}}
    assert passed == [ours, entry("helm", left), status]


def test_an_owner_of_nothing_is_dropped():
    fields = {"f:spec": {"f:ports": {".": {}, 'k:{"port":80}': {".": {}, "f:name": {}}}}}
    mine = {"f:spec": {"f:ports": {'k:{"port":80}': {".": {}, "f:name": {}}}}}
    ours = entry("kubectl-ingress", mine, "Apply")
    assert handed_over(owned(entry("helm", fields)), ours) == [ours]


def test_what_others_put_into_a_map_that_ours_leave_empty_stays_theirs():
    """``data: null`` of the ConfigMap is one leaf of ours; the settings in it are the user's."""
    data = entry("kubectl-edit", {"f:data": {".": {}, "f:proxy-body-size": {}}})
    ours = entry("kubectl-ingress", {"f:data": {}}, "Apply")
    assert handed_over(owned(data), ours) == [ours, data]


def test_hostile_managed_fields_are_borne():
    for fields in (None, "x", {"f:a": "x"}, {"f:a": {"f:b": 1}}):
        obj = {"metadata": {"managedFields": [{"manager": "x", "fieldsV1": fields}, "y", None]}}
        handed_over(obj, {"fieldsV1": {"f:a": {"f:c": {}}}})
        assert our_entry(obj) is None
    assert not owns({"fieldsV1": {"f:spec": "x"}}, "spec", "type")


def test_what_changed_since_it_was_shown_is_not_taken_over():
    world = theirs()
    found = step(planned(world), DEPLOYMENT)
    world.edit("Deployment", CONTROLLER_NAME)["spec"]["minReadySeconds"] = 9
    with pytest.raises(ApiConflict, match="was changed by another in the meantime"):
        take_over(world.cluster, found)
    assert world.writes == []


def test_a_status_that_is_written_at_the_same_moment_is_borne():
    world = theirs()
    found = step(planned(world), DEPLOYMENT)
    world.cluster.fail("PATCH", "deployments/", ApiConflict("changed"), times=2)
    take_over(world.cluster, found)
    world.cluster.fail("PATCH", "deployments/", ApiConflict("changed"))
    with pytest.raises(ApiConflict):
        take_over(world.cluster, found)


def test_fields_that_another_has_changed_in_ours_can_be_taken_over_again():
    world = theirs()
    install(world, "--adopt", "--yes")
    deployment = copy.deepcopy(world.edit("Deployment", CONTROLLER_NAME))
    deployment["spec"]["minReadySeconds"] = 9
    world.cluster.add(deployment, manager="kubectl-edit")
    refused = install(world)
    assert refused.status is ExitStatus.COULD_NOT_RUN
    assert "or take these fields over: kubectl ingress install --adopt" in refused.said
    assert "spec.minReadySeconds: 9 -> 0" in install(world, "--adopt", "--yes").said
    assert world.edit("Deployment", CONTROLLER_NAME)["spec"]["minReadySeconds"] == 0


def test_a_job_of_the_old_installation_is_made_again():
    world = theirs()
    job = copy.deepcopy(next(item for item in build(AWS) if item["kind"] == "Job"))
    del job["metadata"]["annotations"]  # type: ignore[attr-defined]
    world.cluster.add(job)
    world.cluster.fail("PATCH", "jobs/", ApiRefused("field is immutable"), times=1)
    plan = planned(world)
    assert [each.title for each in plan.taken if each.fate is Fate.REPLACE] == [
        "Job ingress-nginx-admission-create"
    ]
    assert "0 to change" in plan.summary


def test_a_namespace_for_more_than_this_stays_theirs():
    world = theirs()
    world.edit("Namespace", NS, "")["metadata"]["labels"] = {"team": "web"}
    plan = planned(world)
    assert step(plan, f"Namespace {NS}").fate is Fate.USE
    assert plan.summary.endswith(f"Namespace {NS} of others used")


def cannot(world: World, settings: Settings = AWS) -> NotOurs:
    with pytest.raises(NotOurs) as caught:
        planned(world, settings)
    assert "nothing was changed" in caught.value.sentence
    assert world.writes == []
    return caught.value


def test_another_selector_cannot_be_taken_over():
    world = theirs()
    labels = world.edit("Deployment", CONTROLLER_NAME)["spec"]["selector"]["matchLabels"]
    labels["app.kubernetes.io/instance"] = "web"
    meta = world.edit("Deployment", CONTROLLER_NAME)["metadata"]
    meta["annotations"] = {**HELM, "meta.helm.sh/release-name": "web"}
    meta["labels"]["app.kubernetes.io/managed-by"] = "Helm"
    error = cannot(world)
    assert "app.kubernetes.io/instance=web" in error.sentence
    assert "(Helm release ingress-nginx/web)" in error.sentence
    assert "helm uninstall web -n ingress-nginx" in error.next_step


def test_what_the_api_server_does_not_let_change_cannot_be_taken_over():
    world = theirs()
    world.cluster.fail("PATCH", "ingressclasses/", ApiRefused("controller: field is immutable"))
    error = cannot(world)
    assert "IngressClass nginx cannot become what it should be: controller" in error.sentence


@pytest.mark.parametrize(
    ("there", "wanted", "says"),
    [
        ("NodePort", "LoadBalancer", "--provider baremetal"),
        ("LoadBalancer", "NodePort", "aws or cloud"),
        ("ClusterIP", "LoadBalancer", "edit service"),
    ],
)
def test_another_type_of_service_is_refused_with_what_fits(there, wanted, says):
    world = theirs()
    world.edit("Service", CONTROLLER_NAME)["spec"]["type"] = there
    error = cannot(world, Settings(Variant(service_type=wanted)))
    assert f"is of type {there}, and ours would make it {wanted}" in error.sentence
    assert says in error.next_step


def test_a_webhook_of_another_name_that_asks_the_same_controller_is_refused():
    """It would be left behind at an uninstall, and refuse every Ingress then."""
    world = theirs()
    webhook = copy.deepcopy(
        world.edit("ValidatingWebhookConfiguration", "ingress-nginx-admission", "")
    )
    webhook["metadata"]["name"] = "web-ingress-nginx-admission"
    world.cluster.add(webhook)
    error = cannot(world)
    assert "web-ingress-nginx-admission asks this controller" in error.sentence


@pytest.mark.parametrize("adopt", [False, True])
@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("web-ingress-nginx-controller", "Deployment", "--namespace NAME --class NAME"),
        (CONTROLLER_NAME, "DaemonSet", "--provider exoscale"),
    ],
)
def test_a_controller_of_another_name_or_kind(name, kind, says, adopt):
    found = Neighbour(NS, name, "nginx", "k8s.io/ingress-nginx", kind)
    with pytest.raises(NotOurs, match=f"{kind} {name}") as caught:
        check_neighbours(AWS, [found], adopt=adopt)
    assert says in caught.value.next_step
    assert ("cannot be taken over" in caught.value.sentence) is adopt


def live(**meta: Any) -> dict[str, Any]:
    return {"kind": "Service", "metadata": {"name": "x", **meta}}


def test_advice_is_about_what_the_old_owners_still_may_do():
    applied = live(annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}"})
    helm = live(annotations=HELM, labels={"app.kubernetes.io/managed-by": "Helm"})
    flux = live(labels={"kustomize.toolkit.fluxcd.io/name": "web"})
    said = advice([applied, helm, flux, applied])
    assert len(said) == 3
    assert "Flux Kustomization ?/web sets its objects back by itself" in said[0]
    assert "delete secret -l owner=helm,name=ingress-nginx" in said[1]
    assert "put the old manifest away" in said[2]
    assert advice([live()]) == ()


def pod(**container: Any) -> Manifest:
    return {"kind": "Deployment", "spec": {"containers": [{"name": "c", **container}]}}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (pod(image="a"), pod(image="b"), [("spec.containers[c].image", "a", "b")]),
        (pod(), pod(tty=True), [("spec.containers[c].tty", ABSENT, "true")]),
        (
            pod(args=["--a=1", "--b"]),
            pod(args=["--a=2", "--c"]),
            [
                ("spec.containers[c].args[--a]", "--a=1", "--a=2"),
                ("spec.containers[c].args[--b]", "--b", ABSENT),
                ("spec.containers[c].args[--c]", ABSENT, "--c"),
            ],
        ),
        (
            pod(args=["--a", "--b"]),
            pod(args=["--b", "--a"]),
            [("spec.containers[c].args", "2 items", "the same 2 in another order")],
        ),
        (
            pod(args=["-v", "-v"]),
            pod(args=["-v"]),
            [("spec.containers[c].args", '["-v", "-v"]', '["-v"]')],
        ),
        (
            {"metadata": {"labels": {"a.b/c": "1"}}},
            {"metadata": {"labels": {"a.b/c": " "}}},
            [("metadata.labels[a.b/c]", "1", '" "')],
        ),
        ({"a": {}}, {"a": None}, []),
        ({"a": "x"}, {"a": ["y"]}, [("a", "x", '["y"]')]),
        ({"status": 1}, {"status": 2}, []),
        (
            {"kind": "Secret", "data": {"k": "a"}},
            {"kind": "Secret", "data": {"k": "b"}},
            [("data.k", "(hidden)", "(hidden)")],
        ),
    ],
)
def test_differences_are_short_and_in_a_fixed_order(before, after, found):
    assert differences(before, after) == tuple(Difference(*each) for each in found)


def test_long_values_are_cut_in_the_middle_and_digests_too():
    digest = "sha256:" + "0123456789abcdef" * 4
    (one,) = differences({"a": f"r/i:v1@{digest}"}, {"a": "x" * 200})
    assert one.theirs == "r/i:v1@sha256:01234567…"
    assert len(one.ours) == 73
