"""A chart, as helm renders it, and a cluster in memory that takes its objects."""

from __future__ import annotations

import json

from kubectl_ingress.core.kinds import Kind
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


def chart_cluster() -> Cluster:
    """On AWS; definitions are established at once."""
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
