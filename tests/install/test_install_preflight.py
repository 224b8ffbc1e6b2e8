"""What must be so before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import (
    ApiFailed,
    ApiForbidden,
    ApiUnreachable,
    ExitStatus,
    UsageError,
)
from kubectl_ingress.install.manifests import build
from kubectl_ingress.install.owners import Owner, owner_of
from kubectl_ingress.install.pod_security import ENFORCE, enforced, violations
from kubectl_ingress.install.preflight import check_kubernetes
from kubectl_ingress.install.rights import Need, missing, require
from kubectl_ingress.install.settings import Settings
from kubectl_ingress.install.versions import VERSIONS
from kubectl_ingress.ports.answers import Overloaded
from kubectl_ingress.providers import Variant
from tests.install.world import NS, World, node

REVIEWS = "selfsubjectaccessreviews"


def only(*allowed: tuple[str, str]) -> Any:
    """Rights to some (verb, resource), whatever the names."""
    return lambda asked: (asked["verb"], asked["resource"]) in allowed


def needs(*names: str, verb: str = "patch") -> list[Need]:
    return [Need(verb, KINDS["Service"], NS, name) for name in names]


def test_who_may_do_everything_is_asked_one_question():
    world = World()
    assert missing(world.cluster, needs("a", "b", "c")) == ()
    assert world.cluster.reviewed == [{"verb": "*", "group": "*", "resource": "*"}]
    assert missing(world.cluster, []) == ()
    assert len(world.cluster.reviewed) == 1


def test_a_right_to_all_of_a_kind_is_asked_once():
    world = World()
    world.cluster.may = only(("patch", "services"))
    assert missing(world.cluster, needs("a", "b", "c")) == ()
    assert world.cluster.reviewed[1:] == [
        {"verb": "patch", "resource": "services", "namespace": NS}
    ]


def test_rights_to_single_objects_count():
    world = World()
    world.cluster.may = lambda asked: asked.get("name") in ("a", "b")
    assert missing(world.cluster, needs("a", "b")) == ()
    assert missing(world.cluster, needs("a", "c")) == tuple(needs("c"))


@pytest.mark.parametrize("error", [ApiForbidden("no"), ApiFailed("500")])
def test_where_it_cannot_be_asked_it_goes_on(error):
    world = World()
    world.cluster.may = lambda asked: False

    def fail(*args: object, **rest: object) -> dict[str, Any]:
        raise error

    world.cluster.request = fail  # type: ignore[method-assign]
    require(world.cluster, needs("a"))


def test_no_answer_at_all_is_an_error():
    world = World()
    real = world.cluster.request

    def away(method: str, path: str, **rest: Any) -> dict[str, Any]:
        if path.endswith(REVIEWS):
            raise ApiUnreachable("away")
        return real(method, path, **rest)

    world.cluster.request = away  # type: ignore[method-assign]
    with pytest.raises(ApiUnreachable):
        require(world.cluster, needs("a"))


def test_all_that_is_missing_is_one_message():
    world = World()
    world.cluster.may = only(("get", "services"))
    cluster_wide = [Need(verb, KINDS["ClusterRole"], "", "x") for verb in ("create", "patch")]
    with pytest.raises(ApiForbidden) as caught:
        require(world.cluster, [*cluster_wide, *needs("a"), *needs("a", verb="get")])
    assert caught.value.sentence == (
        "you may not create clusterroles.rbac.authorization.k8s.io and 2 more (user tester); "
        "nothing was changed; needed: create, patch clusterroles.rbac.authorization.k8s.io; "
        "patch services in namespace ingress-nginx"
    )
    check = "kubectl auth can-i create clusterroles.rbac.authorization.k8s.io"
    assert caught.value.next_step == check


@pytest.mark.parametrize("words", [[], ["--dry-run=server"]])
def test_install_asks_before_it_writes(words):
    world = World()
    world.cluster.may = lambda asked: asked["verb"] not in ("*", "create")
    result = world.install(*words)
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert (
        "you may not create namespaces and 11 more (user tester); nothing was changed" in result.err
    )
    assert not [asked for asked in world.cluster.requests if asked.method != "GET"]


def test_only_what_is_done_is_asked():
    world = World().becomes_ready()
    world.install()
    world.cluster.may = lambda asked: asked["verb"] in ("get", "list", "patch")
    world.cluster.reviewed.clear()
    assert world.install().status is ExitStatus.OK
    assert {asked["verb"] for asked in world.cluster.reviewed} == {"*", "get", "list", "patch"}
    assert {a["resource"] for a in world.cluster.reviewed if a["verb"] == "list"} == {
        "endpointslices"
    }
    # The Jobs are done, and nothing is deleted.
    assert "jobs" not in {a["resource"] for a in world.cluster.reviewed if a["verb"] == "patch"}


def test_a_dry_run_does_not_wait_and_needs_no_right_for_it():
    world = World()
    world.cluster.may = lambda asked: asked["verb"] not in ("*", "list")
    assert world.install("--dry-run=server").status is ExitStatus.OK
    assert world.install().status is ExitStatus.COULD_NOT_RUN


def test_a_job_that_is_made_again_needs_the_right_to_delete_it():
    world = World()
    world.install("--no-wait")
    status = {"conditions": [{"type": "Failed", "status": "True"}]}
    world.edit("Job", "ingress-nginx-admission-create")["status"] = status
    world.cluster.may = lambda asked: asked["verb"] not in ("*", "delete")
    result = world.install("--no-wait")
    assert "you may not delete jobs.batch in namespace ingress-nginx (user tester);" in result.err


def test_a_namespace_lies_in_itself_to_the_api_server():
    world = World()
    world.cluster.may = lambda asked: False
    missing(world.cluster, [Need("get", KINDS["Namespace"], "", NS)])
    assert world.cluster.reviewed[-1]["namespace"] == NS


@pytest.mark.parametrize(
    ("found", "fits"),
    [((1, 30), "--version 1.14.5 or 1.13.9"), ((1, 29), "--version 1.13.9"), ((1, 28), "1.29")],
)
def test_an_older_kubernetes_is_refused_with_what_fits(found, fits):
    with pytest.raises(UsageError, match=r"needs 1\.31 or newer \(KI709\)") as caught:
        check_kubernetes(VERSIONS["1.15.1"], found)
    assert fits in caught.value.next_step
    check_kubernetes(VERSIONS["1.13.9"], (1, 29))
    check_kubernetes(VERSIONS["1.15.1"], (1, 99))
    check_kubernetes(VERSIONS["1.15.1"], None)


def test_install_stops_at_an_older_kubernetes():
    world = World()
    world.cluster.version = {"major": "1", "minor": "30"}
    result = world.install("--no-wait")
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert "this is Kubernetes 1.30" in result.err
    assert world.writes == []
    assert world.install("--no-wait", "--version", "1.14.5").status is ExitStatus.OK


def namespace(**labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS, "labels": labels}}


@pytest.mark.parametrize(
    ("label", "level"),
    [
        (None, "privileged"),
        ("privileged", "privileged"),
        ("baseline", "baseline"),
        ("restricted", "restricted"),
        # The API server takes what it does not know for the strictest.
        ("baslin", "restricted"),
    ],
)
def test_the_level_of_a_namespace(label, level):
    labels = {} if label is None else {ENFORCE: label}
    assert enforced(namespace(**labels)) == level


def test_our_pods_are_made_for_the_strictest_level_but_for_host_ports():
    assert violations("restricted", build(Settings())) == ()
    on_host = build(Settings(Variant(host_ports=True)))
    assert violations("restricted", on_host) == ("host ports 80, 443",)
    assert violations("baseline", on_host) == ("host ports 80, 443",)
    assert violations("privileged", on_host) == ()


def pod(**spec: Any) -> list[dict[str, Any]]:
    return [{"kind": "Deployment", "spec": {"template": {"spec": spec}}}]


BARE = {"name": "c", "image": "x"}
CLOSED = {
    **BARE,
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}


@pytest.mark.parametrize(
    ("level", "spec", "found"),
    [
        ("baseline", {"hostNetwork": True, "hostPID": True}, ("hostNetwork", "hostPID")),
        ("baseline", {"volumes": [{"name": "v", "hostPath": {}}]}, ("volume v (hostPath)",)),
        ("baseline", {"volumes": [{"name": "v", "nfs": {}}]}, ()),
        ("restricted", {"volumes": [{"name": "v", "nfs": {}}]}, ("volume v (nfs)",)),
        ("baseline", {"containers": [BARE]}, ()),
        (
            "restricted",
            {"initContainers": [BARE]},
            (
                "container c: allowPrivilegeEscalation",
                "container c: does not drop all capabilities",
                "container c: may run as root",
                "container c: no seccomp profile",
            ),
        ),
        ("restricted", {"containers": [CLOSED]}, ()),
        (
            "baseline",
            {
                "containers": [
                    {
                        **BARE,
                        "securityContext": {"privileged": True, "capabilities": {"add": ["X"]}},
                    }
                ]
            },
            ("container c: privileged", "container c: capabilities X"),
        ),
    ],
)
def test_what_each_level_forbids(level, spec, found):
    assert violations(level, pod(**spec)) == found


def test_a_pod_s_own_context_counts_for_its_containers():
    context = {"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}
    container = {**CLOSED, "securityContext": {**CLOSED["securityContext"]}}  # type: ignore[dict-item]
    del container["securityContext"]["runAsNonRoot"]
    del container["securityContext"]["seccompProfile"]
    assert violations("restricted", pod(containers=[container], securityContext=context)) == ()


def test_pod_security_stops_an_installation_before_it_writes():
    world = World(namespace(**{ENFORCE: "baseline"}))
    result = world.install("--provider", "kind")
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert "host ports 80, 443 (KI707); nothing was changed" in result.said
    assert world.writes == []
    assert world.install("--no-wait").status is ExitStatus.OK


@pytest.mark.parametrize(
    ("spec", "labels", "says"),
    [
        ({"unschedulable": True}, {}, "cordoned"),
        ({}, {"kubernetes.io/os": "windows"}, "no Linux"),
        ({"taints": [{"key": "a", "effect": "NoSchedule"}]}, {}, "taint a"),
        ({"taints": [{"key": "a", "effect": "PreferNoSchedule"}]}, {}, ""),
        ({}, {}, ""),
    ],
)
def test_nodes_that_take_no_pods_are_said(spec, labels, says):
    world = World()
    one = node(**labels)
    one["spec"] |= spec
    world.cluster.add(one)
    result = world.install("--no-wait")
    assert result.status is ExitStatus.OK
    assert ("no node takes the controller's pods as it looks now" in result.said) is bool(says)
    assert says in result.said


def test_nodes_that_no_cloud_has_seen_get_no_load_balancer():
    world = World()
    one = node()
    key = "node.cloudprovider.kubernetes.io/uninitialized"
    one["spec"]["taints"] = [{"key": key, "effect": "NoSchedule"}]
    world.cluster.add(one)
    result = world.install("--no-wait")
    assert f"KI601 no node was seen by the cloud's controller yet ({key})" in result.said
    assert "a cloud controller" in result.said
    assert "KI601" not in world.install("--no-wait", "--provider", "baremetal").err


def made_by(manager: str, operation: str = "Update", **meta: Any) -> dict[str, Any]:
    entry = {"manager": manager, "operation": operation, "time": "2026-01-01T00:00:00Z"}
    return {"metadata": {"name": "x", "managedFields": [entry], **meta}}


@pytest.mark.parametrize(
    ("live", "title"),
    [
        (made_by("kubectl-create"), "kubectl create"),
        (made_by("kubectl-client-side-apply"), "kubectl apply"),
        (made_by("kubectl", "Apply"), "kubectl apply --server-side"),
        (made_by("Terraform"), "Terraform"),
        (made_by("kube-controller-manager"), ""),
        ({}, ""),
        (
            made_by("x", annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}"}),
            "kubectl apply",
        ),
        (
            made_by(
                "helm",
                labels={"app.kubernetes.io/managed-by": "Helm"},
                annotations={
                    "meta.helm.sh/release-name": "web",
                    "meta.helm.sh/release-namespace": "edge",
                },
            ),
            "Helm release edge/web",
        ),
        # A chart that was rendered and applied: Helm knows nothing of it.
        (
            made_by("kubectl-client-side-apply", labels={"app.kubernetes.io/managed-by": "Helm"}),
            "kubectl apply",
        ),
        (
            made_by(
                "helm-controller",
                labels={
                    "helm.toolkit.fluxcd.io/name": "web",
                    "helm.toolkit.fluxcd.io/namespace": "flux",
                },
            ),
            "Flux HelmRelease flux/web",
        ),
        (
            made_by(
                "x", annotations={"argocd.argoproj.io/tracking-id": "edge:apps/Deployment:a/b"}
            ),
            "Argo CD application edge",
        ),
        (
            made_by("x", labels={"addonmanager.kubernetes.io/mode": "Reconcile"}),
            "the cluster's add-on manager",
        ),
    ],
)
def test_whose_an_object_is(live, title):
    assert owner_of(live).title == title


def test_an_owner_that_watches_is_told_from_one_that_does_not():
    assert owner_of(made_by("kubectl-client-side-apply")) == Owner("kubectl apply", applied=True)
    flux = owner_of(made_by("x", labels={"kustomize.toolkit.fluxcd.io/name": "web"}))
    assert flux.watches


def test_the_controller_of_another_namespace_is_named_with_whose_it_is():
    world = World()
    world.install("--no-wait", "-n", "edge")
    world.edit("Deployment", "ingress-nginx-controller", "edge")["metadata"] |= {
        "labels": {
            "app.kubernetes.io/name": "ingress-nginx",
            "app.kubernetes.io/managed-by": "Helm",
        },
        "annotations": {
            "meta.helm.sh/release-name": "web",
            "meta.helm.sh/release-namespace": "edge",
        },
    }
    result = world.install()
    assert result.status is ExitStatus.COULD_NOT_RUN
    assert "Deployment edge/ingress-nginx-controller, Helm release edge/web serves" in result.said


def test_what_may_not_be_listed_is_said_and_goes_on():
    world = World().becomes_ready()
    why = "you may not list deployments in all namespaces (user dev); needed: list deployments.apps"
    world.cluster.fail("GET", "/apis/apps/v1/deployments$", ApiForbidden(why))
    done = world.install()
    assert done.status is ExitStatus.OK, done.err
    lacking = "you may not list deployments in all namespaces"
    assert f"KI708 not known whether another ingress-nginx serves the same class: {lacking}" in (
        done.said
    )
    assert f"Load Balancer Controller runs there ({lacking}); if it does" in done.said


def test_a_namespace_of_others_is_not_asked_for():
    world = World(namespace())
    lacking = {("*", "*"), ("get", "secrets"), ("create", "namespaces"), ("patch", "namespaces")}
    world.cluster.may = lambda asked: (asked["verb"], asked["resource"]) not in lacking
    done = world.install()
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "needed: get secrets in namespace ingress-nginx kubectl auth" in done.said


def test_an_overloaded_server_is_not_asked_for_right_after_right():
    world = World()

    def overloaded(*asked: object, **rest: object) -> dict[str, Any]:
        raise Overloaded("is overloaded")

    world.cluster.request = overloaded  # type: ignore[method-assign]
    with pytest.raises(Overloaded):
        missing(world.cluster, needs("a", "b"))
