"""Charts against a cluster in memory and a played helm: what is said, and what helm is told."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.install.settings import INSTALLED_BY
from tests.helm.fake import FakeHelm
from tests.install.charts import ALREADY, AWS, RENDERED, install, said
from tests.install.test_install_manifest_file import Cluster
from tests.running import run


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
    # By its label it is taken for ours afterwards.
    assert typed.endswith(" --labels kubectl-ingress/controller=kong")
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
    helm: FakeHelm, charted: Cluster
) -> None:
    ran = install(helm, charted, "kong", "--no-wait")
    assert ran.status == 0, ran.stderr
    assert helm.verbs[-2:] == ["template", "upgrade"]
    made = {key for key, obj in charted.objects.items() if INSTALLED_BY in str(obj)}
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


def test_a_server_dry_run_runs_no_upgrade(helm: FakeHelm, charted: Cluster) -> None:
    before = dict(charted.objects)
    ran = install(helm, charted, "kong", "--dry-run=server")
    assert ran.status == 0, ran.stderr
    assert "deployment.apps/kong-controller by helm (server dry run)" in ran.stdout
    assert charted.objects == before
    assert "upgrade" not in helm.verbs


def test_what_others_have_set_stays_set(helm: FakeHelm, charted: Cluster) -> None:
    helm.answer(**ALREADY)
    ran = install(helm, charted, "kong", "--dry-run=server")
    assert ran.status == 0, ran.stderr
    assert "Values kept as others have set them: gateway.replicaCount" in said(ran)
    values = helm.last("template").values
    # Ours wins where both say something: here is a load balancer.
    assert values["gateway"]["proxy"]["type"] == "LoadBalancer"
    assert values["gateway"]["replicaCount"] == 3
    assert "--is-upgrade" in helm.last("template").words
    assert "Helm release kong/kong, revision 1, deployed (ingress-0.23.0)" in said(ran)


def test_a_release_of_others_is_left(helm: FakeHelm, charted: Cluster) -> None:
    helm.answer(**{**ALREADY, "list": {"out": "[]"}})
    for words in (("install", "kong"), ("uninstall", "kong", "--yes")):
        ran = run(list(words), charted, variables=helm.variables)
        assert ran.status == 2
        assert (
            "was not made by kubectl ingress install kong (KI708); nothing was changed"
            in ran.stderr
        )
        assert "helm uninstall kong -n kong" in ran.stderr
    assert not {"upgrade", "uninstall", "pull"} & {*helm.verbs}


def test_nothing_to_do_and_helm_is_not_run(helm: FakeHelm, charted: Cluster) -> None:
    install(helm, charted, "kong", "--no-wait")
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
        charted.add(obj | ({"spec": spec} if spec else {}))
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
    ran = install(helm, charted, "kong", "--no-wait")
    assert ran.status == 0, ran.stderr
    assert "0 objects to create, 0 to change, 5 as they should be" in said(ran)
    assert helm.verbs.count("upgrade") == upgrades
    # One that somebody has taken away is helm's to make again.
    del charted.objects[("ServiceAccount", "kong", "kong-controller")]
    assert "1 object to create" in said(install(helm, charted, "kong", "--no-wait"))
    assert helm.verbs.count("upgrade") == upgrades + 1


def test_objects_of_others_are_named(helm: FakeHelm, charted: Cluster) -> None:
    charted.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kong"}})
    meta = {"name": "kong-controller", "namespace": "kong"}
    charted.add({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
    ran = install(helm, charted, "kong")
    assert ran.status == 2
    assert (
        "ServiceAccount kong/kong-controller is there already and not part of Helm release "
        "kong/kong (KI708); nothing was changed"
    ) in said(ran)
    assert "upgrade" not in helm.verbs


def test_rights_are_asked_for_before(helm: FakeHelm, charted: Cluster) -> None:
    charted.may = lambda asked: asked["resource"] != "secrets" and asked["verb"] != "*"
    ran = install(helm, charted, "kong")
    assert ran.status == 2
    assert "needed: get, list, create, update, delete secrets in namespace kong" in said(ran)
    assert "upgrade" not in helm.verbs


CLASS = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass"}


def test_traefik_in_the_place_of_ingress_nginx_gets_its_class(
    helm: FakeHelm, charted: Cluster
) -> None:
    helm.answer(template={"out": RENDERED.partition("---")[0]}, show={"out": ""})
    ran = install(helm, charted, "traefik-nginx", "--no-wait")
    assert ran.status == 0, ran.stderr
    made = charted.objects[("IngressClass", "", "nginx")]
    assert made["spec"] == {"controller": "k8s.io/ingress-nginx"}
    values = helm.last("upgrade").values
    assert values["providers"]["kubernetesIngressNGINX"]["enabled"] is True
    assert values["ingressClass"] == {"enabled": False}


def test_traefik_beside_what_serves_the_class_already(helm: FakeHelm, charted: Cluster) -> None:
    helm.answer(template={"out": RENDERED.partition("---")[0]}, show={"out": ""})
    spec = {"controller": "k8s.io/ingress-nginx"}
    charted.add({**CLASS, "metadata": {"name": "nginx"}, "spec": spec})
    container = {"name": "c", "args": ["/nginx-ingress-controller", "--ingress-class=nginx"]}
    labels = {"app.kubernetes.io/name": "ingress-nginx"}
    meta = {"name": "ingress-nginx-controller", "namespace": "default", "labels": labels}
    template = {"spec": {"containers": [container]}}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta}
    charted.add({**deployment, "spec": {"template": template}})
    ran = install(helm, charted, "traefik-nginx", "--dry-run=server")
    assert ran.status == 0, ran.stderr
    assert "KI206" in ran.stderr
    assert "ingress-nginx-controller serves class nginx too: both answer" in said(ran)
    # The class is not ours, and stays whose it is.
    assert "ingressclass" not in ran.stdout
    charted.add({**CLASS, "metadata": {"name": "nginx"}, "spec": {"controller": "nginx.org/x"}})
    clash = install(helm, charted, "traefik-nginx")
    assert clash.status == 2
    assert "IngressClass nginx belongs to nginx.org/x" in clash.stderr


def test_uninstall_without_helm_says_what_to_do(charted: Cluster) -> None:
    annotations = {"meta.helm.sh/release-name": "kong", "meta.helm.sh/release-namespace": "kong"}
    meta = {"name": "kong-gateway", "namespace": "kong", "annotations": annotations}
    charted.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {}})
    ran = run(["uninstall", "kong", "--yes"], charted)
    assert ran.status == 2
    assert (
        "Deployment kong-gateway is part of Helm release kong/kong, and the program helm"
        in said(ran)
    )
    assert "helm uninstall kong -n kong" in ran.stderr


def test_values_are_nobody_s_business(helm: FakeHelm, charted: Cluster) -> None:
    """They may hold passwords: they go by stdin, and what is written is in a private place."""
    values = {"out": '{"gateway": {"licence": "s3cret-value"}}'}
    helm.answer(**{key.replace(" ", "_"): each for key, each in ALREADY.items()})
    helm.answer(get_values=values)
    before = os.umask(0)
    try:
        ran = install(helm, charted, "kong", "--token", "s3cret-token", "--no-wait")
    finally:
        os.umask(before)
    assert ran.status == 0, ran.stderr
    assert helm.last("upgrade").values["gateway"]["licence"] == "s3cret-value"
    words = [word for call in helm.calls for word in call.words]
    for text in (*words, ran.stdout, ran.stderr):
        assert "s3cret" not in text
    assert helm.last("pull").mode == 0o700
    # Nor is anything of it left.
    pulled = helm.last("pull").words
    assert not Path(pulled[pulled.index("--destination") + 1]).exists()
