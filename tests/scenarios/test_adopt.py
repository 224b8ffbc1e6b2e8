"""An ingress-nginx that others installed: refused, and taken over where that is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess

    from .world import World

NS = "ingress-nginx"
NAME = "ingress-nginx-controller"
MARK = "kubectl-ingress/installed-by"
UPSTREAM = Path(__file__).parents[3] / "shared/data/upstream/ingress-nginx"
CLUSTER_WIDE = {
    "validatingwebhookconfigurations": ["ingress-nginx-admission", "other"],
    "ingressclasses": ["nginx", "other"],
    "clusterroles": ["ingress-nginx", "ingress-nginx-admission"],
    "clusterrolebindings": ["ingress-nginx", "ingress-nginx-admission"],
}
LOOKED_AT = (
    "namespaces,serviceaccounts,configmaps,secrets,services,deployments,daemonsets,jobs,roles,"
    "rolebindings,clusterroles,clusterrolebindings,ingressclasses,ingresses,"
    "validatingwebhookconfigurations"
)
Objects = dict[tuple[str, str, str], Any]


@pytest.fixture(autouse=True)
def _empty(bed: World) -> Iterator[None]:
    """Each test begins without a controller, and leaves none."""
    # No traffic here, and flags that the played controller does not know.
    bed.node.dataplane_command = None
    yield
    for kind, names in CLUSTER_WIDE.items():
        bed.kubectl("delete", kind, "--ignore-not-found", *names)
    remove_namespace(bed)


def remove_namespace(bed: World) -> None:
    # What lasts is the grace that pods have, and the namespace waits for them.
    now = ("--force", "--grace-period=0")
    bed.kubectl("delete", "deployments,daemonsets,pods", "--all", "-n", NS, *now)
    bed.kubectl("delete", "namespace", NS, "--ignore-not-found", timeout=120)


def install(bed: World, *words: str) -> subprocess.CompletedProcess[str]:
    return bed.ingress("install", "--timeout", "60s", *words, timeout=90)


def passes(bed: World, *words: str) -> subprocess.CompletedProcess[str]:
    done = install(bed, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def refused(bed: World, *words: str) -> str:
    """What it says, as one line, after seeing that nothing was changed."""
    before = everything(bed)
    done = install(bed, *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert changed(before, everything(bed)) == set()
    return " ".join(done.stderr.split())


def everything(bed: World) -> Objects:
    """Every object, by kind, namespace and name; without what controllers say of it."""
    found = {}
    for item in bed.get(LOOKED_AT, "-A")["items"]:
        meta = item["metadata"]
        item.pop("status", None)
        for volatile in ("resourceVersion", "generation"):
            meta.pop(volatile, None)
        meta.get("annotations", {}).pop("deployment.kubernetes.io/revision", None)
        found[item["kind"], meta.get("namespace", ""), meta["name"]] = item
    return found


def changed(before: Objects, after: Objects) -> set[tuple[str, str, str]]:
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def ours(objects: Objects) -> set[tuple[str, str, str]]:
    return {
        key for key, item in objects.items() if MARK in (item["metadata"].get("annotations") or {})
    }


def theirs(bed: World, provider: str, **metadata: Mapping[str, str]) -> list[Any]:
    """What our own program would make for a provider, as somebody else would have written it."""
    done = bed.ingress("install", "--provider", provider, "--dry-run=client", "-o", "json")
    items: list[Any] = json.loads(done.stdout)["items"]
    for item in items:
        del item["metadata"]["annotations"][MARK]
        for field, added in metadata.items():
            item["metadata"].setdefault(field, {}).update(added)
    return items


def find(items: list[Any], kind: str) -> Any:
    return next(item for item in items if (item["kind"], item["metadata"]["name"]) == (kind, NAME))


def apply(bed: World, items: list[Any], *, balanced: bool = True) -> None:
    bed.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    settle(bed, balanced=balanced)


def settle(bed: World, *, balanced: bool = True) -> None:
    """Wait until that controller is ready, as its user would."""
    bed.kubectl("rollout", "status", f"deployment/{NAME}", "-n", NS, "--timeout=60s", timeout=70)
    bed.wait_for(lambda: not bed.get("jobs", "-n", NS)["items"], 30, "the Jobs are gone")
    if balanced:
        bed.wait_for(lambda: bed.hostname(NAME, NS), 30, "the load balancer has a name")


def bystanders(bed: World) -> None:
    """Objects of others, beside and inside of what is taken over."""
    labels = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/instance": NS}
    for item in (
        {"kind": "ConfigMap", "metadata": {"name": "tcp-services", "labels": labels}},
        {"kind": "ConfigMap", "metadata": {"name": "somebody"}},
    ):
        item["metadata"] |= {"namespace": NS}
        bed.apply(json.dumps({"apiVersion": "v1", **item, "data": {"a": "b"}}))
    bed.apply(
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\n"
        "metadata: {name: other}\nspec: {controller: example.com/other}\n"
    )


def test_upstream_s_manifest_is_refused_and_then_taken_over(bed: World) -> None:
    manifest = UPSTREAM / "v1.15.1/aws/deploy.yaml"
    if not manifest.exists():
        pytest.skip(f"not compared with upstream: {manifest} is not there")
    bed.kubectl("apply", "-f", str(manifest))
    settle(bed)
    bystanders(bed)
    said = refused(bed)
    assert "16 objects are there already and not made by this program (KI708)" in said
    assert "by kubectl apply: ServiceAccount ingress-nginx, ingress-nginx-admission; Role" in said
    assert "kubectl ingress install --adopt" in said
    said = refused(bed, "--adopt")
    assert "17 objects of others would be taken over, and there is no terminal" in said
    assert "kubectl ingress install --adopt --provider aws --yes" in said
    assert "Left alone ConfigMap tcp-services" in said

    before = everything(bed)
    done = passes(bed, "--adopt", "--yes")
    after = everything(bed)
    # All of them are marked, nothing else has changed, and nothing was made anew.
    assert changed(before, after) == ours(after)
    assert len(ours(after)) == 17
    assert {k: i["metadata"]["uid"] for k, i in before.items()} == {
        k: i["metadata"]["uid"] for k, i in after.items()
    }
    assert after["Service", NS, NAME]["spec"] == before["Service", NS, NAME]["spec"]
    address = bed.hostname(NAME, NS)
    assert address
    assert f"Ready. Address {address}" in done.stdout

    again = passes(bed)
    assert "0 to change, 19 as they should be, 0 of others touched" in " ".join(
        again.stderr.split()
    )
    assert changed(after, everything(bed)) == set()


def test_what_the_user_has_tuned_and_the_load_balancer_stay(bed: World) -> None:
    """Made for `cloud`, on AWS: ours would ask for another load balancer."""
    items = theirs(bed, "cloud")
    service, deployment = find(items, "Service"), find(items, "Deployment")
    service["spec"]["externalTrafficPolicy"] = "Cluster"
    service["metadata"]["annotations"]["example.com/keep"] = "me"
    find(items, "ConfigMap")["data"] = {"proxy-body-size": "8m"}
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    container["args"].append("--enable-ssl-passthrough")
    container["env"].append({"name": "TZ", "value": "UTC"})
    apply(bed, items)
    before = everything(bed)

    done = passes(bed, "--adopt", "--yes")
    said = " ".join(done.stderr.split())
    path = "metadata.annotations[service.beta.kubernetes.io/aws-load-balancer-type]"
    assert f"{path}: stays (none) (ours: nlb)" in said
    assert "spec.externalTrafficPolicy: stays Cluster (ours: Local)" in said
    assert "--enable-ssl-passthrough" not in said
    assert "keep their settings, so that the load balancer keeps its address" in said
    after = everything(bed)
    for kind in ("Service", "ConfigMap"):
        was, now = before[kind, NS, NAME], after[kind, NS, NAME]
        assert now["metadata"]["annotations"].pop(MARK)
        assert now == was
    container = after["Deployment", NS, NAME]["spec"]["template"]["spec"]["containers"][0]
    assert container["args"][-1] == "--enable-ssl-passthrough"
    assert {"name": "TZ", "value": "UTC"} in container["env"]

    # That stays so, whatever is installed later, and is said each time.
    settled = everything(bed)
    again = " ".join(passes(bed).stderr.split())
    assert "0 to change, 19 as they should be" in again
    assert "keep their settings" in again
    assert changed(settled, everything(bed)) == set()
    # What was taken over is ours alone: a change needs no force.
    other = passes(bed, "--no-wait", "--registry", "mirror.example")
    assert "1 to change (Deployment ingress-nginx-controller)" in " ".join(other.stderr.split())
    now = everything(bed)["Deployment", NS, NAME]["spec"]["template"]["spec"]["containers"][0]
    assert now["image"].startswith("mirror.example/ingress-nginx/controller:")
    assert now["args"] == container["args"]


def test_the_old_manifest_applied_again_is_noticed(bed: World) -> None:
    """As the help says: it sets its fields back without asking, and then they are taken again."""
    items = theirs(bed, "aws")
    deployment = find(items, "Deployment")
    deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 30
    apply(bed, items)
    passes(bed, "--adopt", "--yes")
    taken = everything(bed)
    bed.apply(json.dumps(deployment))
    said = refused(bed)
    assert "kubectl-client-side-apply (.spec.template.spec.terminationGracePeriodSeconds)" in said
    assert "or take these fields over: kubectl ingress install --adopt" in said
    passes(bed, "--adopt", "--yes")
    pod = everything(bed)["Deployment", NS, NAME]["spec"]["template"]["spec"]
    assert pod == taken["Deployment", NS, NAME]["spec"]["template"]["spec"]
    stopped = bed.kubectl(
        *("apply", "--server-side", "-f", "-"), input=json.dumps(deployment), check=False
    )
    assert "conflict" in stopped.stderr


def test_a_helm_release_is_taken_over_with_a_word_about_helm(bed: World) -> None:
    release = {
        "meta.helm.sh/release-name": "ingress-nginx",
        "meta.helm.sh/release-namespace": NS,
    }
    labels = {"app.kubernetes.io/managed-by": "Helm"}
    apply(bed, theirs(bed, "aws", annotations=release, labels=labels))
    said = refused(bed)
    assert "by Helm release ingress-nginx/ingress-nginx: ServiceAccount" in said
    assert "helm uninstall ingress-nginx -n ingress-nginx" in said
    said = " ".join(passes(bed, "--adopt", "--yes").stderr.split())
    assert "kubectl -n ingress-nginx delete secret -l owner=helm,name=ingress-nginx" in said
    assert "0 to change, 19 as they should be" in " ".join(passes(bed).stderr.split())


def renamed(value: Any, old: str, new: str) -> Any:
    return json.loads(json.dumps(value).replace(old, new))


def test_another_release_name_cannot_be_taken_over(bed: World) -> None:
    # As the chart names them: release-ingress-nginx-controller …, and IngressClass nginx.
    items = renamed(theirs(bed, "aws"), "ingress-nginx-", "web-ingress-nginx-")
    items = renamed(items, f'"namespace": "web-{NS}"', f'"namespace": "{NS}"')
    instance = "app.kubernetes.io/instance"
    items = renamed(items, f'"{instance}": "{NS}"', f'"{instance}": "web"')
    namespace = next(item for item in items if item["kind"] == "Namespace")
    bed.apply(json.dumps(namespace))
    bed.apply(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "List",
                "items": [i for i in items if i["kind"] in ("Deployment", "Service")],
            }
        )
    )
    for words in ([], ["--adopt", "--yes"]):
        said = refused(bed, *words)
        assert "Deployment web-ingress-nginx-controller" in said
        assert "install beside it: kubectl ingress install --namespace NAME --class NAME" in said


def test_what_cannot_be_changed_is_found_before_anything_is_written(bed: World) -> None:
    items = theirs(bed, "aws")
    deployment = find(items, "Deployment")
    for labels in (
        deployment["spec"]["selector"]["matchLabels"],
        deployment["spec"]["template"]["metadata"]["labels"],
        find(items, "Service")["spec"]["selector"],
    ):
        labels["tier"] = "edge"
    apply(bed, items)
    said = refused(bed, "--adopt", "--yes")
    assert "selects its pods by" in said
    assert "tier=edge, which Kubernetes lets nobody change" in said
    # A class of another controller: its controller field is immutable.
    remove_namespace(bed)
    bed.kubectl("delete", "ingressclass", "nginx")
    bed.apply(
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\n"
        "metadata: {name: nginx}\nspec: {controller: nginx.org/ingress-controller}\n"
    )
    for kind in ("validatingwebhookconfigurations", "clusterroles", "clusterrolebindings"):
        bed.kubectl("delete", kind, *CLUSTER_WIDE[kind], "--ignore-not-found")
    said = refused(bed, "--adopt", "--yes")
    assert "IngressClass nginx cannot become what it should be" in said
    assert "immutable" in said


def test_another_type_of_service_wants_another_provider(bed: World) -> None:
    apply(bed, theirs(bed, "baremetal"), balanced=False)
    said = refused(bed, "--adopt", "--yes", "--provider", "aws")
    assert "is of type NodePort, and ours would make it LoadBalancer" in said
    assert "--provider baremetal" in said
    ports = everything(bed)["Service", NS, NAME]["spec"]
    passes(bed, "--adopt", "--yes", "--provider", "baremetal")
    assert everything(bed)["Service", NS, NAME]["spec"] == ports
