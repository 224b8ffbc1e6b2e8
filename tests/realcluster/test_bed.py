"""The bed's own tests: what the other tests here stand on."""

from __future__ import annotations

import functools
import json
import socket
import time

import httpx
import pytest

from kubectl_ingress.lab.kubelet.machines import aws_machines, bare_machines

from .testbed import Bed, BedOptions

BED_OPTIONS = BedOptions(machines=tuple(aws_machines(2)))

ECHO = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: 3
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: registry.k8s.io/e2e-test-images/agnhost:2.53
        args: [serve-hostname, --port=8080]
        ports: [{name: web, containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: web}}
---
apiVersion: v1
kind: Service
metadata: {name: NAME}
spec:
  type: TYPE
  selector: {app: NAME}
  ports: [{name: http, port: 80, targetPort: web}]
"""


@pytest.fixture(scope="module")
def echo(bed: Bed) -> str:
    """A Deployment of three pods behind a ClusterIP Service."""
    bed.apply(ECHO.replace("NAME", "echo").replace("TYPE", "ClusterIP"))
    bed.kubectl("wait", "deployment/echo", "--for=condition=Available", "--timeout=30s")
    bed.kubectl("rollout", "status", "deployment/echo", "--timeout=30s")
    # The endpoints follow the pods after a moment.
    bed.wait_for(lambda: len(bed.endpoints("echo")) == 3, 10, "three endpoints")
    return "echo"


def test_starts_with_the_version_it_claims(bed: Bed) -> None:
    versions = json.loads(bed.kubectl("version", "-o", "json").stdout)
    assert versions["serverVersion"]["gitVersion"] == "v1.37.2"
    assert versions["clientVersion"]["gitVersion"] == "v1.37.2"


def test_is_cut_off_from_the_network(bed: Bed) -> None:
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
    with pytest.raises(OSError, match="unreachable"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_dev_has_no_rights_and_viewer_gets_what_a_test_gives(bed: Bed) -> None:
    for user in ("dev", "viewer"):
        env = {"KUBECONFIG": str(bed.cluster.kubeconfig(user))}
        refused = bed.kubectl("get", "ingresses", env=env, check=False)
        assert "forbidden" in refused.stderr.lower()
    bed.kubectl("create", "clusterrolebinding", "v", "--clusterrole=view", "--user=viewer")
    env = {"KUBECONFIG": str(bed.cluster.kubeconfig("viewer"))}
    bed.wait_for(
        lambda: bed.kubectl("get", "ingresses", env=env, check=False).returncode == 0,
        10,
        "viewer may read",
    )


def test_nodes_are_those_of_a_cloud(bed: Bed) -> None:
    nodes = bed.get("nodes")["items"]
    assert [node["spec"]["providerID"] for node in nodes] == [
        "aws:///eu-west-1a/i-00000000000000001",
        "aws:///eu-west-1b/i-00000000000000002",
    ]
    assert "NotReady" not in bed.kubectl("get", "nodes").stdout


def test_pods_serve_at_the_addresses_of_their_endpoints(bed: Bed, echo: str) -> None:
    endpoints = bed.endpoints(echo)
    assert len(endpoints) == 3
    for pod, address in endpoints.items():
        assert httpx.get(f"http://{address}:8080/any/path").text == pod
    logs = bed.kubectl("logs", next(iter(endpoints))).stdout
    assert '"GET /any/path" 200' in logs


def test_scaling_down_frees_the_addresses(bed: Bed, echo: str) -> None:
    before = bed.endpoints(echo)
    bed.kubectl("scale", "deployment", echo, "--replicas=1")
    bed.wait_for(lambda: len(bed.endpoints(echo)) == 1, 20, "one endpoint is left")
    gone = set(before.values()) - set(bed.endpoints(echo).values())
    bed.wait_for(lambda: len(bed.get("pods", "-l", "app=echo")["items"]) == 1, 20, "pods end")
    for address in gone:
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{address}:8080/")
    bed.kubectl("scale", "deployment", echo, "--replicas=3")
    bed.wait_for(lambda: len(bed.endpoints(echo)) == 3, 20, "three are back")


def test_load_balancer_comes_late_resolves_and_forwards(
    bed: Bed, echo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, begun = bed.cloud.delay, time.monotonic()
    with monkeypatch.context() as patch:
        # However long it takes to look.
        patch.setattr(bed.cloud, "delay", 3600.0)
        bed.apply(ECHO.replace("NAME", "public").replace("TYPE", "LoadBalancer"))
        assert bed.hostname("public") == ""
    name = bed.wait_for(lambda: bed.hostname("public"), 15, "a load balancer")
    assert time.monotonic() - begun >= usual
    assert name.endswith(".elb.eu-west-1.amazonaws.com")
    assert socket.gethostbyname(name) == bed.cloud.address("default", "public")
    bed.wait_for(lambda: len(bed.endpoints("public")) == 3, 20, "three endpoints")
    # A new connection each time: the load balancer spreads connections, not requests.
    answers = {httpx.get(f"http://{name}/").text for _ in range(6)}
    assert answers == bed.endpoints("public").keys()
    with pytest.raises(socket.gaierror):
        socket.gethostbyname("nobody.example.com")


def test_load_balancer_refuses_and_swallows(
    bed: Bed, echo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"http://{bed.hostname('public')}/"
    with monkeypatch.context() as patch:
        patch.setattr(bed.cloud, "refuse", True)
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
    with monkeypatch.context() as patch:
        patch.setattr(bed.cloud, "blackhole", True)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(url, timeout=0.5)
    assert httpx.get(url).status_code == 200


def test_load_balancer_goes_with_its_service(bed: Bed) -> None:
    name, address = bed.hostname("public"), bed.cloud.address("default", "public")
    bed.kubectl("delete", "deployment,service", "public", "--timeout=20s")
    with pytest.raises(socket.gaierror):
        socket.gethostbyname(name)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((address, 80), timeout=1)


def test_cloud_that_cannot_says_so_then_resolves_late(
    bed: Bed, echo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bed.cloud, "assign", False)
    monkeypatch.setattr(bed.cloud, "dns_delay", 3600.0)
    bed.kubectl("expose", "deployment", echo, "--name=late", "--type=LoadBalancer", "--port=80")
    bed.wait_for(lambda: "SyncLoadBalancerFailed" in dict(bed.events("late")), 10, "a warning")
    assert "subnets" in dict(bed.events("late"))["SyncLoadBalancerFailed"]
    monkeypatch.setattr(bed.cloud, "assign", True)
    name = bed.wait_for(lambda: bed.hostname("late"), 15, "a load balancer")
    with pytest.raises(socket.gaierror):
        socket.gethostbyname(name)
    monkeypatch.setattr(bed.cloud, "dns_delay", 0.0)

    def resolves() -> bool:
        try:
            return bool(socket.gethostbyname(name))
        except socket.gaierror:
            return False

    bed.wait_for(resolves, 10, "the name resolves")
    bed.kubectl("delete", "service", "late", "--timeout=20s")


def test_node_ports_forward(bed: Bed, echo: str) -> None:
    bed.kubectl("expose", "deployment", echo, "--name=np", "--type=NodePort", "--port=8080")
    port = bed.get("service", "np")["spec"]["ports"][0]["nodePort"]
    for address in bed.node.addresses:
        url = f"http://{address}:{port}/"
        text = bed.wait_for(functools.partial(_text, url), 10, "an answer")
        assert text in bed.endpoints(echo)
    bed.kubectl("delete", "service", "np")


def _text(url: str) -> str:
    try:
        return httpx.get(url).text
    except httpx.TransportError:
        return ""


def test_images_that_cannot_be_pulled(bed: Bed, echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bed.node, "unpullable", {"nowhere.example.com"})
    bed.kubectl("run", "unpulled", "--image=nowhere.example.com/a:1")

    def reason() -> str:
        status = bed.get("pod", "unpulled")["status"]
        containers = status.get("containerStatuses", [{}])
        return str(containers[0].get("state", {}).get("waiting", {}).get("reason", ""))

    def told(message: str) -> bool:
        return ("Failed", message) in bed.events("unpulled")

    # Each reason stands for moments only, between two looks perhaps; the events of both stay.
    bed.wait_for(lambda: reason() in ("ErrImagePull", "ImagePullBackOff"), 10, "a reason")
    for said in ("Error: ErrImagePull", "Error: ImagePullBackOff"):
        bed.wait_for(functools.partial(told, said), 10, said)
    monkeypatch.setattr(bed.node, "unpullable", set())
    bed.kubectl("wait", "pod/unpulled", "--for=condition=Ready", "--timeout=10s")
    bed.kubectl("delete", "pod", "unpulled")


def test_pods_without_a_node(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bed.node, "schedulable", False)
    bed.kubectl("run", "homeless", "--image=anything")
    bed.wait_for(lambda: "FailedScheduling" in dict(bed.events("homeless")), 10, "an event")
    (condition,) = bed.get("pod", "homeless")["status"]["conditions"]
    assert condition["reason"] == "Unschedulable"
    assert condition["message"].startswith("0/2 nodes are available: 2 Insufficient cpu.")
    monkeypatch.setattr(bed.node, "schedulable", True)
    bed.kubectl("wait", "pod/homeless", "--for=condition=Ready", "--timeout=10s")
    bed.kubectl("delete", "pod", "homeless")


def test_held_pods_are_not_ready(bed: Bed, echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(bed.node, "hold_ready", {"agnhost"})
        bed.wait_for(lambda: not bed.endpoints(echo), 10, "no endpoint is ready")
    bed.wait_for(lambda: len(bed.endpoints(echo)) == 3, 10, "all are ready again")


def test_kubectl_dispatches_to_plugins(bed: Bed) -> None:
    plugin = bed.bin_dir / "kubectl-ingress-bedtest"
    plugin.write_text('#!/bin/sh\ncat; echo "$@ $TZ ${NO_COLOR-unset} $X" >&2; exit 7\n')
    plugin.chmod(0o755)
    done = bed.ingress("bedtest", "a", "b", input="from stdin", env={"X": "x"})
    assert (done.returncode, done.stdout, done.stderr) == (7, "from stdin", "a b UTC unset x\n")
    plugin.write_text("#!/bin/sh\nexec sleep 30\n")
    assert bed.ingress("bedtest", timeout=0.3).returncode == 124


def test_a_crashing_data_plane_is_restarted(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bed.node, "dataplane_command", ["sh", "-c", "echo broken; exit 3"])
    bed.kubectl("run", "crashing", "--image=registry.k8s.io/ingress-nginx/controller:v1")

    def restarts() -> int:
        status = bed.get("pod", "crashing")["status"]
        return int(status.get("containerStatuses", [{}])[0].get("restartCount", 0))

    bed.wait_for(lambda: restarts() >= 1, 15, "a restart")
    assert bed.kubectl("logs", "crashing").stdout.startswith("broken\n")
    bed.kubectl("delete", "pod", "crashing")


HOST_PORT = """\
apiVersion: v1
kind: Pod
metadata: {name: NAME, labels: {app: host-port}}
spec:
  containers:
  - name: web
    image: registry.k8s.io/e2e-test-images/agnhost:2.53
    args: [netexec]
    ports: [{containerPort: 8080, hostPort: 80}]
"""


def test_host_ports_are_open_and_scarce(bed: Bed) -> None:
    # Two machines, so the third pod finds no free port.
    for name in ("one", "two", "three"):
        bed.apply(HOST_PORT.replace("NAME", name))
    bed.kubectl("wait", "pod/one", "pod/two", "--for=condition=Ready", "--timeout=10s")
    assert {_text(f"http://{address}/hostname") for address in bed.node.addresses} == {"one", "two"}
    bed.wait_for(lambda: "free ports" in str(bed.events("three")), 10, "no port for the third")
    bed.kubectl("delete", "pod", "one")
    bed.kubectl("wait", "pod/three", "--for=condition=Ready", "--timeout=10s")
    bed.kubectl("delete", "pods", "-l", "app=host-port")


def test_other_clouds_give_addresses(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bed.cloud, "kind", "ip")
    bed.kubectl("create", "service", "loadbalancer", "numeric", "--tcp=80:8080")

    def address() -> str:
        status = bed.get("service", "numeric")["status"]["loadBalancer"]
        return str(status.get("ingress", [{}])[0].get("ip", ""))

    ip = bed.wait_for(address, 15, "an address")
    # Nothing is behind it.
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{ip}/")
    bed.kubectl("patch", "service", "numeric", "-p", '{"spec": {"type": "ClusterIP"}}')
    bed.wait_for(lambda: not address(), 10, "the load balancer goes with its type")
    bed.kubectl("delete", "service", "numeric")


def test_nodes_can_be_replaced(bed: Bed) -> None:
    bed.node.set_machines(bare_machines(1))
    (node,) = bed.get("nodes")["items"]
    assert "providerID" not in node["spec"]
    bed.kubectl("run", "fresh", "--image=anything")
    bed.kubectl("wait", "pod/fresh", "--for=condition=Ready", "--timeout=10s")
    assert bed.get("pod", "fresh")["spec"]["nodeName"] == "node-1"
