"""A manifest of one's own: from a file, stdin and a URL; run twice; others' objects in the way."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kubectl_ingress.install.settings import INSTALLED_BY
from tests.ports.test_download import replying, serving
from tests.realcluster.fixture import inside

if TYPE_CHECKING:
    from .world import World

CONTOUR = Path(__file__).parents[3] / "shared/data/upstream/contour/v1.33.6/contour.yaml"
MANIFEST = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: own}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: Namespace
metadata: {name: own}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: own}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: own, annotations: {example.com/note: kept}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: web
        image: registry.k8s.io/e2e-test-images/agnhost:2.53
        command: [/agnhost]
        args: [netexec, --http-port=8080]
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /healthz, port: 8080}}
"""
DIGEST = hashlib.sha256(MANIFEST.encode()).hexdigest()
KINDS = ("namespace/own", "service/web", "serviceaccount/web", "deployment.apps/web")
WATCHED = "services,serviceaccounts,deployments.apps,configmaps"


@pytest.fixture
def file(bed: World) -> Path:
    path = bed.directory / "own.yaml"
    path.write_text(MANIFEST)
    return path


@pytest.fixture(autouse=True)
def _empty(bed: World) -> Iterator[None]:
    yield
    bed.node.unpullable.clear()
    if is_there(bed):
        # The namespace would wait for pods that end in their own time.
        bed.kubectl("delete", "deployments", "--all", "-n", "own")
        bed.kubectl("delete", "pods", "--all", "-n", "own", "--force", "--grace-period=0")
    bed.kubectl("delete", "namespace", "own", "--ignore-not-found", timeout=60)


def settled(bed: World) -> dict[str, Any]:
    """The state, once the cluster's own controllers have made what belongs to it."""

    def unchanged() -> dict[str, Any] | None:
        before = state(bed)
        time.sleep(0.5)
        return before if state(bed) == before else None

    return bed.wait_for(unchanged, 20, "nothing changes any more")


def state(bed: World, *kinds: str) -> dict[str, Any]:
    """All objects of these kinds as they are, by name and version."""
    listed = bed.get(*(kinds or (WATCHED, "-A")))["items"]
    return {
        f"{each['kind']} {each['metadata'].get('namespace')}/{each['metadata']['name']}": (
            each["metadata"]["uid"],
            {key: value for key, value in each.items() if key not in ("status", "metadata")},
            each["metadata"].get("annotations"),
        )
        for each in listed
    }


def is_there(bed: World) -> bool:
    return bed.kubectl("get", "namespace", "own", check=False).returncode == 0


def test_from_a_file_and_twice(bed: World, file: Path) -> None:
    done = bed.ingress("install", "--manifest", str(file), "--timeout", "60s")
    assert (done.returncode, done.stdout) == (0, "Ready.\n"), done.stderr
    assert "4 objects to create, 0 to change" in done.stderr
    assert "Deployment own/web  2/2 ready" in done.stderr
    assert f"kubectl delete -f {file}" in done.stderr
    deployment = bed.get("deployment", "web", "-n", "own")
    assert deployment["status"]["availableReplicas"] == 2
    annotations = deployment["metadata"]["annotations"]
    assert annotations["example.com/note"] == "kept"
    for each in KINDS:
        assert INSTALLED_BY in bed.get(each, "-n", "own")["metadata"]["annotations"]
    managers = {
        e["manager"]
        for e in bed.get("service", "web", "-n", "own", "--show-managed-fields")["metadata"][
            "managedFields"
        ]
    }
    assert "kubectl-ingress" in managers
    before = settled(bed)
    again = bed.ingress("install", "--manifest", str(file), "--sha256", DIGEST, "-o", "name")
    assert again.returncode == 0, again.stderr
    assert "0 objects to create, 0 to change, 4 as they should be" in again.stderr
    assert tuple(again.stdout.split()) == KINDS
    assert state(bed) == before
    file.write_text(MANIFEST.replace("replicas: 2", "replicas: 1"))
    changed = bed.ingress("install", "--manifest", str(file), "--timeout", "60s")
    assert changed.returncode == 0, changed.stderr
    assert "1 to change (Deployment web)" in changed.stderr
    assert "spec.replicas: 2 -> 1" in changed.stderr
    # The same in a directory, beside another file.
    inside_it = bed.directory / "several"
    inside_it.mkdir()
    (inside_it / "own.yaml").write_text(file.read_text())
    more = bed.directory / "more.json"
    meta = {"name": "more", "namespace": "own"}
    more.write_text(json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}))
    words = ("--manifest", str(inside_it), "--manifest", str(more))
    several = bed.ingress("install", *words, "--timeout", "60s")
    assert several.returncode == 0, several.stderr
    assert "1 object to create, 0 to change, 4 as they should be" in several.stderr
    assert f"kubectl delete -f {inside_it} -f {more}" in " ".join(several.stderr.split())
    # The last line is how to remove it.
    bed.kubectl("delete", "-f", str(inside_it), "-f", str(more), timeout=60)
    assert not is_there(bed)


def test_uninstall_leaves_it_alone(bed: World, file: Path) -> None:
    done = bed.ingress("install", "--manifest", str(file), "--no-wait")
    assert done.returncode == 0, done.stderr
    before = settled(bed)
    for words in ((), ("-n", "own")):
        done = bed.ingress("uninstall", "--yes", *words)
        assert (done.returncode, done.stdout) == (0, "Nothing to uninstall\n"), done.stderr
    assert state(bed) == before


def test_from_stdin_after_a_dry_run(bed: World) -> None:
    dry = bed.ingress("install", "--manifest", "-", "--dry-run=server", input=MANIFEST)
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout.count("serverside-applied (server dry run)") == 4
    assert not is_there(bed)
    shown = bed.ingress(
        "install", "--manifest", "-", "--dry-run=client", "-o", "json", input=MANIFEST
    )
    assert len(json.loads(shown.stdout)["items"]) == 4
    done = bed.ingress("install", "--manifest", "-", "--timeout", "60s", input=MANIFEST)
    assert done.returncode == 0, done.stderr


def test_from_a_url(bed: World) -> None:
    with serving(replying(body=MANIFEST.encode())) as base:
        url = f"{base}/own.yaml"
        without = bed.ingress("install", "--manifest", url)
        assert without.returncode == 2
        assert "needs --sha256" in without.stderr
        wrong = bed.ingress("install", "--manifest", url, "--sha256", "0" * 64)
        assert wrong.returncode == 2
        assert DIGEST in wrong.stderr
        assert "0" * 64 in wrong.stderr
        assert not is_there(bed)
        done = bed.ingress("install", "--manifest", url, "--sha256", DIGEST, "--no-wait")
    assert done.returncode == 0, done.stderr
    assert "not waited for" in done.stderr
    assert is_there(bed)


def test_from_a_url_with_tls(bed: World, tmp_path: Path) -> None:
    with serving(replying(body=MANIFEST.encode()), tmp_path) as base:
        words = (
            "install",
            "--manifest",
            f"{base}/own.yaml",
            "--sha256",
            DIGEST,
            "--dry-run=server",
        )
        distrusted = bed.ingress(*words)
        assert distrusted.returncode == 2
        assert "certificate" in distrusted.stderr.lower()
        done = bed.ingress(*words, env={"SSL_CERT_FILE": str(tmp_path / "tls.crt")})
    assert done.returncode == 0, done.stderr
    assert "4 objects to create" in done.stderr


def test_an_object_of_somebody_else(bed: World, file: Path) -> None:
    bed.kubectl("create", "namespace", "own")
    bed.kubectl("create", "service", "clusterip", "web", "--tcp=81:81", "-n", "own")
    before = settled(bed)
    done = bed.ingress("install", "--manifest", str(file))
    assert done.returncode == 2
    assert "Service own/web is there already" in done.stderr
    # A long path folds the sentence.
    assert f"{file}:1: Service own/web (by kubectl create)" in " ".join(done.stderr.split())
    assert state(bed) == before
    bed.kubectl("delete", "service", "web", "-n", "own")
    # The namespace stays theirs, and is used.
    done = bed.ingress("install", "--manifest", str(file), "--timeout", "60s")
    assert done.returncode == 0, done.stderr
    assert "Namespace own of others used" in done.stderr
    assert "annotations" not in bed.get("namespace", "own")["metadata"]


def test_what_the_api_server_refuses_is_told_with_its_line(bed: World, file: Path) -> None:
    bed.kubectl("create", "namespace", "own")
    file.write_text(MANIFEST.replace("port: 80,", "port: 808080,"))
    done = bed.ingress("install", "--manifest", str(file))
    assert done.returncode == 2
    assert f"{file}:1: " in done.stderr
    assert "808080" in done.stderr
    found = bed.get("serviceaccounts,services,deployments", "-n", "own")["items"]
    assert [each["metadata"]["name"] for each in found] in ([], ["default"])


@pytest.mark.skipif(not inside(), reason="the lab has no quotas")
def test_what_a_quota_refuses_has_changed_nothing(bed: World, file: Path) -> None:
    bed.kubectl("create", "namespace", "own")
    bed.kubectl("create", "quota", "few", "--hard=count/services=0", "-n", "own")
    bed.wait_for(
        lambda: bed.get("quota", "few", "-n", "own")["status"].get("used"), 30, "it is counted"
    )
    done = bed.ingress("install", "--manifest", str(file))
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "exceeded quota: few" in said
    assert "; nothing was changed" in said
    assert bed.get("deployments", "-n", "own")["items"] == []


def test_a_missing_namespace_and_a_missing_right(bed: World, file: Path) -> None:
    file.write_text(MANIFEST.replace("name: own}", "name: another}"))
    done = bed.ingress("install", "--manifest", str(file))
    assert done.returncode == 2
    assert "kubectl create namespace own" in done.stderr
    file.write_text(MANIFEST)
    dev = {"KUBECONFIG": str(bed.kubeconfig("dev"))}
    done = bed.ingress("install", "--manifest", str(file), env=dev)
    assert done.returncode == 2
    assert "you may not" in done.stderr
    assert not is_there(bed)


def test_an_image_that_cannot_be_pulled(bed: World, file: Path) -> None:
    bed.node.unpullable.add("agnhost")
    done = bed.ingress("install", "--manifest", str(file), "--timeout", "5s")
    assert (done.returncode, done.stdout) == (1, "")
    assert "KI702" in done.stderr
    assert "another image in the manifest" in done.stderr
    bed.node.unpullable.clear()


@pytest.mark.skipif(not inside(), reason="the lab has no CustomResourceDefinitions")
@pytest.mark.skipif(not CONTOUR.exists(), reason=f"SKIPPED, LOUDLY: there is no {CONTOUR}")
def test_contour(bed: World) -> None:
    digest = hashlib.sha256(CONTOUR.read_bytes()).hexdigest()
    # Its Job, which makes the certificates that all pods wait for, is nothing that runs in a bed.
    words = ("install", "--manifest", str(CONTOUR), "--sha256", digest, "--no-wait")
    done = bed.ingress(*words, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "21 objects to create" in done.stderr
    definitions = bed.get("crds")["items"]
    assert len([each for each in definitions if "projectcontour" in each["metadata"]["name"]]) >= 4
    before = settled(bed)
    again = bed.ingress(*words, timeout=120)
    assert again.returncode == 0, again.stderr
    assert "0 to change" in again.stderr
    assert state(bed) == before


CUSTOM = """\
apiVersion: example.org/v1
kind: Widget
metadata: {name: w, namespace: own}
spec: {size: 3}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: own}
"""


@pytest.mark.skipif(not inside(), reason="the lab has no CustomResourceDefinitions")
def test_a_definition_and_its_object(bed: World) -> None:
    done = bed.ingress("install", "--manifest", "-", input=CUSTOM)
    assert done.returncode == 0, done.stderr
    assert bed.get("widget", "w", "-n", "own")["spec"] == {"size": 3}
    again = bed.ingress("install", "--manifest", "-", input=CUSTOM)
    assert "3 as they should be" in again.stderr, again.stderr
    wrong = bed.ingress("install", "--manifest", "-", input=CUSTOM.replace("size: 3", "size: a"))
    assert wrong.returncode == 2
    assert "stdin:1: " in wrong.stderr
    bed.kubectl("delete", "-f", "-", input=CUSTOM)
