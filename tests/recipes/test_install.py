"""``install CONTROLLER`` and ``uninstall CONTROLLER`` against a cluster in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.errors import ApiForbidden, InputError
from kubectl_ingress.install.settings import INSTALLED_BY
from kubectl_ingress.recipes import Manifests
from kubectl_ingress.recipes._catalogue import find_recipe
from tests import fakes
from tests.install.test_install_manifest_file import CRD, CRDS, WIDGETS, Cluster, writes
from tests.inventory.objects import workload
from tests.manifests import ingress, ingress_class
from tests.recipes.upstream import download, needed
from tests.running import FakeClock, Ran, run

READY = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
HAPROXY = "haproxy-kubernetes-ingress"
RENDERED = """\
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: kong}
spec: {controller: ingress-controllers.konghq.com/kong}
---
apiVersion: v1
kind: Service
metadata: {name: kong-gateway-proxy, namespace: kong}
spec: {type: LoadBalancer, ports: [{port: 80}]}
"""


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    for kind in (CRDS, WIDGETS):
        monkeypatch.setitem(fakes._KINDS, kind.resource, kind)
    return Cluster([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}])


def ready(cluster: Cluster) -> FakeClock:
    """Workloads get ready and load balancers named while somebody waits."""

    def on_sleep(_: float) -> None:
        for (kind, _namespace, _name), obj in cluster.objects.items():
            if kind == "Deployment":
                obj["status"] = READY
            if kind == "Service" and obj["spec"].get("type") == "LoadBalancer":
                obj["status"] = {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}
            if kind == "CustomResourceDefinition":
                obj["status"] = {"conditions": [{"type": "Established", "status": "True"}]}

    return FakeClock(on_sleep=on_sleep)


def install(cluster: Cluster | None, *words: str, stdin: str = "") -> Ran:
    clock = ready(cluster) if cluster else None
    return run(["install", *words], cluster, clock=clock, stdin=stdin, download=download)


def said(ran: Ran) -> str:
    return " ".join(ran.stderr.split())


@needed
def test_where_nothing_makes_a_load_balancer_it_is_the_port_of_a_node(cluster: Cluster) -> None:
    node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n"}}
    addresses = [{"type": "InternalIP", "address": "10.0.0.7"}]
    cluster.objects["Node", "", "n"] = node | {"status": {"addresses": addresses}}
    clock = ready(cluster)
    get_ready = clock.on_sleep

    def on_sleep(now: float) -> None:
        get_ready(now)
        found = cluster.objects["Service", "haproxy-controller", HAPROXY]
        for number, port in enumerate(found["spec"]["ports"]):
            port["nodePort"] = 31000 + number

    clock.on_sleep = on_sleep
    ran = run(["install", "haproxytech"], cluster, clock=clock, download=download)
    entry = "Ready. Address 10.0.0.7:31000 (and port 31001 for https, on every node)\n"
    assert (ran.status, ran.stdout) == (0, entry), ran.stderr


@needed
def test_it_is_applied_waited_for_and_removed(cluster: Cluster) -> None:
    before = dict(cluster.objects)
    ran = install(cluster, "haproxytech")
    assert (ran.status, ran.stdout) == (0, "Ready.\n"), ran.stderr
    assert "8 objects to create" in ran.stderr
    # A long name is cut in its middle.
    assert "1/1 ready" in said(ran)
    assert "kubectl ingress scaffold NAME --controller haproxytech" in said(ran)
    again = install(cluster, "haproxytech")
    assert "0 objects to create, 0 to change, 8 as they should be" in said(again)
    done = run(["uninstall", "haproxytech", "--yes"], cluster)
    assert done.status == 0, done.stderr
    assert "HAProxy Kubernetes Ingress Controller 3.2.11" in said(done)
    assert cluster.objects == before
    gone = [line.removesuffix(" deleted") for line in done.stdout.splitlines()]
    assert gone[0] == "ingressclass.networking.k8s.io/haproxy"
    assert gone[1] == f"deployment.apps/{HAPROXY}"
    assert gone[-1] == "namespace/haproxy-controller"


@needed
def test_a_class_that_is_another_controllers(cluster: Cluster) -> None:
    cluster.add(ingress_class())
    ran = install(cluster, "f5-nginx")
    assert ran.status == 2
    assert "IngressClass nginx belongs to k8s.io/ingress-nginx, and" in said(ran)
    assert "KI206" in said(ran)
    assert "kubectl ingress install f5-nginx --class NAME" in ran.stderr
    assert writes(cluster) == []
    beside = install(cluster, "f5-nginx", "--class", "edge", "--no-wait")
    assert beside.status == 0, beside.stderr
    assert cluster.objects["IngressClass", "", "nginx"]["spec"]["controller"].startswith("k8s.io/")
    # The class that was chosen stays where none is named.
    again = install(cluster, "f5-nginx", "--no-wait")
    assert again.status == 0, again.stderr
    assert "class edge" in said(again)
    assert "0 to change" in said(again)


@needed
@pytest.mark.parametrize(
    ("value", "status"), [("projectcontour.io/anything", 0), ("traefik.io/ingress-controller", 2)]
)
def test_contour_goes_by_the_name_alone(cluster: Cluster, value: str, status: int) -> None:
    cluster.add(ingress_class("contour", value))
    assert install(cluster, "contour", "--dry-run=server").status == status


@needed
def test_files_got_in_another_way_are_the_release(cluster: Cluster, tmp_path: Path) -> None:
    def nobody(address: str, sha256: str) -> bytes:
        raise InputError(f"{address} could not be fetched: no network")

    without = run(["install", "f5-nginx", "--provider", "gke"], cluster, download=nobody)
    assert without.status == 2
    assert "kubectl ingress install f5-nginx --manifest DIRECTORY\n" in without.stderr
    recipe = find_recipe("f5-nginx")
    assert isinstance(recipe, Manifests)
    files = [*recipe.releases[0].files, *recipe.releases[0].balanced]
    assert f"get these {len(files)} files in another way" in without.stderr
    for file in files:
        assert f"       {file.url}\n" in without.stderr
        (tmp_path / file.url.rpartition("/")[2]).write_bytes(download(file.url, file.sha256))
    words = ("f5-nginx", "--provider", "gke", "--no-wait")
    ran = install(cluster, *words, "--manifest", str(tmp_path))
    assert ran.status == 0, ran.stderr
    assert "Controller F5 NGINX Ingress Controller 5.5.4, namespace nginx-ingress" in said(ran)
    fetched = install(cluster, *words)
    assert "0 objects to create, 0 to change" in said(fetched)
    # A file more, and it is something of one's own.
    (tmp_path / "more.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: nginx-ingress}\n"
    )
    more = install(cluster, *words, "--manifest", str(tmp_path))
    assert "Controller F5 NGINX Ingress Controller, namespace nginx-ingress" in said(more)


def test_another_namespace_than_its_own(cluster: Cluster) -> None:
    ran = install(cluster, "haproxytech", "-n", "web")
    assert (ran.status, ran.stdout) == (2, "")
    assert "haproxytech is installed into namespace haproxy-controller" in said(ran)
    assert cluster.requests == []
    assert install(None, "contour", "--namespace", "web", "--dry-run=client").status == 2


@needed
def test_ingresses_that_will_be_served_are_named(cluster: Cluster) -> None:
    annotations = {"nginx.ingress.kubernetes.io/rewrite-target": "/"}
    cluster.add(ingress(annotations=annotations))
    ran = install(cluster, "f5-nginx", "--dry-run=server")
    assert ran.status == 0, ran.stderr
    assert "KI206 default/web names class nginx already and will be served" in said(ran)
    assert "does not read their annotations nginx.ingress.kubernetes.io/" in said(ran)
    assert "take 5.6.1" in said(ran)


@needed
def test_objects_of_another_installation_of_ours_are_left_alone(cluster: Cluster) -> None:
    marked = {"annotations": {INSTALLED_BY: "0.1.0 contour 1.33.6"}}
    meta = {"name": "nginx-config", "namespace": "nginx-ingress", **marked}
    space = {"name": "nginx-ingress", **marked}
    cluster.add({"apiVersion": "v1", "kind": "Namespace", "metadata": space})
    cluster.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
    ran = install(cluster, "f5-nginx")
    assert ran.status == 2
    assert "(by kubectl ingress install contour)" in said(ran)
    assert writes(cluster) == []


def test_a_rendered_manifest_gets_its_namespace_and_mark(cluster: Cluster) -> None:
    ran = install(cluster, "kong", "--manifest", "-", "--provider", "gke", stdin=RENDERED)
    assert (ran.status, ran.stdout) == (0, "Ready. Address 203.0.113.7\n"), ran.stderr
    for key in (("Namespace", "", "kong"), ("Service", "kong", "kong-gateway-proxy")):
        meta = cluster.objects[key]["metadata"]
        assert " kong sha256:" in meta["annotations"][INSTALLED_BY]
        assert meta["labels"] == {"kubectl-ingress/controller": "kong"}
    assert "Service kong/kong-gateway-proxy has its address" in said(ran)
    # Of the other installations none is meant.
    assert run(["uninstall", "contour", "--yes"], cluster).stdout == "Nothing to uninstall\n"
    done = run(["uninstall", "kong", "--yes"], cluster)
    assert done.stdout.count(" deleted\n") == 3
    assert "the address 203.0.113.7" in said(done)


def test_a_load_balancer_without_an_address(cluster: Cluster) -> None:
    words = ["install", "kong", "--manifest", "-", "--provider", "gke", "--timeout", "40s"]
    ran = run(words, cluster, clock=FakeClock(), stdin=RENDERED)
    assert (ran.status, ran.stdout) == (1, "")
    assert "KI601 the load balancer of Service kong/kong-gateway-proxy" in said(ran)
    # Where nothing tells that one is made, none is waited for.
    unknown = run(words[:4], cluster, clock=FakeClock(), stdin=RENDERED)
    assert unknown.status == 0, unknown.stderr
    assert "no load balancer is waited for" in said(unknown)


def test_a_manifest_without_the_class(cluster: Cluster) -> None:
    without = RENDERED.partition("---\n")[2]
    ran = install(cluster, "kong", "--manifest", "-", "--no-wait", stdin=without)
    assert "KI208 the manifest has no IngressClass of ingress-controllers.konghq.com" in said(ran)


def test_the_class_of_a_rendered_manifest_is_its_own(cluster: Cluster) -> None:
    ran = install(cluster, "kong", "--manifest", "-", "--class", "x", stdin=RENDERED)
    assert ran.status == 2
    assert "says itself which class it serves" in said(ran)


def test_a_chart_tells_the_command(cluster: Cluster) -> None:
    ran = install(cluster, "kong")
    assert ran.status == 2
    assert "helm upgrade --install kong ingress --repo https://charts.konghq.com" in ran.stderr
    assert cluster.requests == []


def definition_and_object(cluster: Cluster) -> None:
    text = RENDERED.replace("---\n", f"---\n{CRD}---\n")
    assert install(cluster, "kong", "--manifest", "-", stdin=text).status == 0
    meta = {"name": "theirs", "namespace": "default", "uid": "w"}
    widget = {"apiVersion": WIDGETS.api_version, "kind": "Widget", "metadata": meta}
    cluster.objects["Widget", "default", "theirs"] = widget


def test_a_definition_stays_as_long_as_others_have_objects(cluster: Cluster) -> None:
    definition_and_object(cluster)
    done = run(["uninstall", "kong", "--yes"], cluster)
    key = ("CustomResourceDefinition", "", "widgets.example.org")
    assert key in cluster.objects
    assert f"CustomResourceDefinition {key[2]}: it has Widget default/theirs" in said(done)
    assert "Namespace" not in {key[0] for key in cluster.objects if key[2] == "kong"}
    done = run(["uninstall", "kong", "--yes", "--crds"], cluster)
    assert done.status == 0, done.stderr
    assert key not in cluster.objects


def test_whether_it_is_used_must_be_seen(cluster: Cluster) -> None:
    definition_and_object(cluster)
    cluster.fail("GET", "/widgets$", ApiForbidden("you may not list widgets"))
    before = dict(cluster.objects)
    done = run(["uninstall", "kong", "--yes"], cluster)
    assert done.status == 2
    assert cluster.objects == before


def test_kinds_that_may_not_be_listed_are_named(cluster: Cluster) -> None:
    install(cluster, "kong", "--manifest", "-", stdin=RENDERED)
    for kind in ("secrets", "ingresses"):
        cluster.fail("GET", f"/{kind}$", ApiForbidden(f"you may not list {kind}"))
    done = run(["uninstall", "kong", "--yes"], cluster)
    assert done.status == 0, done.stderr
    unseen = "Not seen secrets, ingresses.networking.k8s.io: they may not be read, so what there"
    assert unseen in said(done)


# Without these it would go on, and nobody would see what it was left without.
@pytest.mark.parametrize("kind", ["namespaces", "services", "serviceaccounts", "clusterroles"])
@pytest.mark.parametrize("words", [["--yes"], ["--dry-run=server"], ["--dry-run=client"]])
def test_what_an_installation_is_made_of_must_be_seen(
    cluster: Cluster, kind: str, words: list[str]
) -> None:
    install(cluster, "kong", "--manifest", "-", stdin=RENDERED)
    cluster.fail("GET", f"/{kind}$", ApiForbidden(f"you may not list {kind}"))
    before = dict(cluster.objects)
    done = run(["uninstall", "kong", *words], cluster)
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {kind}")
    assert "what there is of kong is not known" in said(done)
    assert done.stderr.count("nothing was changed") == 1
    assert "others made it" not in said(done)
    assert cluster.objects == before


def test_what_others_installed(cluster: Cluster) -> None:
    cluster.add(workload("kong/kubernetes-ingress-controller:3.5", "kong/ingress-kong"))
    done = run(["uninstall", "kong", "--yes"], cluster)
    assert done.status == 2
    assert "Deployment kong/ingress-kong was not installed by this program (KI708)" in said(done)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["gke"], "switch it off where it was switched on"),
        (["nginx-ingress"], 'no controller "nginx-ingress"'),
        (["kong", "--class", "x"], "leave it out"),
        (["kong", "-n", "web"], "kong is installed into namespace kong"),
        (["contour", "--namespace", "web"], "leave -n web out"),
        (["--crds"], "--crds means nothing"),
    ],
)
def test_words_that_make_no_removal(cluster: Cluster, words: list[str], told: str) -> None:
    done = run(["uninstall", *words], cluster)
    assert (done.status, done.stdout) == (2, "")
    assert told in said(done)


def test_uninstall_without_a_name_tells_what_there_is(cluster: Cluster) -> None:
    text = RENDERED + "---\n" + "apiVersion: apps/v1\nkind: Deployment\n"
    text += "metadata: {name: kong, namespace: kong}\nspec: {}\n"
    install(cluster, "kong", "--manifest", "-", "--no-wait", stdin=text)
    done = run(["uninstall"], cluster)
    assert done.stdout == "Nothing to uninstall\n"
    assert "kubectl ingress uninstall kong" in done.stderr


def test_ingress_nginx_leaves_the_class_of_another_alone(cluster: Cluster) -> None:
    marked: dict[str, Any] = {"annotations": {INSTALLED_BY: "0.1.0 f5-nginx 5.5.4"}}
    taken = ingress_class(controller="nginx.org/ingress-controller")
    taken["metadata"] |= marked
    cluster.add(taken)
    ran = run(["install", "--provider", "gke"], cluster)
    assert ran.status == 2
    belongs = "IngressClass nginx belongs to nginx.org/ingress-controller (kubectl ingress install"
    assert f"{belongs} f5-nginx), and" in said(ran)
    assert "install beside it: --class NAME" in ran.stderr
    assert "or remove that one first: kubectl ingress uninstall f5-nginx" in ran.stderr
    # It is in use there.
    assert "kubectl delete ingressclass" not in ran.stderr
    assert writes(cluster) == []
