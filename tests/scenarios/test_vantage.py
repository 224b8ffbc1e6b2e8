"""Where a test is sent to and who sends it: every hop, the API server, pods of the cluster."""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiForbidden, ApiNotFound
from kubectl_ingress.ports.forward import forwarded
from tests.realcluster.fixture import inside

if TYPE_CHECKING:
    from kubectl_ingress.lab.kubelet.workload import Container
    from kubectl_ingress.ports.cluster import Cluster

    from .world import World

only_real = pytest.mark.skipif(
    not inside(), reason="the lab's Services have no address, and its namespaces no policies"
)

HOST = "http://echo.example.com/echo/a?b=1"
LEFT = ("get", "jobs,pods,configmaps", "-A", "-l", "kubectl-ingress/probe", "-o", "name")

ECHO = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo}
spec:
  replicas: 2
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: registry.k8s.io/gateway-api/conformance/echo-basic:v1
        env:
        - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        ports: [{name: web, containerPort: 3000}]
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec:
  selector: {app: echo}
  ports: [{port: 80, targetPort: web}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: echo
  annotations: {nginx.ingress.kubernetes.io/rewrite-target: "/$1"}
spec:
  ingressClassName: nginx
  rules:
  - host: echo.example.com
    http:
      paths:
      - path: /echo/(.*)
        pathType: ImplementationSpecific
        backend: {service: {name: echo, port: {number: 80}}}
"""


@pytest.fixture(scope="module")
def route(bed: World) -> str:
    """A URL that a controller leads to two pods, with its path rewritten."""
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    bed.apply(ECHO)
    bed.kubectl("rollout", "status", "deployment/echo", "--timeout=30s")
    bed.wait_for(lambda: len(bed.endpoints("echo")) == 2, 15, "two endpoints")
    bed.wait_for(lambda: bed.ingress("test", HOST).returncode == 0, 15, "the route works")
    return HOST


def result(bed: World, *words: str, status: int = 0) -> dict[str, Any]:
    done = bed.ingress("test", *words, "-o", "json")
    assert done.returncode == status, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def nothing_left(bed: World) -> None:
    bed.wait_for(lambda: not bed.kubectl(*LEFT).stdout, 10, "nothing is left behind")


def test_where_no_curl_command_leads_that_is_said(bed: World, route: str) -> None:
    said = "No curl command sends the same: the way through the API server is closed again.\n"
    for via in ("lb", "controller", "pod"):
        # Where the pods' network is at hand they are sent to themselves.
        without = via != "lb" and not inside()
        assert bool(result(bed, route, "--via", via)["place"]["through"]) is without
        done = bed.ingress("test", route, "--via", via, "--curl")
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("curl -sS" in done.stdout) is not without
        assert (said in done.stderr) is without


def test_each_hop_answers_and_is_named(bed: World, route: str) -> None:
    service = bed.get("service", "ingress-nginx-controller", "-n", "ingress-nginx")
    expected = {
        "lb": (80, None),
        "nodeport": (service["spec"]["ports"][0]["nodePort"], None),
        "controller": (80, "ingress-nginx/ingress-nginx-controller-"),
        "pod": (3000, "default/echo-"),
    }
    for via, (port, pod) in expected.items():
        found = result(bed, route, "--via", via)
        place = found["place"]
        assert (place["via"], place["from"], place["port"]) == (via, "local", port)
        assert pod is None or place["pod"].startswith(pod)
        assert found["answer"]["pod"] in bed.endpoints("echo")


def test_the_pod_gets_the_path_that_the_controller_would_send(bed: World, route: str) -> None:
    done = bed.ingress("test", route, "--via", "pod", "-v")
    assert done.returncode == 0, done.stdout
    assert "> GET /a?b=1" in done.stdout
    assert '"path": "/a?b=1"' in done.stdout
    assert '"host": "echo.example.com"' in done.stdout


def test_what_no_network_reaches_is_met_through_the_api(bed: World, route: str) -> None:
    pod = next(iter(bed.endpoints("echo")))
    process = bed.popen("kubectl", "port-forward", f"pod/{pod}", ":3000")
    try:
        assert process.stdout is not None
        port = process.stdout.readline().split(" -> ")[0].rpartition(":")[2]
        answers = [httpx.get(f"http://127.0.0.1:{port}/{n}").json() for n in range(3)]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert [(one["pod"], one["path"]) for one in answers] == [(pod, f"/{n}") for n in range(3)]


def test_pods_of_the_cluster_send(bed: World, route: str) -> None:
    words = ("--from", "cluster", "--count", "9", "--parallelism", "3")
    for via, spread in (("controller", 2), ("pod", 1)):
        found = result(bed, route, "--via", via, *words)
        assert found["requests"] == 9
        assert found["statuses"] == {"200": 9}
        assert sum(found["spread"].values()) == 9
        assert sum(1 for answers in found["spread"].values() if answers) == spread
        assert found["place"]["from"] == "cluster"
        assert found["answer"]["timings"]["firstByte"] > 0
    assert result(bed, route, "--from", "cluster")["answer"]["status"] == 200
    nothing_left(bed)


def test_what_fails_inside_is_told_as_what_fails_here(bed: World, route: str) -> None:
    missing = result(bed, "http://nobody.example.com/", "--from", "cluster", status=1)
    assert (missing["answer"]["status"], missing["verdict"]["code"]) == (404, "KI101")
    nothing_left(bed)


def test_tls_is_verified_for_the_host_inside_too(bed: World, route: str) -> None:
    secure = route.replace("http://", "https://")
    failed = result(bed, secure, "--from", "cluster", status=1)
    assert (failed["failure"]["phase"], failed["verdict"]["code"]) == ("tls", "KI301")
    found = result(bed, secure, "--from", "cluster", "-k")
    assert found["answer"]["status"] == 200
    assert "Fake Certificate" in found["answer"]["certificate"]["subject"]
    assert found["answer"]["timings"]["tls"] > 0


def test_route_tests_are_sent_from_inside_in_one_job(bed: World, route: str) -> None:
    spec = bed.directory / "routes.yaml"
    case = "- {name: NAME, request: {url: URL}, expect: {status: STATUS}}"
    cases = [("works", route, "200"), ("other", "http://nobody.example.com/", "404")]
    lines = [
        case.replace("NAME", name).replace("URL", url).replace("STATUS", status)
        for name, url, status in cases
    ]
    head = "apiVersion: kubectl-ingress/v1\nkind: RouteTest\ntests:\n"
    spec.write_text(head + "\n".join(lines) + "\n")
    words = ("--spec", str(spec), "--from", "cluster", "--parallelism", "2", "-o", "json")
    done = bed.ingress("test", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["summary"]["passed"] == 2
    assert done.stderr.count("sending from 2 pods") == 1
    nothing_left(bed)


@only_real
def test_services_are_reached_by_their_address(bed: World, route: str) -> None:
    for words in ((), ("--from", "cluster")):
        place = result(bed, route, "--via", "service", *words)["place"]
        service = bed.get("service", "ingress-nginx-controller", "-n", "ingress-nginx")
        assert (place["address"], place["port"]) == (service["spec"]["clusterIP"], 80)


def test_a_forwarded_port_carries_anything(bed: World, route: str) -> None:
    pod = next(iter(bed.endpoints("echo")))
    with forwarded(cluster_of(bed), "default", pod, 3000) as (host, port):
        url = f"http://{host}:{port}/"
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda n: httpx.get(f"{url}{n}").json()["path"], range(8)))
        assert answers == [f"/{n}" for n in range(8)]
        # The answer repeats the request: more than one message each way.
        long = "x" * 300_000
        assert httpx.post(url, headers={"X-Long": "y" * 30_000}, content=long).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_port_that_cannot_be_forwarded(bed: World, route: str) -> None:
    pod = next(iter(bed.endpoints("echo")))
    with (
        forwarded(cluster_of(bed), "default", pod, 3001) as (host, port),
        pytest.raises(httpx.TransportError),
    ):
        httpx.get(f"http://{host}:{port}/")
    with pytest.raises(ApiNotFound), forwarded(cluster_of(bed), "default", "nobody", 80):
        pass
    dev = cluster_of(bed, "dev")
    with pytest.raises(ApiForbidden, match="pods/portforward"), forwarded(dev, "default", pod, 80):
        pass


def cluster_of(bed: World, user: str = "admin") -> Cluster:
    environment = Environment(variables={"KUBECONFIG": str(bed.kubeconfig(user))})
    return environment.cluster(ClusterOptions())


class Ends:
    """A program that writes something, and ends."""

    def __init__(self, container: Container, text: str, status: int) -> None:
        self._container, self._text, self._status = container, text, status

    async def start(self) -> None:
        self._container.write_log(self._text)

    def exit_code(self) -> int | None:
        return self._status

    async def stop(self, grace: float) -> None:
        """It has ended."""


def test_each_failure_of_the_job_is_named_and_leaves_nothing(
    bed: World, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(code: str, said: str, *words: str) -> None:
        begun = time.monotonic()
        done = bed.ingress("test", route, "--from", "cluster", "--max-time", "1", *words)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert f"error: {code}  " in done.stderr
        assert said in done.stderr
        assert time.monotonic() - begun < 20
        nothing_left(bed)

    with monkeypatch.context() as patch:
        patch.setattr(bed.node, "schedulable", False)
        fails("KI703", "Insufficient cpu")
    with monkeypatch.context() as patch:
        patch.setattr(bed.node, "unpullable", {"nowhere.example.com"})
        fails("KI702", "--image IMAGE", "--image", "nowhere.example.com/curl:1")
    ends = {
        "cut.example/x": lambda container, _: Ends(container, "HTTP/1.1 200 OK", 0),
        "crash.example/x": lambda container, _: Ends(container, "not found", 127),
    }
    monkeypatch.setattr(bed.node, "images", [*ends.items(), *bed.node.images])
    fails("KI642", "0 of 1 answers are there", "--image", "cut.example/x:1")
    fails("KI641", "exit status 127", "--image", "crash.example/x:1")


WEBHOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: no-jobs}
webhooks:
- name: no-jobs.example.com
  clientConfig: {url: "https://127.0.0.1:1/"}
  rules:
  - {apiGroups: [batch], apiVersions: [v1], operations: [CREATE], resources: [jobs]}
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Fail
  timeoutSeconds: 1
"""


def test_a_webhook_that_refuses_is_named(bed: World, route: str) -> None:
    bed.apply(WEBHOOK)
    try:
        done = bed.wait_for(
            lambda: (
                (done := bed.ingress("test", route, "--from", "cluster")).returncode == 2 and done
            ),
            15,
            "the webhook counts",
        )
        assert "no-jobs.example.com" in done.stderr
        nothing_left(bed)
    finally:
        bed.kubectl("delete", "validatingwebhookconfiguration", "no-jobs")


@only_real
@pytest.mark.parametrize("policy", ["quota", "pod-security"])
def test_policies_of_a_namespace(bed: World, route: str, policy: str) -> None:
    bed.kubectl("create", "namespace", policy)
    words = ("test", route, "--from", "cluster", "--job-namespace", policy, "--max-time", "2")
    if policy == "pod-security":
        # It is as strict as this one asks for.
        level = "pod-security.kubernetes.io/enforce=restricted"
        bed.kubectl("label", "namespace", policy, level)
        done = bed.ingress(*words)
        assert done.returncode == 0, done.stderr
        assert "violate" not in done.stderr
        return
    bed.kubectl("create", "quota", "none", "--hard=pods=0", "-n", policy)
    done = bed.wait_for(
        lambda: (done := bed.ingress(*words)).returncode == 2 and done, 20, "the quota counts"
    )
    assert "KI707" in done.stderr
    assert "exceeded quota" in done.stderr
    nothing_left(bed)


def test_missing_rights_are_named_before_anything_is_made(bed: World, route: str) -> None:
    reading = "ingresses,ingressclasses,services,endpointslices,deployments,daemonsets"
    bed.kubectl("create", "clusterrole", "looks", "--verb=list", f"--resource={reading}")
    bed.kubectl("create", "clusterrolebinding", "looks", "--clusterrole=looks", "--user=dev")
    env = {"KUBECONFIG": str(bed.kubeconfig("dev"))}
    bed.wait_for(lambda: bed.ingress("test", route, env=env).returncode == 0, 15, "dev may read")
    done = bed.ingress("test", route, "--from", "cluster", env=env)
    assert done.returncode == 2
    for part in ("jobs.batch", "configmaps", "pods", "pods/log"):
        assert part in done.stderr
    nothing_left(bed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing(
    bed: World, route: str, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(bed.cloud, "blackhole", True)
    process = bed.popen("kubectl", "ingress", "test", route, "--from", "cluster")
    try:
        bed.wait_for(lambda: "pod/" in bed.kubectl(*LEFT).stdout, 15, "a pod sends")
        os.killpg(process.pid, number)
        process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 128 + number
    nothing_left(bed)
