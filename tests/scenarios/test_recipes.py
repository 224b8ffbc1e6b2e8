"""Other controllers: as their projects publish them, applied, waited for, and taken away.

What is published is in ../shared, and got from there in place of the network: each file where
this program keeps what it has fetched, under its digest. A played pod proves that the objects are
accepted and that the rollout completes, not that the vendor's image works.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import COUNTED
from tests.realcluster.fixture import inside
from tests.recipes.upstream import UPSTREAM, by_digest, needed
from tests.scenarios.played import IMAGES
from tests.scenarios.test_uninstall import Objects, differing, everything

if TYPE_CHECKING:
    import subprocess

    from .world import World

KONG = UPSTREAM / "kong/chart-ingress-0.24.0/rendered.yaml"
KUSTOMIZED = UPSTREAM / "kong/v3.5.13/rendered-kustomize-multi-gw-oss.yaml"
pytestmark = needed
real_only = pytest.mark.skipif(not inside(), reason="the lab has no CustomResourceDefinitions")
GATEWAY = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: default}
spec:
  gatewayClassName: nginx
  listeners: [{name: http, port: 80, protocol: HTTP}]
"""
PROXY = """\
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: web, namespace: default}
spec: {virtualhost: {fqdn: a.example}, routes: [{services: [{name: echo, port: 80}]}]}
"""


DEPRECATED = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: olds.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Old, plural: olds, singular: old, listKind: OldList}
  versions:
  - name: v1
    served: true
    storage: true
    deprecated: true
    deprecationWarning: olds are old
    schema: {openAPIV3Schema: {type: object}}
"""


@pytest.fixture(scope="module", autouse=True)
def _played(bed: World) -> None:
    bed.node.images[:0] = IMAGES
    kept = bed.home / ".cache/kubectl-ingress/manifests"
    kept.mkdir(parents=True)
    for digest, file in by_digest().items():
        (kept / digest).write_bytes(file.read_bytes())
    # What others have in the cluster.
    bed.kubectl("create", "ingress", "web", "--class=elsewhere", "--rule=a.example/*=echo:80")
    bed.kubectl("create", "configmap", "mine", "--from-literal=a=b")


@pytest.fixture
def before(bed: World) -> Objects:
    return everything(bed)


def ingress(bed: World, *words: str) -> subprocess.CompletedProcess[str]:
    done = bed.ingress(*words, timeout=180)
    assert "Traceback" not in done.stderr
    # Looking for what is there, every kind is listed.
    assert "deprecated" not in done.stderr
    return done


def installed(bed: World, *words: str) -> str:
    done = ingress(bed, "install", *words, "--timeout", "90s")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Ready."), done.stdout + done.stderr
    return " ".join(done.stderr.split())


def removed(bed: World, *words: str) -> str:
    done = ingress(bed, "uninstall", *words, "--yes", "--timeout", "90s")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Not seen" not in done.stderr
    return " ".join(done.stderr.split())


def controllers(bed: World) -> dict[str, Any]:
    told = json.loads(ingress(bed, "status", "-o", "json").stdout)
    return {one["name"]: one for one in told["controllers"]}


def changed(before: Objects, bed: World) -> set[str]:
    """The names of what is there now and was not, or is otherwise; not what definitions bring."""
    found = differing(before, everything(bed))
    return {name for kind, _, name in found if not kind.startswith("APIService ")}


@pytest.fixture(autouse=True)
def _tell(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """What was proven is said at the end of a run, and what was not."""
    how = "a real API server" if inside() else "the lab"
    name = request.node.name.removeprefix("test_").replace("_", " ")
    told = f"{name}: on {how}; its pods are played, so no more than that is proven"
    record_property(COUNTED, (told, 1, 1))


def rolled_out(bed: World, namespace: str) -> list[str]:
    """The Deployments and DaemonSets that are as they should be."""
    found = bed.get("deployments,daemonsets", "-n", namespace)["items"]
    for each in found:
        status = each["status"]
        ready = status.get("availableReplicas", status.get("numberAvailable", 0))
        wanted = status.get("replicas", status.get("desiredNumberScheduled", 0))
        assert ready == wanted > 0, each["metadata"]["name"]
    return [each["metadata"]["name"] for each in found]


def test_haproxytech_has_a_class_then_and_leaves_nothing(bed: World, before: Objects) -> None:
    said = installed(bed, "haproxytech")
    assert "8 objects to create" in said
    assert rolled_out(bed, "haproxy-controller") == ["haproxy-kubernetes-ingress"]
    one = controllers(bed)["haproxytech"]
    assert (one["version"], one["classes"]) == ("3.2.11", [{"name": "haproxy", "default": False}])
    assert one["installedBy"]["detail"].endswith("haproxytech 3.2.11")
    again = installed(bed, "haproxytech")
    assert "0 objects to create, 0 to change, 8 as they should be" in again
    # Of somebody who has come in the meantime nothing is lost.
    bed.kubectl("create", "configmap", "theirs", "-n", "haproxy-controller")
    assert "ConfigMap theirs" in removed(bed, "haproxytech")
    stays = {"haproxy-controller", "theirs", "default", "kube-root-ca.crt"}
    assert changed(before, bed) == stays
    bed.kubectl("delete", "namespace", "haproxy-controller")
    assert differing(before, everything(bed)) == set()
    assert ingress(bed, "uninstall", "haproxytech").stdout == "Nothing to uninstall\n"


def test_a_class_in_use_is_given_up_only_when_that_is_said(bed: World, before: Objects) -> None:
    installed(bed, "haproxytech")
    bed.kubectl("create", "ingress", "shop", "--class=haproxy", "--rule=b.example/*=echo:80")
    refused = ingress(bed, "install", "haproxytech", "--class", "edge")
    assert refused.returncode == 2
    assert "class haproxy, which is in use, would be given up" in refused.stderr
    assert "nothing was changed" in refused.stderr
    assert refused.stderr.endswith("kubectl ingress install haproxytech --class edge --yes\n")
    assert bed.get("ingressclass", "haproxy")
    said = installed(bed, "haproxytech", "--class", "edge", "--yes")
    assert "Ingresses default/shop: nobody serves their class then" in said
    assert bed.kubectl("get", "ingressclass", "haproxy", check=False).returncode != 0
    # Back again: nobody has the other one.
    installed(bed, "haproxytech", "--class", "haproxy")
    bed.kubectl("delete", "ingress", "shop")
    removed(bed, "haproxytech")
    assert differing(before, everything(bed)) == set()


@real_only
def test_of_deprecated_kinds_that_nobody_has_nothing_is_said(bed: World) -> None:
    bed.kubectl("apply", "-f", "-", input=DEPRECATED)
    bed.kubectl("wait", "--for=condition=Established", "crd/olds.example.org")
    try:
        bed.wait_for(
            lambda: "olds are old" in bed.kubectl("get", "olds", check=False).stderr,
            20,
            "a warning",
        )
        installed(bed, "haproxytech")
        installed(bed, "haproxytech")
        done = ingress(bed, "uninstall", "haproxytech", "--yes", "--timeout", "90s")
        assert done.returncode == 0, done.stderr
        assert "Warning: " not in done.stderr
    finally:
        bed.kubectl("delete", "crd", "olds.example.org")


@real_only
def test_f5_beside_ingress_nginx(bed: World, before: Objects) -> None:
    installed(bed)
    clash = ingress(bed, "install", "f5-nginx")
    assert clash.returncode == 2
    assert "IngressClass nginx belongs to k8s.io/ingress-nginx" in " ".join(clash.stderr.split())
    assert "kubectl ingress install f5-nginx --class NAME" in clash.stderr
    said = installed(bed, "f5-nginx", "--class", "nginx-f5")
    assert "KI710" in said
    assert "CVE-2026-77180; take 5.6.1" in said
    assert "14 objects to create" in said
    assert rolled_out(bed, "nginx-ingress") == ["nginx-ingress"]
    service = bed.get("service", "nginx-ingress", "-n", "nginx-ingress")
    # On AWS, as the cluster's provider wants it.
    prefix = "service.beta.kubernetes.io/aws-load-balancer-"
    assert service["metadata"]["annotations"][f"{prefix}type"] == "nlb"
    found = controllers(bed)
    assert found["f5-nginx"]["classes"] == [{"name": "nginx-f5", "default": False}]
    assert found["f5-nginx"]["addresses"] == [bed.hostname("nginx-ingress", "nginx-ingress")]
    assert found["ingress-nginx"]["classes"] == [{"name": "nginx", "default": False}]
    beside = everything(bed)
    removed(bed, "f5-nginx")
    gone = differing(beside, everything(bed))
    assert all(key[1] in ("", "nginx-ingress") for key in gone)
    assert controllers(bed).keys() == {"ingress-nginx"}
    removed(bed)
    assert differing(before, everything(bed)) == set()


@real_only
def test_contour_keeps_definitions_that_are_used(bed: World, before: Objects) -> None:
    said = installed(bed, "contour")
    assert "21 objects to create" in said
    assert rolled_out(bed, "projectcontour") == ["contour", "envoy"]
    assert bed.get("secret", "contourcert", "-n", "projectcontour")["data"]
    bed.apply(PROXY)
    said = removed(bed, "contour")
    definition = "httpproxies.projectcontour.io"
    assert f"CustomResourceDefinition {definition}: it has HTTPProxy default/web" in said
    assert "lost with --crds" in said
    left = changed(before, bed)
    assert left == {definition, "web"}
    assert bed.get("httpproxy", "web")["spec"]["virtualhost"] == {"fqdn": "a.example"}
    # It is ours still: another installation finds it as it should be, and its removal takes it.
    assert "20 objects to create, 0 to change, 1 as they should be" in installed(bed, "contour")
    removed(bed, "contour", "--crds")
    assert differing(before, everything(bed)) == set()


@real_only
def test_nginx_gateway_fabric_brings_the_gateway_api(bed: World, before: Objects) -> None:
    said = installed(bed, "nginx-gateway-fabric")
    assert "36 objects to create" in said
    assert rolled_out(bed, "nginx-gateway") == ["nginx-gateway"]
    one = controllers(bed)["nginx-gateway-fabric"]
    assert (one["version"], one["gatewayClasses"]) == ("2.6.7", ["nginx"])
    bed.wait_for(lambda: bed.apply(GATEWAY), 20, "the kind is served")
    said = removed(bed, "nginx-gateway-fabric")
    assert "Gateways default/web without a controller then" in said
    left = changed(before, bed)
    # The policy that guards the definition stays with it.
    guard = "safe-upgrades.gateway.networking.k8s.io"
    assert left == {"gateways.gateway.networking.k8s.io", "web", guard}
    removed(bed, "nginx-gateway-fabric", "--crds")
    assert differing(before, everything(bed)) == set()


@real_only
def test_a_gateway_api_of_others_is_used(bed: World) -> None:
    standard = UPSTREAM / "gateway-api/v1.6.1-standard"
    bed.kubectl("apply", "--server-side", "-f", str(standard))
    before = everything(bed)
    try:
        said = installed(bed, "nginx-gateway-fabric")
        assert "Gateway API 1.6.1 is there (by kubectl apply --server-side) and is used" in said
        removed(bed, "nginx-gateway-fabric")
        assert differing(before, everything(bed)) == set()
    finally:
        bed.kubectl("delete", "-f", str(standard))


@real_only
def test_kong_from_a_rendered_manifest_and_then_from_another(bed: World, before: Objects) -> None:
    digest = hashlib.sha256(KONG.read_bytes()).hexdigest()
    said = installed(bed, "kong", "--manifest", str(KONG), "--sha256", digest)
    assert "its SHA-256 is as asked for" in said
    assert rolled_out(bed, "kong") == ["kong-controller", "kong-gateway"]
    one = controllers(bed)["kong"]
    assert one["classes"] == [{"name": "kong", "default": False}]
    assert one["addresses"]
    assert f"kong sha256:{digest[:12]}" in one["installedBy"]["detail"]
    again = installed(bed, "kong", "--manifest", str(KONG))
    assert "0 objects to create, 0 to change" in again
    # The other one takes its place: what only the first had is gone.
    said = installed(bed, "kong", "--manifest", str(KUSTOMIZED))
    assert f"objects of what was installed (sha256:{digest[:12]}) are deleted" in said
    assert rolled_out(bed, "kong") == ["ingress-kong", "proxy-kong"]
    everywhere = everything(bed)
    assert not [key for key, item in everywhere.items() if f"sha256:{digest[:12]}" in str(item)]
    again = installed(bed, "kong", "--manifest", str(KUSTOMIZED))
    assert "0 objects to create, 0 to change" in again
    assert "are deleted" not in again
    removed(bed, "kong")
    assert differing(before, everything(bed)) == set()


def test_what_others_installed_is_named(bed: World) -> None:
    file = UPSTREAM / "haproxytech/v3.2.11/haproxy-ingress.yaml"
    bed.kubectl("apply", "-f", str(file))
    try:
        refused = ingress(bed, "install", "haproxytech")
        assert refused.returncode == 2
        assert "6 objects are there already and not part of this (KI708)" in " ".join(
            refused.stderr.split()
        )
        kept = ingress(bed, "uninstall", "haproxytech", "--yes")
        assert kept.returncode == 2
        assert "was not installed by this program (KI708)" in kept.stderr
    finally:
        bed.kubectl("delete", "-f", str(file), timeout=60)
