"""Charts against a cluster in memory and a played helm: what is said, and what helm is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.core.kinds import Kind
from kubectl_ingress.install.settings import INSTALLED_BY
from tests import fakes
from tests.helm.fake import FakeHelm
from tests.install.test_install_manifest_file import Cluster
from tests.running import FakeClock, Ran, run

CRDS = Kind("CustomResourceDefinition", "apiextensions.k8s.io/v1", "customresourcedefinitions")
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions: [{name: v1, served: true, storage: true}]
"""
RENDERED = """\
# Source: ingress/templates/a.yaml
apiVersion: v1
kind: ServiceAccount
metadata: {name: kong-controller}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: kong}
spec: {controller: ingress-controllers.konghq.com/kong}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: kong-controller, namespace: kong}
spec: {selector: {matchLabels: {app: kong}}}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: prepares
  annotations: {helm.sh/hook: pre-install}
"""
AWS = "service.beta.kubernetes.io/aws-load-balancer-"
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "n"},
    "spec": {"providerID": "aws:///eu-west-1a/i-0"},
}
ALREADY = {
    "history": {
        "out": json.dumps([{"revision": 1, "status": "deployed", "chart": "ingress-0.23.0"}])
    },
    "list": {"out": '[{"name": "kong"}]'},
    "get values": {"out": '{"gateway": {"replicaCount": 3, "proxy": {"type": "NodePort"}}}'},
    "get manifest": {"out": RENDERED},
}


@pytest.fixture
def helm(tmp_path: Path) -> FakeHelm:
    fake = FakeHelm(tmp_path)
    fake.answer(template={"out": RENDERED}, show={"out": CRD})
    return fake


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setitem(fakes._KINDS, CRDS.resource, CRDS)
    cluster = Cluster([NAMESPACE, NODE])

    def establish(asked: fakes.Request) -> None:
        live = cluster.objects.get(("CustomResourceDefinition", "", "widgets.example.org"))
        if live is not None:
            live["status"] = {"conditions": [{"type": "Established", "status": "True"}]}

    cluster.on_request = establish
    return cluster


def install(
    helm: FakeHelm, cluster: Cluster | None, *words: str, clock: FakeClock | None = None
) -> Ran:
    return run(["install", *words], cluster, clock=clock, variables=helm.variables)


def said(ran: Ran) -> str:
    return " ".join(ran.stderr.split())


def test_without_helm_the_command_is_told() -> None:
    ran = run(["install", "kong", "--provider", "aws"], None)
    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.startswith(
        "error: kong is installed by its Helm chart, and the program helm is not on PATH\n"
        "       get it: https://helm.sh/docs/intro/install/\n"
    )
    typed = next(line for line in ran.stderr.splitlines() if "helm upgrade" in line)
    assert typed.strip().startswith(
        "helm upgrade --install kong ingress --repo https://charts.konghq.com --version 0.24.0 "
        "-n kong --create-namespace --set-string "
    )
    assert (
        "kong:3.9.3@sha256:4d6a4ead594e9bf468d07a54d30a57991904b220403af1a43c5a3679615d11de"
        in typed
    )
    assert (
        "gateway.proxy.annotations.service\\.beta\\.kubernetes\\.io/aws-load-balancer-type=nlb"
    ) in typed
    assert "kubectl ingress install kong --manifest FILE" in ran.stderr


def test_offline_it_is_rendered_and_no_cluster_is_asked(helm: FakeHelm) -> None:
    ran = install(helm, None, "kong", "--provider", "aws", "--dry-run=client")
    assert ran.status == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "namespace/kong serverside-applied (dry run)",
        "customresourcedefinition.apiextensions.k8s.io/widgets.example.org serverside-applied "
        "(dry run)",
        "job.batch/prepares by helm (dry run)",
        "serviceaccount/kong-controller by helm (dry run)",
        "ingressclass.networking.k8s.io/kong by helm (dry run)",
        "deployment.apps/kong-controller by helm (dry run)",
    ]
    assert helm.verbs == ["version", "pull", "version", "show", "template"]
    assert "Chart       ingress 0.24.0 of https://charts.konghq.com (sha256:" in ran.stderr
    whole = install(helm, None, "kong", "--dry-run=client", "-o", "yaml")
    assert whole.stdout.count("kind: ") >= 6
    # The mark is on what this program makes, and not on what helm makes.
    assert whole.stdout.count(INSTALLED_BY) == 2


@pytest.mark.parametrize(
    ("provider", "service"),
    [
        (
            "aws",
            {
                "type": "LoadBalancer",
                "annotations": {
                    f"{AWS}backend-protocol": "tcp",
                    f"{AWS}cross-zone-load-balancing-enabled": "true",
                    f"{AWS}type": "nlb",
                },
            },
        ),
        ("cloud", {"type": "LoadBalancer"}),
        ("baremetal", {"type": "NodePort"}),
    ],
)
def test_values_are_those_of_the_provider(
    helm: FakeHelm, provider: str, service: dict[str, Any]
) -> None:
    ran = install(helm, None, "kong", "--provider", provider, "--dry-run=client")
    assert ran.status == 0, ran.stderr
    values = helm.last("template").values
    assert values["gateway"]["proxy"] == service
    assert values["gateway"]["image"]["effectiveSemver"] == "3.9.3"
    install(helm, None, "traefik", "--provider", provider, "--dry-run=client")
    values = helm.last("template").values
    assert values == {"ingressClass": {"isDefaultClass": False}, "service": service}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("kong --version 0.23.0", "the values for chart ingress 0.23.0 are not known here"),
        ("kong --class other", "kong is installed with class kong"),
        ("kong -n elsewhere", "kong is installed into namespace kong"),
        ("kong --replicas 2", "--replicas: that is for ingress-nginx"),
    ],
)
def test_what_a_chart_cannot_be_told(helm: FakeHelm, words: str, told: str) -> None:
    ran = install(helm, None, *words.split())
    assert ran.status == 2
    assert told in ran.stderr
    assert helm.calls == []


def test_definitions_and_namespace_are_ours_the_rest_is_helms(
    helm: FakeHelm, cluster: Cluster
) -> None:
    ran = install(helm, cluster, "kong", "--no-wait")
    assert ran.status == 0, ran.stderr
    assert helm.verbs[-2:] == ["template", "upgrade"]
    made = {key for key, obj in cluster.objects.items() if INSTALLED_BY in str(obj)}
    assert made == {
        ("Namespace", "", "kong"),
        ("CustomResourceDefinition", "", "widgets.example.org"),
    }
    call = helm.last("upgrade")
    assert call.words[call.words.index("--labels") + 1] == "kubectl-ingress/controller=kong"
    assert call.values["gateway"]["proxy"]["type"] == "LoadBalancer"
    asked = helm.last("template").words
    # What the templates ask for: the cluster's version, and the kinds that are about to be there.
    assert "example.org/v1/Widget" in asked[asked.index("--api-versions") + 1]
    assert "Hooks job.batch/prepares, which helm makes for a moment" in said(ran)
    assert "5 objects to create" in said(ran)


def test_a_server_dry_run_runs_no_upgrade(helm: FakeHelm, cluster: Cluster) -> None:
    before = dict(cluster.objects)
    ran = install(helm, cluster, "kong", "--dry-run=server")
    assert ran.status == 0, ran.stderr
    assert "deployment.apps/kong-controller by helm (server dry run)" in ran.stdout
    assert cluster.objects == before
    assert "upgrade" not in helm.verbs


def test_what_others_have_set_stays_set(helm: FakeHelm, cluster: Cluster) -> None:
    helm.answer(**ALREADY)
    ran = install(helm, cluster, "kong", "--dry-run=server")
    assert ran.status == 0, ran.stderr
    assert "Values kept as others have set them: gateway.replicaCount" in said(ran)
    values = helm.last("template").values
    # Ours wins where both say something: here is a load balancer.
    assert values["gateway"]["proxy"]["type"] == "LoadBalancer"
    assert values["gateway"]["replicaCount"] == 3
    assert "--is-upgrade" in helm.last("template").words
    assert "Helm release kong/kong, revision 1, deployed (ingress-0.23.0)" in said(ran)


def test_a_release_of_others_is_left(helm: FakeHelm, cluster: Cluster) -> None:
    helm.answer(**{**ALREADY, "list": {"out": "[]"}})
    for words in (("install", "kong"), ("uninstall", "kong", "--yes")):
        ran = run(list(words), cluster, variables=helm.variables)
        assert ran.status == 2
        assert (
            "was not made by kubectl ingress install kong (KI708); nothing was changed"
            in ran.stderr
        )
        assert "helm uninstall kong -n kong" in ran.stderr
    assert not {"upgrade", "uninstall", "pull"} & {*helm.verbs}


@pytest.mark.parametrize(
    ("revisions", "verb", "told"),
    [
        ([(1, "pending-install")], ["uninstall"], "is pending-install, broken off; it is removed"),
        ([(1, "uninstalling")], ["uninstall"], "is uninstalling, broken off; it is removed"),
        ([(1, "failed"), (2, "pending-upgrade")], ["uninstall"], "it is removed first"),
        (
            [(1, "deployed"), (2, "pending-upgrade")],
            ["rollback", "kong", "1"],
            "it goes back to revision 1 (ingress-0.23.0) first",
        ),
        (
            [(1, "superseded"), (2, "deployed"), (3, "failed"), (4, "pending-rollback")],
            ["rollback", "kong", "2"],
            "it goes back to revision 2",
        ),
        ([(1, "failed")], [], "revision 1, failed"),
    ],
)
def test_what_was_broken_off_is_taken_back_first(
    helm: FakeHelm, cluster: Cluster, revisions: list[tuple[int, str]], verb: list[str], told: str
) -> None:
    rows = [{"revision": n, "status": s, "chart": "ingress-0.23.0"} for n, s in revisions]
    helm.answer(**{**ALREADY, "history": {"out": json.dumps(rows)}})
    clock = FakeClock()
    ran = install(helm, cluster, "kong", "--no-wait", clock=clock)
    assert ran.status == 0, ran.stderr
    assert told in said(ran)
    written = [c.words for c in helm.calls if c.words[0] in ("uninstall", "rollback", "upgrade")]
    assert written[-1][0] == "upgrade"
    assert [each[: len(verb)] for each in written[:-1]] == ([verb] if verb else [])


def test_a_helm_that_is_at_work_is_waited_for(helm: FakeHelm, cluster: Cluster) -> None:
    row = {"revision": 1, "chart": "ingress-0.23.0"}
    pending = {"out": json.dumps([{**row, "status": "pending-install"}])}
    done = {"out": json.dumps([{**row, "status": "deployed"}])}
    helm.answer(**{**ALREADY, "history": [pending, pending, pending, done]})
    clock = FakeClock()
    ran = install(helm, cluster, "kong", "--timeout", "60s", clock=clock)
    assert "is pending-install: waiting whether helm ends it" in ran.stderr
    assert not {"uninstall", "rollback"} & {*helm.verbs}


def test_a_hook_that_runs_is_work(helm: FakeHelm, cluster: Cluster) -> None:
    row = {"revision": 1, "chart": "ingress-0.23.0", "status": "pending-install"}
    helm.answer(**{**ALREADY, "history": {"out": json.dumps([row])}})
    cluster.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kong"}})
    meta = {"name": "j", "namespace": "kong", "annotations": {"helm.sh/hook": "pre-install"}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "status": {"active": 1}}
    cluster.add(job)
    clock = FakeClock()
    install(helm, cluster, "kong", "--timeout", "45s", clock=clock)
    assert clock.now >= 45


def test_a_failure_of_the_first_installation_says_what_stands(
    helm: FakeHelm, cluster: Cluster
) -> None:
    helm.answer(
        upgrade={"status": 1, "err": 'Error: INSTALLATION FAILED: "x" is invalid: \x1b[1m\n'}
    )
    ran = install(helm, cluster, "kong")
    assert ran.status == 2
    assert r'error: helm upgrade failed: INSTALLATION FAILED: "x" is invalid: \x1b[1m' in ran.stderr
    assert "what was applied stays; the same command again goes on from there" in ran.stderr
    assert "or remove it: kubectl ingress uninstall kong" in ran.stderr
    assert "rollback" not in helm.verbs


def test_a_failure_of_a_change_is_taken_back(helm: FakeHelm, cluster: Cluster) -> None:
    rows = [{"revision": 1, "status": "deployed", "chart": "ingress-0.23.0"}]
    failed = [*rows, {"revision": 2, "status": "failed", "chart": "ingress-0.24.0"}]
    history = [{"out": json.dumps(rows)}, {"out": json.dumps(failed)}]
    upgrade = {"status": 1, "err": "Error: UPGRADE FAILED: who knows\n"}
    helm.answer(**{**ALREADY, "history": history, "upgrade": upgrade})
    ran = install(helm, cluster, "kong")
    assert ran.status == 2
    assert helm.last("rollback").words[:3] == ["rollback", "kong", "1"]
    assert "who knows; Helm release kong/kong is as it was (ingress-0.23.0)" in said(ran)


def test_nothing_to_do_and_helm_is_not_run(helm: FakeHelm, cluster: Cluster) -> None:
    install(helm, cluster, "kong", "--no-wait")
    values = helm.last("upgrade").stdin
    annotations = {"meta.helm.sh/release-name": "kong", "meta.helm.sh/release-namespace": "kong"}
    for kind, version, name in (
        ("ServiceAccount", "v1", "kong-controller"),
        ("IngressClass", "networking.k8s.io/v1", "kong"),
        ("Deployment", "apps/v1", "kong-controller"),
    ):
        meta = {"name": name, "annotations": annotations}
        spec = {
            "IngressClass": {"controller": "ingress-controllers.konghq.com/kong"},
            "Deployment": {"selector": {"matchLabels": {"app": "kong"}}},
        }.get(kind)
        meta |= {} if kind == "IngressClass" else {"namespace": "kong"}
        obj = {"apiVersion": version, "kind": kind, "metadata": meta}
        cluster.add(obj | ({"spec": spec} if spec else {}))
    row = {"revision": 1, "status": "deployed", "chart": "ingress-0.24.0"}
    manifest = RENDERED.partition("---\napiVersion: batch")[0]
    helm.answer(
        **{
            **ALREADY,
            "history": {"out": json.dumps([row])},
            "get values": {"out": values},
            "get manifest": {"out": manifest},
        }
    )
    upgrades = helm.verbs.count("upgrade")
    ran = install(helm, cluster, "kong", "--no-wait")
    assert ran.status == 0, ran.stderr
    assert "0 objects to create, 0 to change, 5 as they should be" in said(ran)
    assert helm.verbs.count("upgrade") == upgrades
    # One that somebody has taken away is helm's to make again.
    del cluster.objects[("ServiceAccount", "kong", "kong-controller")]
    assert "1 objects to create" in said(install(helm, cluster, "kong", "--no-wait"))
    assert helm.verbs.count("upgrade") == upgrades + 1


def test_objects_of_others_are_named(helm: FakeHelm, cluster: Cluster) -> None:
    cluster.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kong"}})
    meta = {"name": "kong-controller", "namespace": "kong"}
    cluster.add({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
    ran = install(helm, cluster, "kong")
    assert ran.status == 2
    assert (
        "ServiceAccount kong/kong-controller is there already and not part of Helm release "
        "kong/kong (KI708); nothing was changed"
    ) in said(ran)
    assert "upgrade" not in helm.verbs


def test_rights_are_asked_for_before(helm: FakeHelm, cluster: Cluster) -> None:
    cluster.may = lambda asked: asked["resource"] != "secrets" and asked["verb"] != "*"
    ran = install(helm, cluster, "kong")
    assert ran.status == 2
    assert "needed: get, list, create, update, delete secrets in namespace kong" in said(ran)
    assert "upgrade" not in helm.verbs


CLASS = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass"}


def test_traefik_in_the_place_of_ingress_nginx_gets_its_class(
    helm: FakeHelm, cluster: Cluster
) -> None:
    helm.answer(template={"out": RENDERED.partition("---")[0]}, show={"out": ""})
    ran = install(helm, cluster, "traefik-nginx", "--no-wait")
    assert ran.status == 0, ran.stderr
    made = cluster.objects[("IngressClass", "", "nginx")]
    assert made["spec"] == {"controller": "k8s.io/ingress-nginx"}
    values = helm.last("upgrade").values
    assert values["providers"]["kubernetesIngressNGINX"]["enabled"] is True
    assert values["ingressClass"] == {"enabled": False}


def test_traefik_beside_what_serves_the_class_already(helm: FakeHelm, cluster: Cluster) -> None:
    helm.answer(template={"out": RENDERED.partition("---")[0]}, show={"out": ""})
    spec = {"controller": "k8s.io/ingress-nginx"}
    cluster.add({**CLASS, "metadata": {"name": "nginx"}, "spec": spec})
    container = {"name": "c", "args": ["/nginx-ingress-controller", "--ingress-class=nginx"]}
    labels = {"app.kubernetes.io/name": "ingress-nginx"}
    meta = {"name": "ingress-nginx-controller", "namespace": "default", "labels": labels}
    template = {"spec": {"containers": [container]}}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta}
    cluster.add({**deployment, "spec": {"template": template}})
    ran = install(helm, cluster, "traefik-nginx", "--dry-run=server")
    assert ran.status == 0, ran.stderr
    assert "KI206" in ran.stderr
    assert "ingress-nginx-controller serves class nginx too: both answer" in said(ran)
    # The class is not ours, and stays whose it is.
    assert "ingressclass" not in ran.stdout
    cluster.add({**CLASS, "metadata": {"name": "nginx"}, "spec": {"controller": "nginx.org/x"}})
    clash = install(helm, cluster, "traefik-nginx")
    assert clash.status == 2
    assert "IngressClass nginx belongs to nginx.org/x" in clash.stderr


def test_uninstall_without_helm_says_what_to_do(cluster: Cluster) -> None:
    annotations = {"meta.helm.sh/release-name": "kong", "meta.helm.sh/release-namespace": "kong"}
    meta = {"name": "kong-gateway", "namespace": "kong", "annotations": annotations}
    cluster.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {}})
    ran = run(["uninstall", "kong", "--yes"], cluster)
    assert ran.status == 2
    assert (
        "Deployment kong-gateway is part of Helm release kong/kong, and the program helm"
        in said(ran)
    )
    assert "helm uninstall kong -n kong" in ran.stderr
