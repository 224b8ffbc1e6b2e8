"""A cluster in memory where an installation becomes ready as time passes, and its clock."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_ingress.__main__ import main
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, IngressError
from kubectl_ingress.install.settings import (
    ADMISSION_NAME,
    ADMISSION_SERVICE,
    CONTROLLER_NAME,
    WEBHOOK_NAME,
)
from tests.fakes import FakeCluster

NS = "ingress-nginx"
HOSTNAME = "a0123.elb.eu-west-1.amazonaws.com"
CONTROLLER_LABELS = {
    "app.kubernetes.io/component": "controller",
    "app.kubernetes.io/instance": "ingress-nginx",
    "app.kubernetes.io/name": "ingress-nginx",
}
JOB_LABELS = {**CONTROLLER_LABELS, "app.kubernetes.io/component": "admission-webhook"}


class InstallCluster(FakeCluster):
    """Adds what a FakeCluster lacks: the version, webhooks that mutate, and merging by name.

    A FakeCluster owns lists as a whole; the API server merges webhooks by their
    name, so that the caBundle, which the admission Job sets, survives an apply.
    """

    version: Mapping[str, str] = {"major": "1", "minor": "33+"}
    mutating: tuple[str, ...] = ()
    reviewed: list[dict[str, str]]
    """What was asked by SelfSubjectAccessReviews: they are no requests for objects."""

    def __init__(self, objects: Iterable[Mapping[str, Any]] = ()) -> None:
        super().__init__(objects)
        self.reviewed = []
        self.may: Callable[[dict[str, str]], bool] = lambda asked: True

    def request(self, method: str, path: str, **rest: Any) -> dict[str, Any]:
        if path == "/version":
            return dict(self.version)
        if path.endswith("/selfsubjectaccessreviews"):
            asked = dict(rest["body"]["spec"]["resourceAttributes"])
            self.reviewed.append(asked)
            return {"status": {"allowed": self.may(asked)}}
        if path.endswith("/selfsubjectreviews"):
            return {"status": {"userInfo": {"username": "tester"}}}
        if path.endswith("/mutatingwebhookconfigurations"):
            webhooks = [{"name": name} for name in self.mutating]
            return {"items": [{"metadata": {"name": "hooks"}, "webhooks": webhooks}]}
        if method == "PATCH" and "/validatingwebhookconfigurations/" in path:
            rest["body"] = self._with_bundle(rest["body"])
        return super().request(method, path, **rest)

    def _with_bundle(self, body: Any) -> Any:
        key = (body["kind"], "", body["metadata"]["name"])
        if key not in self.objects:
            return body
        bundle = self.objects[key]["webhooks"][0]["clientConfig"].get("caBundle")
        merged = copy.deepcopy(body)
        if bundle:
            merged["webhooks"][0]["clientConfig"]["caBundle"] = bundle
        return merged


@dataclass
class Result:
    """What a command line came to."""

    status: ExitStatus
    out: str
    err: str

    @property
    def said(self) -> str:
        """What stands on stderr, as one line: where it was folded does not matter."""
        return " ".join(self.err.split())


class World:
    """The cluster, and a clock that only sleeping moves: events happen when it is their time."""

    def __init__(self, *objects: Mapping[str, Any]) -> None:
        self.cluster = InstallCluster([node(), *objects])
        self.now = 1000.0
        self._due: list[tuple[float, Callable[[], object]]] = []

    def at(self, seconds: float, happen: Callable[[], object]) -> None:
        """Let something happen so many seconds after the beginning."""
        self._due.append((1000.0 + seconds, happen))
        self._due.sort(key=lambda pair: pair[0])

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        while self._due and self._due[0][0] <= self.now:
            self._due.pop(0)[1]()

    def install(self, *words: str) -> Result:
        """``kubectl ingress install WORDS``."""
        out, err = io.StringIO(), io.StringIO()
        environment = Environment(
            stdout=out,
            stderr=err,
            variables={},
            monotonic=lambda: self.now,
            sleep=self.sleep,
            make_cluster=lambda _environment, _options: self.cluster,
        )
        status = main(["install", *words], environment)
        return Result(status, out.getvalue(), err.getvalue())

    @property
    def writes(self) -> list[str]:
        """Method and last part of the path of every request that would have changed something."""
        return [
            f"{asked.method} {asked.path.rpartition('/')[2]}"
            for asked in self.cluster.requests
            if asked.method != "GET" and "dryRun" not in asked.query
        ]

    def edit(self, kind: str, name: str, namespace: str = NS) -> dict[str, Any]:
        """An object of the cluster, to be changed in place."""
        return self.cluster.objects[(kind, namespace, name)]

    def becomes_ready(
        self, *, certificate: float = 2, controller: float = 5, balancer: float = 40
    ) -> World:
        """Everything goes well, at these seconds."""
        self.at(certificate, self.make_certificate)
        self.at(controller, self.start_controller)
        self.at(balancer, self.name_balancer)
        return self

    def make_certificate(self, *, keep_jobs: bool = False) -> None:
        data = {"ca": "Q0E=", "cert": "Q0VSVA==", "key": "S0VZ"}
        secret = {"apiVersion": "v1", "kind": "Secret", "data": data}
        meta = {"name": ADMISSION_NAME, "namespace": NS}
        self.cluster.add({**secret, "metadata": meta})
        for action in () if keep_jobs else ("create", "patch"):
            self.cluster.objects.pop(("Job", NS, f"{ADMISSION_NAME}-{action}"), None)
        webhook = self.edit("ValidatingWebhookConfiguration", ADMISSION_NAME, "")
        webhook["webhooks"][0]["clientConfig"]["caBundle"] = "Q0E="

    def make_pods(self, available: int = 0) -> None:
        """What the Deployment controller does; none of them is ready yet."""
        deployment = self.edit("Deployment", CONTROLLER_NAME)
        wanted = deployment["spec"].get("replicas", 1)
        deployment["status"] = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": wanted,
            "updatedReplicas": wanted,
            "availableReplicas": available,
        }

    def start_controller(self) -> None:
        wanted = self.edit("Deployment", CONTROLLER_NAME)["spec"].get("replicas", 1)
        self.make_pods(available=wanted)
        self.cluster.add(endpoint_slice())

    def name_balancer(self) -> None:
        status = {"loadBalancer": {"ingress": [{"hostname": HOSTNAME}]}}
        self.edit("Service", CONTROLLER_NAME)["status"] = status


def node(provider_id: str = "aws:///eu-west-1a/i-0abc", **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n1", "labels": labels},
        "spec": {"providerID": provider_id} if provider_id else {},
    }


def endpoint_slice(ready: bool = True) -> dict[str, Any]:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{ADMISSION_SERVICE}-x",
            "namespace": NS,
            "labels": {"kubernetes.io/service-name": ADMISSION_SERVICE},
        },
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}],
    }


def pod(
    name: str = "ingress-nginx-controller-abc",
    *,
    labels: Mapping[str, str] = CONTROLLER_LABELS,
    node: str = "n1",
    container: Mapping[str, Any] | None = None,
    conditions: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    status: dict[str, Any] = {"phase": "Pending", "conditions": conditions or []}
    if container is not None:
        status["containerStatuses"] = [container]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NS, "labels": dict(labels), "uid": f"uid-{name}"},
        "spec": {"nodeName": node} if node else {},
        "status": status,
    }


def event(
    kind: str, name: str, message: str, *, reason: str = "Failed", when: str = "", uid: str = ""
) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{name}.{when}{reason}", "namespace": NS},
        "involvedObject": {"kind": kind, "name": name, "uid": uid},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": when or "2026-01-01T00:00:00Z",
    }


def webhook_fails() -> IngressError:
    """What the API server answers while it cannot call our webhook."""
    from kubectl_ingress.ports.answers import WebhookFailed

    error = WebhookFailed(
        "ingresses in namespace ingress-nginx was not written: the admission webhook "
        f"{WEBHOOK_NAME} did not answer: connection refused"
    )
    error.webhook = WEBHOOK_NAME
    return error
