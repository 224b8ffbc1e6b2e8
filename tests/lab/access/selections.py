"""Selectors, asked of a real API server and of the lab; answers in data/access/selectors.json."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

# Labels of ConfigMaps by name.
LABELLED: dict[str, dict[str, str]] = {
    "bare": {},
    "web": {"app": "web", "tier": "front", "n": "5"},
    "db": {"app": "db", "tier": "back", "example.com/x": "y"},
    "empty": {"app": "", "n": "x", "in": "notin"},
}

LABELS: tuple[str, ...] = (
    "app=web",
    "app==web",
    "app = web",
    "app!=web",
    "app=",
    "app!=",
    "app in (web, db)",
    "app in (web,,db)",
    "app in ()",
    "app in (,)",
    "app notin (web)",
    "app notin (web),app",
    "app",
    "!app",
    "! app",
    "app,tier",
    "app,tier=back",
    "app=web,tier=back",
    "n>3",
    "n<3",
    "n > 3, app",
    "n>x",
    "n>",
    "example.com/x",
    "example.com/x=y",
    "in=notin",
    "in in (notin)",
    "in",
    "notin",
    ",",
    "app,",
    ",app",
    "app,,tier",
    "app=web tier=back",
    "app=web=back",
    "app in",
    "app in web",
    "app in (web",
    "app in (web db)",
    "app in (web))",
    "app in (a=b)",
    "app in (=)",
    "app notin",
    "app web",
    "app=(web)",
    "app=!web",
    "app=!",
    "!",
    "!app=web",
    "!!app",
    "(",
    "()",
    "=",
    "=web",
    "!=web",
    "app===web",
    "app=>web",
    "app&web",
    "-app",
    "app-",
    "app=-web",
    "app=web-",
    "app in (-a, b-)",
    "app in (b-, -a, -a)",
    "a/b/c",
    "/x",
    "x/",
    "Example.com/x",
    "x" * 64,
    "y" * 254 + "/x",
    "x=" + "v" * 64,
    "x=v@w",
    "x in (a b)",
    "ä=1",
    "app=ä",
    " ",
    "app='web'",
    'app="web"',
)

# By path of the collection.
FIELDS: dict[str, tuple[str, ...]] = {
    "/api/v1/namespaces/sel/pods": (
        "metadata.name=one",
        "metadata.name==one",
        "metadata.name!=one",
        "metadata.namespace=sel",
        "metadata.namespace=x",
        "metadata.name=one,metadata.namespace=sel",
        "metadata.name=one,metadata.name=two",
        "spec.nodeName=n1",
        "spec.nodeName=",
        "spec.nodeName!=",
        "spec.host=n1",
        "spec.restartPolicy=Never",
        "spec.schedulerName=default-scheduler",
        "spec.serviceAccountName=robot",
        "spec.serviceAccountName=default",
        "spec.hostNetwork=true",
        "spec.hostNetwork=false",
        "status.phase=Pending",
        "status.phase=Running",
        "status.phase!=Running",
        "status.podIP=10.244.0.9",
        "status.podIP=",
        "status.podIPs=10.244.0.9",
        "status.nominatedNodeName=",
        "spec.containers=x",
        "foo=bar",
        "foo",
        "foo=",
        "=bar",
        ",",
        "metadata.name=one,",
        "metadata.name=a=b",
        "metadata.name=a\\,b",
        "metadata.name=a\\b",
        "metadata.name=a\\",
        "metadata.name in (one)",
        " metadata.name=one",
        "metadata.name= one",
        "status.phase=Running,foo=bar,zoo=bar",
        "zoo=bar,foo=bar",
        "zoo=bar,foo",
    ),
    "/api/v1/namespaces/sel/events": (
        "involvedObject.kind=Pod",
        "involvedObject.name=one",
        "involvedObject.namespace=sel",
        "involvedObject.uid=u1",
        "involvedObject.apiVersion=v1",
        "involvedObject.resourceVersion=7",
        "involvedObject.fieldPath=spec.containers{a}",
        "involvedObject.name=one,involvedObject.kind=Node",
        "reason=Pulled",
        "reportingComponent=kubelet",
        "source=kubelet",
        "source=scheduler",
        "type=Warning",
        "type!=Warning",
        "metadata.name=e1",
        "regarding.name=one",
        "involvedObject.labels=x",
    ),
    "/apis/events.k8s.io/v1/namespaces/sel/events": (
        "regarding.name=one",
        "regarding.kind=Node",
        "reportingController=scheduler",
        "type=Warning",
        "reason=Pulled",
        "involvedObject.name=one",
        "source=kubelet",
    ),
    "/api/v1/namespaces": (
        "metadata.name=sel",
        "status.phase=Active,metadata.name=sel",
        "name=sel",
        "metadata.namespace=sel",
    ),
    "/api/v1/nodes": (
        "metadata.name=n1",
        "spec.unschedulable=true",
        "spec.unschedulable=false",
        "metadata.namespace=",
    ),
    "/api/v1/namespaces/sel/secrets": (
        "type=kubernetes.io/tls",
        "type!=Opaque",
        "type=Opaque",
        "data=x",
    ),
    "/api/v1/namespaces/sel/services": (
        "spec.type=NodePort",
        "spec.clusterIP=None",
        "metadata.name=a",
        "spec.ports=1",
    ),
    "/api/v1/namespaces/sel/configmaps": ("metadata.name=web", "metadata.namespace=sel", "data=x"),
    "/api/v1/namespaces/sel/serviceaccounts": ("metadata.name=robot", "secrets=x"),
    "/api/v1/namespaces/sel/endpoints": ("metadata.name=a", "subsets=x"),
    "/apis/batch/v1/namespaces/sel/jobs": (
        "status.successful=0",
        "metadata.name=j",
        "status.succeeded=0",
        "x=y",
    ),
    "/apis/apps/v1/namespaces/sel/deployments": ("metadata.name=d", "status.replicas=0"),
    "/apis/apps/v1/namespaces/sel/replicasets": ("metadata.name=d", "status.replicas=0"),
    "/apis/apps/v1/namespaces/sel/daemonsets": ("metadata.name=d", "x=y"),
    "/apis/networking.k8s.io/v1/namespaces/sel/ingresses": (
        "metadata.name=web",
        "metadata.name!=web",
        "spec.ingressClassName=nginx",
    ),
    "/apis/networking.k8s.io/v1/ingressclasses": (
        "metadata.name=nginx",
        "metadata.namespace=",
        "metadata.namespace=x",
        "spec.controller=x",
    ),
    "/apis/discovery.k8s.io/v1/namespaces/sel/endpointslices": (
        "metadata.name=s",
        "addressType=IPv4",
    ),
    "/apis/rbac.authorization.k8s.io/v1/clusterroles": ("metadata.name=cluster-admin", "rules=x"),
    "/apis/rbac.authorization.k8s.io/v1/namespaces/sel/roles": ("metadata.name=x", "rules=x"),
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations": (
        "metadata.name=x",
        "webhooks=x",
    ),
}


def _pod(name: str, spec: Json, **meta: str) -> Json:
    container = {"name": "a", "image": "a"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, **meta},
        "spec": {"containers": [container], **spec},
    }


def _event(name: str, kind: str, about: str, type_: str, reason: str, source: Json) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name},
        "involvedObject": {
            "kind": kind,
            "name": about,
            "namespace": "sel",
            "apiVersion": "v1",
            "uid": "u1",
            "resourceVersion": "7",
            "fieldPath": "spec.containers{a}",
        },
        "type": type_,
        "reason": reason,
        "message": "m",
        **source,
    }


_PORTS = {"ports": [{"port": 80}]}
# Path of the collection -> what to create there.
OBJECTS: tuple[tuple[str, Json], ...] = (
    (
        "/api/v1/nodes",
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": "n1"},
            "spec": {"unschedulable": True},
        },
    ),
    (
        "/api/v1/namespaces/sel/serviceaccounts",
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}},
    ),
    (
        "/api/v1/namespaces/sel/pods",
        _pod("one", {"restartPolicy": "Never", "serviceAccountName": "robot", "hostNetwork": True}),
    ),
    ("/api/v1/namespaces/sel/pods", _pod("two", {"nodeName": "n1"})),
    (
        "/api/v1/namespaces/sel/events",
        _event("e1", "Pod", "one", "Normal", "Pulled", {"source": {"component": "kubelet"}}),
    ),
    (
        "/api/v1/namespaces/sel/events",
        _event(
            "e2",
            "Pod",
            "two",
            "Warning",
            "Failed",
            {
                "reportingComponent": "scheduler",
                "reportingInstance": "s",
                "action": "a",
                "eventTime": "2026-01-01T00:00:00.000000Z",
            },
        ),
    ),
    (
        "/api/v1/namespaces/sel/secrets",
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "opaque"}},
    ),
    (
        "/api/v1/namespaces/sel/secrets",
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "tls"},
            "type": "kubernetes.io/tls",
            "data": {"tls.crt": "", "tls.key": ""},
        },
    ),
    (
        "/api/v1/namespaces/sel/services",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "a"},
            "spec": {**_PORTS, "clusterIP": "None"},
        },
    ),
    (
        "/api/v1/namespaces/sel/services",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "b"},
            "spec": {**_PORTS, "type": "NodePort"},
        },
    ),
    (
        "/apis/batch/v1/namespaces/sel/jobs",
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "j"},
            "spec": {
                "suspend": True,
                "template": {
                    "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}
                },
            },
        },
    ),
    (
        "/apis/networking.k8s.io/v1/namespaces/sel/ingresses",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "web"},
            "spec": {"defaultBackend": {"service": {"name": "a", "port": {"number": 80}}}},
        },
    ),
    (
        "/apis/networking.k8s.io/v1/ingressclasses",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": "nginx"},
            "spec": {"controller": "example.com/c"},
        },
    ),
    *(
        (
            "/api/v1/namespaces/sel/configmaps",
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}},
        )
        for name, labels in LABELLED.items()
    ),
)
# Status of Pod two.
RUNNING: Json = {
    "status": {"phase": "Running", "podIP": "10.244.0.9", "podIPs": [{"ip": "10.244.0.9"}]}
}
