"""``kubectl ingress uninstall``: what is its own, in which order it goes, and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.errors import ApiConflict, ApiForbidden, ExitStatus
from kubectl_ingress.install.belongings import find_belongings
from kubectl_ingress.install.contents import contents
from kubectl_ingress.install.settings import CONTROLLER_NAME, INSTALLED_BY
from kubectl_ingress.ports.answers import Overloaded
from tests.install.lasting import Lasting
from tests.install.world import CONTROLLER_LABELS, HOSTNAME, NS, Result, pod

WEBHOOK = "ingress-nginx-admission"


def installed(*words: str, world: Lasting | None = None) -> Lasting:
    world = world or Lasting()
    done = world.run("install", *words)
    assert done.status is ExitStatus.OK, done.err
    return world


def gone(world: Lasting, *words: str) -> Result:
    done = world.run("uninstall", "--yes", *words)
    assert done.status is ExitStatus.OK, done.err
    return done


def obj(kind: str, name: str, namespace: str = NS, **more: Any) -> dict[str, Any]:
    versions = {"Ingress": "networking.k8s.io/v1", "IngressClass": "networking.k8s.io/v1"}
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    meta |= more.pop("metadata", {})
    return {"apiVersion": versions.get(kind, "v1"), "kind": kind, "metadata": meta, **more}


def test_all_of_it_goes_the_webhook_first_and_the_namespace_last() -> None:
    world = installed()
    before = Lasting().state()
    done = gone(world)
    lines = done.out.splitlines()
    assert all(line.endswith(" deleted") for line in lines)
    named = [line.removesuffix(" deleted") for line in lines]
    assert named[:3] == [
        f"validatingwebhookconfiguration.admissionregistration.k8s.io/{WEBHOOK}",
        "ingressclass.networking.k8s.io/nginx",
        f"deployment.apps/{CONTROLLER_NAME}",
    ]
    assert named[3] == f"secret/{WEBHOOK}"
    assert named[-1] == f"namespace/{NS}"
    assert len(named) == 18
    assert world.state() == before
    assert f"Gives up    the address {HOSTNAME}" in done.err
    again = world.run("uninstall")
    assert (again.status, again.out) == (ExitStatus.OK, "Nothing to uninstall\n")


def test_every_deletion_names_the_very_object() -> None:
    world = installed()
    uids = {each["metadata"]["uid"] for each in world.cluster.objects.values()}
    gone(world)
    asked = [r for r in world.cluster.requests if r.method == "DELETE"]
    assert len(asked) == 18
    assert {r.body["preconditions"]["uid"] for r in asked} <= uids
    assert all(r.body["propagationPolicy"] == "Background" for r in asked)


def test_a_conflict_of_one_moment_is_settled() -> None:
    world = installed()
    world.cluster.fail("DELETE", "/services/", ApiConflict("changed by another"), 1)
    assert gone(world).out.count("deleted") == 18


def test_a_conflict_that_stays_is_told() -> None:
    world = installed()
    world.cluster.fail("DELETE", "/services/", ApiConflict("changed by another"))
    stopped = world.run("uninstall", "--yes")
    assert stopped.status is ExitStatus.COULD_NOT_RUN
    assert "error: changed by another" in stopped.err
    assert "of 18 objects deleted. The same command goes on" in stopped.err


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("count", range(1, 19))
def test_interrupted_anywhere_the_same_command_finishes_it(count: int, after: bool) -> None:
    world = installed()
    before = Lasting().state()
    world.interrupt_at(count, after=after, raises=KeyboardInterrupt)  # type: ignore[arg-type]
    stopped = world.run("uninstall", "--yes", "--class", "nginx")
    assert stopped.status is ExitStatus.INTERRUPTED
    assert f"{count - 1} of 18 objects deleted. The same command goes on" in stopped.err
    world.go_on()
    gone(world, "--class", "nginx")
    assert world.state() == before


@pytest.mark.parametrize("count", range(1, 20))
def test_what_an_interrupted_installation_made_goes_too(count: int) -> None:
    world = Lasting()
    before = world.state()
    world.interrupt_at(count, after=True, raises=KeyboardInterrupt)  # type: ignore[arg-type]
    world.run("install", "--no-wait")
    world.go_on()
    assert gone(world).out.count("deleted") == count
    assert world.state() == before


def test_only_what_is_marked_goes() -> None:
    labels = {"labels": CONTROLLER_LABELS}
    others = [
        obj("IngressClass", "other", "", metadata=labels),
        obj("ConfigMap", "theirs", "elsewhere", metadata=labels),
        obj("Namespace", "elsewhere", ""),
    ]
    world = installed(world=Lasting(*others))
    gone(world)
    assert {key[:1] + key[2:] for key in world.cluster.objects} == {
        ("IngressClass", "other"),
        ("ConfigMap", "theirs"),
        ("Namespace", "elsewhere"),
        ("Node", "n1"),
        ("EndpointSlice", f"{CONTROLLER_NAME}-admission-x"),
    }


def test_what_has_not_our_label_is_found_by_its_mark() -> None:
    world = installed()
    mark = {"annotations": {INSTALLED_BY: "0.0.1"}}
    world.cluster.add(obj("ConfigMap", "older", metadata=mark))
    assert "configmap/older deleted" in gone(world).out


def test_a_namespace_stays_with_what_others_have_in_it() -> None:
    world = installed()
    world.cluster.add(obj("ConfigMap", "mine"))
    world.cluster.add(obj("ConfigMap", "kube-root-ca.crt"))
    world.cluster.add(obj("ServiceAccount", "default"))
    owned = {"ownerReferences": [{"uid": "x", "kind": "Other", "name": "y"}]}
    world.cluster.add(obj("Secret", "owned", metadata=owned))
    done = gone(world)
    assert "Stays       namespace ingress-nginx, as long as it holds ConfigMap mine" in done.err
    assert "Kept        namespace ingress-nginx: it holds ConfigMap mine" in done.err
    assert "namespace/" not in done.out
    nothing = gone(world)
    assert nothing.out == ""
    del world.cluster.objects["ConfigMap", NS, "mine"]
    assert gone(world).out == f"namespace/{NS} deleted\n"


def test_what_comes_into_the_namespace_meanwhile_keeps_it() -> None:
    world = installed()

    def somebody(asked: Any) -> None:
        if asked.method == "DELETE":
            world.cluster.add(obj("ConfigMap", "new"))

    world.cluster.on_request = somebody
    done = gone(world)
    assert "Kept        namespace ingress-nginx: it holds ConfigMap new" in done.err


def test_a_namespace_that_others_made_stays() -> None:
    world = installed(world=Lasting(obj("Namespace", NS, "")))
    done = gone(world)
    assert "Stays       namespace ingress-nginx: others made it" in done.err
    assert ("Namespace", "", NS) in world.cluster.objects


def test_what_cannot_be_looked_at_may_be_there() -> None:
    world = installed()
    world.cluster.fail("GET", "/ingress-nginx/ingresses$", ApiForbidden("no"))
    done = gone(world)
    assert "it could not be seen whether it holds any ingresses.networking.k8s.io" in done.said
    world.cluster.discovers = False
    assert "every group of the API" in contents(world.cluster, NS).unknown
    # What is not about one kind would be so for each, after a wait of its own.
    world.cluster.request = overloaded  # type: ignore[method-assign]
    with pytest.raises(Overloaded):
        contents(world.cluster, NS)


def overloaded(*asked: object, **rest: object) -> dict[str, Any]:
    raise Overloaded("is overloaded")


def test_without_the_right_to_look_nothing_is_deleted() -> None:
    world = installed()
    world.cluster.may = lambda asked: (
        asked["verb"] != "*" and ((asked["verb"], asked["resource"]) != ("get", "services"))
    )
    stopped = world.run("uninstall", "--yes")
    assert stopped.status is ExitStatus.COULD_NOT_RUN
    assert "needed: get services in namespace ingress-nginx" in stopped.said
    assert "deleted" not in stopped.out


@pytest.mark.parametrize("what", ["older", "kubectl"])
def test_a_certificate_that_others_made_stays(what: str) -> None:
    world = installed()
    secret = world.edit("Secret", WEBHOOK)
    if what == "older":
        secret["metadata"]["creationTimestamp"] = "2020-01-01T00:00:00Z"
    else:
        applied = "kubectl.kubernetes.io/last-applied-configuration"
        secret["metadata"]["annotations"] = {applied: "{}"}
    done = gone(world)
    assert f"Stays       Secret {WEBHOOK}: others made it" in done.err
    assert ("Secret", NS, WEBHOOK) in world.cluster.objects
    assert ("Namespace", "", NS) in world.cluster.objects


def test_it_asks_at_a_terminal_and_refuses_without_one() -> None:
    world = installed()
    before = world.state()
    alone = world.run("uninstall")
    assert alone.status is ExitStatus.COULD_NOT_RUN
    assert "18 objects would be deleted, and there is no terminal to ask on" in alone.err
    assert "kubectl ingress uninstall --yes --namespace ingress-nginx" in alone.err
    for answer in ("", "\n", "no\n", "nope\n"):
        refused = world.run("uninstall", stdin=answer)
        assert refused.status is ExitStatus.COULD_NOT_RUN
        assert f"  service/{CONTROLLER_NAME}\n" in refused.err
        # Ctrl-D (the first) leaves the cursor behind the question.
        end = "\n" if answer == "" else ""
        assert f"Delete 18 objects? [y/N] {end}error: not deleted" in refused.err
    assert world.state() == before
    assert world.run("uninstall", stdin="y\n").status is ExitStatus.OK
    assert world.state() != before


@pytest.mark.parametrize("way", ["client", "server"])
def test_a_dry_run_keeps_everything_and_does_not_ask(way: str) -> None:
    world = installed()
    before = world.state()
    done = world.run("uninstall", f"--dry-run={way}")
    assert done.status is ExitStatus.OK
    remark = "(dry run)" if way == "client" else "(server dry run)"
    assert done.out.count(f" deleted {remark}\n") == 18
    assert world.state() == before
    asked = [r for r in world.cluster.requests if r.method == "DELETE"]
    # In the body, where the API server looks for it.
    assert [r.body.get("dryRun") for r in asked] == [["All"]] * (18 if way == "server" else 0)


def test_the_ingresses_that_lose_their_controller_are_named() -> None:
    legacy = {"annotations": {"kubernetes.io/ingress.class": "nginx"}}
    ingresses = [
        obj("Ingress", "field", "a", spec={"ingressClassName": "nginx"}),
        obj("Ingress", "legacy", "a", metadata=legacy),
        obj("Ingress", "none", "a"),
        obj("Ingress", "other", "a", spec={"ingressClassName": "other"}),
    ]
    world = installed(world=Lasting(*ingresses))
    shown = world.run("uninstall", "--dry-run=client")
    assert "Ingresses   a/field, a/legacy lose their controller" in shown.err
    world.cluster.fail("GET", "/ingresses$", ApiForbidden("no"))
    assert "it is not known which lose" in world.run("uninstall", "--dry-run=client").said


def test_a_controller_that_takes_those_without_a_class_too() -> None:
    world = installed("--provider", "kind", world=Lasting(obj("Ingress", "none", "a")))
    assert "a/none loses its controller" in world.run("uninstall", "--dry-run=client").err


def traefik(name: str = "traefik", **more: Any) -> dict[str, Any]:
    """Traefik, which serves the class of ingress-nginx by its spec.controller."""
    args = ["--providers.kubernetesingressnginx=true"]
    container = {"name": "traefik", "image": "docker.io/traefik:v3.7.11", "args": args}
    spec = {"template": {"spec": {"containers": [container]}}, **more}
    deployment = obj("Deployment", name, "traefik", spec=spec)
    return {**deployment, "apiVersion": "apps/v1"}


def test_a_class_that_another_controller_serves_too_is_left_to_it() -> None:
    world = installed(world=Lasting(obj("Ingress", "web", "a", spec={"ingressClassName": "nginx"})))
    world.cluster.add(traefik())
    before = world.state()
    tried = world.run("uninstall", "--dry-run=server")
    stays = (
        "Stays       IngressClass nginx, without our mark: Traefik 3.7.11 (traefik/traefik) serves"
    )
    assert stays in tried.err
    assert "none loses its controller" in tried.err
    assert world.state() == before
    done = gone(world)
    assert "17 objects to delete" in done.err
    assert "ingressclass" not in done.out
    left = world.edit("IngressClass", "nginx", "")
    assert INSTALLED_BY not in left["metadata"]["annotations"]
    assert left["spec"] == {"controller": "k8s.io/ingress-nginx"}
    assert world.run("uninstall").out == "Nothing to uninstall\n"


@pytest.mark.parametrize(
    "other",
    [
        traefik(replicas=0),
        traefik() | {"metadata": {"name": "x", "namespace": "y", "deletionTimestamp": "now"}},
        # Its own class, and nothing of ingress-nginx.
        traefik(
            template={"spec": {"containers": [{"name": "x", "image": "traefik:v3.7.11"}]}},
        ),
    ],
)
def test_a_class_that_nobody_else_serves_goes(other: dict[str, Any]) -> None:
    world = installed()
    world.cluster.add(other)
    assert "ingressclass.networking.k8s.io/nginx deleted" in gone(world).out


def test_where_it_cannot_be_told_who_serves_a_class_too_that_is_said() -> None:
    world = installed()
    world.cluster.fail("GET", "/apis/apps/v1/daemonsets$", ApiForbidden("you may not list"))
    done = world.run("uninstall", "--yes", "-n", NS)
    assert done.status is ExitStatus.OK, done.err
    assert "whether another controller serves class nginx too is not known: you may" in done.said
    assert "ingressclass.networking.k8s.io/nginx deleted" in done.out


@pytest.mark.parametrize("words", [("--class", "nosuch"), ("-n", "nosuch")])
def test_the_installations_that_were_not_meant_are_named(words: tuple[str, ...]) -> None:
    world = installed()
    done = world.run("uninstall", *words)
    assert (done.status, done.out) == (ExitStatus.OK, "Nothing to uninstall\n")
    there = "ingress-nginx in namespace ingress-nginx, class nginx: kubectl ingress uninstall"
    assert f"There is {there} --namespace ingress-nginx" in done.said


def test_pods_are_waited_for_before_their_rights_go() -> None:
    world = installed()
    owner = world.edit("Deployment", CONTROLLER_NAME)["metadata"]["uid"]
    owned = {"ownerReferences": [{"uid": owner}]}
    world.cluster.add(obj("ReplicaSet", "rs", metadata=owned) | {"apiVersion": "apps/v1"})
    replica_set = world.edit("ReplicaSet", "rs")["metadata"]["uid"]
    running = pod()
    running["metadata"]["ownerReferences"] = [{"uid": replica_set}]
    world.cluster.add(running)
    stranger = pod("stranger")
    stranger["metadata"]["ownerReferences"] = [{"uid": "somebody"}]
    world.cluster.add(stranger)
    late = world.run("uninstall", "--yes", "--timeout", "5s")
    assert late.status is ExitStatus.FAILED
    name = running["metadata"]["name"]
    assert f"waited in vain for its pods to end: Pod {name}" in late.err
    assert ("RoleBinding", NS, "ingress-nginx") in world.cluster.objects
    # Of a pod that ends already nothing tells any more whose it was.
    del world.cluster.objects["ReplicaSet", NS, "rs"]
    ending = world.edit("Pod", name)["metadata"]
    ending["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    world.at(world.now - 1000 + 7, lambda: world.cluster.objects.pop(("Pod", NS, name)))
    assert "Waiting for its pods to end" in gone(world).err


def test_what_does_not_go_away_is_told_with_what_holds_it() -> None:
    world = installed()
    service = dict(world.edit("Service", CONTROLLER_NAME))
    finalizer = "service.kubernetes.io/load-balancer-cleanup"
    service["metadata"] = {**service["metadata"], "finalizers": [finalizer]}

    def keep(asked: Any) -> None:
        if asked.method == "GET" and asked.path.endswith(f"/services/{CONTROLLER_NAME}"):
            world.cluster.objects["Service", NS, CONTROLLER_NAME] = service

    world.cluster.on_request = keep
    done = world.run("uninstall", "--yes", "--timeout", "5s")
    assert done.status is ExitStatus.FAILED
    said = f"waited in vain for Service {CONTROLLER_NAME} to go: it has {finalizer}"
    assert said in done.err
    assert "The same command again goes on from here." in done.err


def test_what_somebody_made_anew_in_the_meantime_stays() -> None:
    world = installed()

    def anew(asked: Any) -> None:
        if asked.method == "DELETE" and asked.path.endswith(f"/configmaps/{CONTROLLER_NAME}"):
            world.edit("ConfigMap", CONTROLLER_NAME)["metadata"]["uid"] = "another"
            world.cluster.fail("DELETE", "/configmaps/", conflict(), times=1)

    def conflict() -> Any:
        from kubectl_ingress.errors import ApiConflict

        return ApiConflict("the UID in the precondition is another")

    world.cluster.on_request = anew
    done = gone(world)
    assert "configmap/" not in done.out
    assert f"it holds ConfigMap {CONTROLLER_NAME}" in done.err


def test_without_the_rights_nothing_is_begun() -> None:
    world = installed()
    before = world.state()
    world.cluster.may = lambda asked: asked.get("verb") not in ("*", "delete")
    done = world.run("uninstall", "--yes")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "you may not delete" in done.err
    assert "nothing was changed" in done.err
    assert world.state() == before


def test_of_several_installations_one_must_be_named() -> None:
    world = installed()
    first = world.state()
    inner = ("-n", "inner", "--class", "inner", "--no-wait")
    installed(*inner, world=world)
    both = world.state()
    for command in (("uninstall", "--yes"), ("upgrade", "--version", "1.14.5")):
        asked = world.run(*command)
        assert asked.status is ExitStatus.COULD_NOT_RUN
        assert "2 installations could be meant, in the namespaces" in asked.err
        assert "ingress-nginx (class nginx), inner (class inner)" in asked.err
    assert world.state() == both
    gone(world, "--class", "inner")
    assert world.state() == first


def test_what_belongs_to_which_is_told_by_its_content() -> None:
    world = installed()
    installed("-n", "inner", "--class", "inner", "--no-wait", world=world)
    found = {each.namespace: each for each in find_belongings(world.cluster)}
    assert {name: each.classes for name, each in found.items()} == {
        NS: ("nginx",),
        "inner": ("inner",),
    }
    assert {len(each.objects) for each in found.values()} == {17, 19}
    for name, each in found.items():
        again = find_belongings(world.cluster, name)
        assert [len(one.objects) for one in again] == [len(each.objects)]
    # Its workload is gone: the class is of the installation that has none.
    del world.cluster.objects["Deployment", "inner", CONTROLLER_NAME]
    found = {each.namespace: each for each in find_belongings(world.cluster)}
    assert found["inner"].classes == ("inner",)
    gone(world, "-n", "inner")
    assert ("IngressClass", "", "inner") not in world.cluster.objects


def test_a_class_of_which_nothing_tells_whose_it_is_goes_by_its_name() -> None:
    mark = {"annotations": {INSTALLED_BY: "0.1.0"}}
    world = Lasting(obj("IngressClass", "lost", "", metadata=mark))
    assert gone(world, "--class", "lost").out == ("ingressclass.networking.k8s.io/lost deleted\n")


def test_what_others_installed_is_not_touched() -> None:
    world = installed()
    for each in world.cluster.objects.values():
        each["metadata"].get("annotations", {}).pop(INSTALLED_BY, None)
    before = world.state()
    done = world.run("uninstall", "--yes")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "was not installed by this program (KI708); nothing was changed" in done.err
    assert "take it over first: kubectl ingress install --adopt" in done.err
    assert world.state() == before


def test_a_manifest_of_one_s_own_is_no_installation() -> None:
    mark = {"annotations": {INSTALLED_BY: "0.1.0 --manifest"}}
    theirs = [
        obj("ConfigMap", "own", metadata=mark),
        {
            **obj("ClusterRole", "contour", "", metadata=mark),
            "apiVersion": "rbac.authorization.k8s.io/v1",
        },
    ]
    world = installed()
    for each in theirs:
        world.cluster.add(each)
    assert "it holds ConfigMap own" in gone(world).err
    assert ("ClusterRole", "", "contour") in world.cluster.objects
    world = installed()
    for live in world.cluster.objects.values():
        if INSTALLED_BY in live["metadata"].get("annotations", {}):
            live["metadata"]["annotations"][INSTALLED_BY] += " --manifest"
    for command in ("uninstall", "upgrade"):
        done = world.run(command)
        assert done.status is ExitStatus.COULD_NOT_RUN
        assert "comes from a manifest of one's own" in done.err


def test_names_from_a_cluster_are_shown_safely() -> None:
    world = installed()
    world.cluster.add(obj("ConfigMap", "x\x1b[31m"))
    done = gone(world)
    assert "\x1b" not in done.err + done.out
