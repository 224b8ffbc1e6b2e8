"""Another version of a recipe: what only the earlier one had goes when the new one runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiForbidden
from tests.install.test_install_manifest_file import Cluster, writes
from tests.manifests import ingress
from tests.recipes.test_install import cluster, install, said
from tests.recipes.upstream import needed
from tests.running import run

__all__ = ["cluster"]

FIRST = """\
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: kong}
spec: {controller: ingress-controllers.konghq.com/kong}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: kong}
"""
MORE = """\
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions: [{name: v1, served: true, storage: true}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: old, namespace: kong}
spec: {selector: {matchLabels: {app: old}}, template: {metadata: {labels: {app: old}}}}
---
apiVersion: v1
kind: Service
metadata: {name: old, namespace: kong}
spec: {ports: [{port: 80}]}
"""
SECOND = FIRST.replace("name: settings", "name: others")
WORDS = ("kong", "--manifest", "-")


def is_there(cluster: Cluster, kind: str, name: str, namespace: str = "kong") -> bool:
    return (kind, namespace, name) in cluster.objects


def test_what_the_new_version_lacks_goes_at_the_end(cluster: Cluster) -> None:
    assert install(cluster, *WORDS, stdin=FIRST + MORE).status == 0
    cluster.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}})
    dry = install(cluster, *WORDS, "--dry-run=server", stdin=SECOND)
    assert "Then 4 objects of what was installed (sha256:" in said(dry), dry.stderr
    assert ") are deleted" in said(dry)
    assert is_there(cluster, "Deployment", "old")
    cluster.requests.clear()
    ran = install(cluster, *WORDS, stdin=SECOND)
    assert ran.status == 0, ran.stderr
    for kind, name in (("Deployment", "old"), ("Service", "old"), ("ConfigMap", "settings")):
        assert not is_there(cluster, kind, name)
    assert not is_there(cluster, "CustomResourceDefinition", "widgets.example.org", "")
    assert is_there(cluster, "ConfigMap", "others")
    assert is_there(cluster, "ConfigMap", "mine", "default")
    # The new one is whole before anything goes; what runs goes before what it needs.
    verbs = [asked.method for asked in cluster.requests if asked.method in ("PATCH", "DELETE")]
    assert verbs == sorted(verbs, reverse=True)
    lines = ran.stderr.splitlines()
    assert lines.index("deployment.apps/old deleted") < lines.index("service/old deleted")
    again = install(cluster, *WORDS, stdin=SECOND)
    assert "Then" not in again.stderr


def test_a_definition_that_is_used_stays_and_is_named(cluster: Cluster) -> None:
    assert install(cluster, *WORDS, stdin=FIRST + MORE).status == 0
    meta = {"name": "web", "namespace": "default", "uid": "w"}
    widget = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": meta}
    cluster.objects["Widget", "default", "web"] = widget
    ran = install(cluster, *WORDS, stdin=FIRST)
    assert ran.status == 0, ran.stderr
    words = "Stays CustomResourceDefinition widgets.example.org: it has Widget default/web"
    assert words in said(ran)
    assert is_there(cluster, "CustomResourceDefinition", "widgets.example.org", "")
    assert not is_there(cluster, "Deployment", "old")


def test_a_class_that_is_in_use_is_not_given_up_unasked(cluster: Cluster, tmp_path: Path) -> None:
    assert install(cluster, *WORDS, stdin=FIRST).status == 0
    file = tmp_path / "edge.yaml"
    file.write_text(FIRST.replace("{name: kong}", "{name: edge}"))
    words = ("kong", "--manifest", str(file))
    # Nobody has it.
    unused = install(cluster, *words, "--dry-run=server")
    assert "1 object of what was installed" in said(unused)
    assert "Ingresses" not in said(unused)
    cluster.add(ingress(ingressClassName="kong"))
    cluster.requests.clear()
    dry = install(cluster, *words, "--dry-run=server")
    assert (dry.status, writes(cluster)) == (0, [])
    assert "Ingresses default/web: nobody serves their class then" in said(dry), dry.stderr
    ran = install(cluster, *words)
    assert (ran.status, writes(cluster)) == (2, [])
    assert "error: class kong, which is in use, would be given up, and there is no" in said(ran)
    assert f"kubectl ingress install kong --manifest {file} --yes\n" in ran.stderr
    sure = install(cluster, *words, "--yes")
    assert sure.status == 0, sure.stderr
    assert not is_there(cluster, "IngressClass", "kong", "")
    assert is_there(cluster, "IngressClass", "edge", "")


@pytest.mark.parametrize("answer", ["n", "y"])
def test_on_a_terminal_it_is_asked(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str
) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(FIRST)
    words = ["install", "kong", "--manifest", str(file)]
    assert run(words, cluster).status == 0
    cluster.add(ingress(ingressClassName="kong"))
    file.write_text(FIRST.replace("{name: kong}", "{name: edge}"))
    monkeypatch.setattr(Environment, "is_terminal", lambda self, stream: stream is self.stdin)
    ran = run(words, cluster, stdin=f"{answer}\n")
    assert "Give up class kong, which is in use? [y/N]" in ran.stderr
    assert ran.status == (0 if answer == "y" else 2)
    assert is_there(cluster, "IngressClass", "kong", "") == (answer == "n")


def test_who_may_not_list_ingresses_is_asked_too(cluster: Cluster) -> None:
    assert install(cluster, *WORDS, stdin=FIRST).status == 0
    renamed = FIRST.replace("{name: kong}", "{name: edge}")
    cluster.fail("GET", "/ingresses$", ApiForbidden("you may not list ingresses"))
    ran = install(cluster, *WORDS, stdin=renamed)
    assert ran.status == 2
    assert "you may not list ingresses, so it is not known which have that class" in said(ran)


@needed
def test_a_class_that_is_a_name_alone_is_given_up_too(cluster: Cluster) -> None:
    assert install(cluster, "contour", "--no-wait").status == 0
    cluster.add(ingress(ingressClassName="contour"))
    ran = install(cluster, "contour", "--class", "edge")
    assert ran.status == 2
    assert "class contour, which is in use, would be given up" in said(ran), ran.stderr
    assert "kubectl ingress install contour --class edge --yes" in ran.stderr
    assert install(cluster, "contour", "--class", "edge", "--no-wait", "--yes").status == 0


def test_one_in_another_namespace_is_not_replaced(cluster: Cluster) -> None:
    assert install(cluster, *WORDS, stdin=FIRST + MORE).status == 0
    meta = {"name": "elsewhere"}
    cluster.add({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    before = dict(cluster.objects)
    ran = install(cluster, *WORDS, stdin=(FIRST + MORE).replace("space: kong", "space: elsewhere"))
    assert ran.status == 2
    assert "Kong Ingress Controller is installed in namespace kong, and one of it" in said(ran)
    assert "kubectl ingress uninstall kong" in ran.stderr
    assert cluster.objects == before


def test_what_may_not_be_deleted_is_told_before_anything_is_written(cluster: Cluster) -> None:
    assert install(cluster, *WORDS, stdin=FIRST + MORE).status == 0
    cluster.requests.clear()
    cluster.may = lambda asked: asked["verb"] not in ("*", "delete")
    ran = install(cluster, *WORDS, stdin=SECOND)
    assert ran.status == 2
    assert "delete deployments.apps" in said(ran)
    assert writes(cluster) == []


def test_broken_off_in_the_middle_it_goes_on(cluster: Cluster) -> None:
    assert install(cluster, *WORDS, stdin=FIRST + MORE).status == 0
    refused = ApiForbidden("you may not delete services in namespace kong", "ask for it")
    cluster.fail("DELETE", "/services/old", refused, 1)
    ran = install(cluster, *WORDS, stdin=SECOND)
    assert ran.status == 2
    assert "of 4 objects of the earlier version deleted. The same command again" in said(ran)
    assert install(cluster, *WORDS, stdin=SECOND).status == 0
    assert not is_there(cluster, "Service", "old")
