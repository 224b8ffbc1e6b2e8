"""What `doctor` finds in a cluster: broken for real, and mended in the way that it says."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from kubectl_ingress.certificates import self_signed
from tests.ports.name_servers import Zone, serving

from .doctored import asked, deploy, examined, found, gone, mend

if TYPE_CHECKING:
    from .world import World

NAMESPACE = "doctored"
CONTROLLER = "ingress-nginx"
NAME = "ingress-nginx-controller"
HOOK = "ingress-nginx-admission"


@pytest.fixture(scope="module", autouse=True)
def installed(bed: World) -> None:
    bed.kubectl("create", "namespace", NAMESPACE)
    bed.kubectl("config", "set-context", "--current", f"--namespace={NAMESPACE}")
    status, checks = examined(bed)
    assert (status, [one["code"] for one in checks if one["state"] == "error"]) == (1, ["KI203"])
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    deploy(bed, "echo", namespace=NAMESPACE)
    bed.kubectl("create", "ingress", "web", "--class=nginx", "--rule=a.example/echo*=echo:80")


def test_a_healthy_ingress(bed: World) -> None:
    done = bed.ingress("doctor", "web", "--wait", "30s")
    assert done.returncode == 0, done.stdout
    assert "√ GET http://a.example/echo" in done.stdout
    status, checks = examined(bed, "web")
    assert status == 0
    states = {(one["area"], one["check"]): one["state"] for one in checks if not one["code"]}
    for place in [
        ("Controller", "pods"), ("Classes", "classes"), ("Webhook", "webhook"),
        ("Load balancer", "address"), ("Ingresses", "routes"), ("Requests", "hops"),
    ]:  # fmt: skip
        assert states[place] == "fine", place
    assert bed.ingress("doctor", "nothing").returncode == 2
    done = bed.ingress("doctor", "-n", "nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no namespace nope" in done.stderr


def test_no_probe_sends_nothing_and_junit_is_xml(bed: World) -> None:
    done = bed.ingress("doctor", "--no-probe", "-o", "junit")
    assert done.returncode == 0, done.stdout
    root = ElementTree.fromstring(done.stdout)
    areas = [suite.get("name") for suite in root]
    assert "Requests" not in areas
    assert {"Controller", "Webhook", "Load balancer"} <= set(areas)
    assert root.get("failures") == "0"


def test_who_may_read_nothing_is_told_so(bed: World) -> None:
    done = bed.ingress("doctor", env={"KUBECONFIG": str(bed.kubeconfig("dev"))})
    assert (done.returncode, done.stdout) == (2, "")
    assert "you may not list" in done.stderr


def test_another_plugin_comes_first(bed: World) -> None:
    foreign = bed.directory / "foreign"
    foreign.mkdir()
    program = foreign / "kubectl-ingress-doctor"
    program.write_text('#!/bin/sh\nexec kubectl-ingress doctor "$@"\n')
    program.chmod(0o755)
    path = f"{foreign}:{bed.environment['PATH']}"
    done = bed.ingress("doctor", "--no-probe", "-o", "json", env={"PATH": path})
    [one] = [c for c in json.loads(done.stdout)["checks"] if c["code"] == "KI720"]
    assert str(program) in one["message"]
    assert bed.run("bash", "-c", one["fix"].splitlines()[0]).returncode == 0
    done = bed.ingress("doctor", "--no-probe", "-o", "json", env={"PATH": path})
    assert "KI720" not in done.stdout


def restart(bed: World) -> None:
    bed.kubectl("rollout", "restart", f"deployment/{NAME}", "-n", CONTROLLER)


@pytest.mark.parametrize(
    ("code", "knob"), [("KI702", "unpullable"), ("KI703", "schedulable"), ("KI204", "hold_ready")]
)
def test_controller_pods_that_do_not_get_ready(bed: World, code: str, knob: str) -> None:
    part = "ingress-nginx/controller"
    bed.kubectl("scale", "deployment", NAME, "-n", CONTROLLER, "--replicas=0")
    bed.wait_for(lambda: not bed.endpoints(NAME, CONTROLLER), 20, "no pod is left")
    if knob == "schedulable":
        bed.node.schedulable = False
    else:
        getattr(bed.node, knob).add(part)
    bed.kubectl("scale", "deployment", NAME, "-n", CONTROLLER, "--replicas=1")
    try:
        one = found(bed, code, "--no-probe")
        assert one["area"] == "Controller"
        assert one["object"]["kind"] == "Pod"
    finally:
        bed.node.schedulable = True
        bed.node.unpullable.clear()
        bed.node.hold_ready.clear()
    gone(bed, code, "--no-probe")
    assert bed.ingress("doctor", "--wait", "30s").returncode == 0


def errors(bed: World) -> list[str]:
    """The codes of what is told as broken."""
    _, checks = examined(bed)
    return [one["code"] for one in checks if one["code"] and one["state"] == "error"]


def test_what_follows_from_a_controller_without_pods_is_told_with_it(bed: World) -> None:
    bed.kubectl("scale", "deployment", NAME, "-n", CONTROLLER, "--replicas=0")
    try:
        bed.wait_for(lambda: not bed.endpoints(NAME, CONTROLLER), 20, "no pod is left")
        bed.wait_for(lambda: not bed.endpoints(f"{NAME}-admission", CONTROLLER), 20, "none at all")
        one = found(bed, "KI204")
        assert "refuses every new or changed Ingress" in one["message"]
        assert errors(bed) == ["KI204"]
        result = asked(bed, "http://a.example/echo", code="KI204")
        assert result["verdict"]["fix"] == one["fix"]
        mend(bed, one["fix"])
        gone(bed, "KI204")
    finally:
        bed.kubectl("scale", "deployment", NAME, "-n", CONTROLLER, "--replicas=1")
    assert bed.ingress("doctor", "--wait", "30s").returncode == 0


def test_the_controllers_service_is_gone(bed: World) -> None:
    bed.kubectl("delete", "service", NAME, "-n", CONTROLLER)
    one = found(bed, "KI601")
    assert errors(bed) == ["KI601"]
    for words in (["test", "/echo"], ["status"], ["list"], ["trace", "http://a.example/echo"]):
        assert one["fix"] in bed.ingress(*words).stdout, words
    mend(bed, one["fix"])
    done = bed.ingress("doctor", "web", "--wait", "60s", timeout=90)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line", [0, 1])
def test_the_class_is_gone(bed: World, line: int) -> None:
    bed.kubectl("delete", "ingressclass", "nginx")
    one = found(bed, "KI208")
    # What it does to the Ingress is no thing of its own.
    bed.wait_for(lambda: errors(bed) == ["KI208"] or None, 20, "it is told once")
    _, checks = examined(bed)
    assert "wrong-class: KI208, as above" in [each["text"] for each in checks]
    result = asked(bed, "http://a.example/echo", code="KI202")
    assert result["verdict"]["fix"] == one["fix"]
    mend(bed, one["fix"], line)
    asked(bed, "http://a.example/echo", code="")
    gone(bed, "KI208")
    # So that it is ours again.
    bed.kubectl("delete", "ingressclass", "nginx")
    mend(bed, one["fix"])


def test_row_4_two_controllers_for_one_class(bed: World) -> None:
    image = "--image=registry.k8s.io/ingress-nginx/controller:v1.14.5"
    bed.node.hold_ready.add(":v1.14.5")
    bed.kubectl("create", "deployment", "second", image, "--", "/nginx-ingress-controller")
    try:
        one = found(bed, "KI206", "--no-probe")
        assert one["area"] == "Classes"
        assert "both serve k8s.io/ingress-nginx" in one["message"]
        assert one["fix"].startswith("kubectl edit deployment -n ")
        # What an editor would write.
        args = ["--controller-class=example.com/second", "--ingress-class=second"]
        patch = [{"op": "add", "path": "/spec/template/spec/containers/0/args", "value": args}]
        bed.kubectl("patch", "deployment", "second", "--type=json", "-p", json.dumps(patch))
        gone(bed, "KI206", "--no-probe")
    finally:
        bed.kubectl("delete", "deployment", "second")
        bed.node.hold_ready.clear()


def test_row_27_the_webhook_does_not_answer(bed: World) -> None:
    bed.node.webhook_enabled = False
    try:
        one = found(bed, "KI705", "--no-probe")
        assert "refuses every new or changed Ingress" in one["message"]
        refused = bed.kubectl(
            "create", "ingress", "x", "--class=nginx", "--rule=b.example/=echo:80", check=False
        )
        assert refused.returncode != 0
    finally:
        bed.node.webhook_enabled = True
    gone(bed, "KI705", "--no-probe")


def test_row_27_the_webhooks_ca_is_an_old_one(bed: World) -> None:
    pem, _ = self_signed(["old.example"], datetime.now(UTC))
    patch = [
        {
            "op": "replace",
            "path": "/webhooks/0/clientConfig/caBundle",
            "value": base64.b64encode(pem).decode(),
        }
    ]
    bed.kubectl(
        "patch", "validatingwebhookconfiguration", HOOK, "--type=json", "-p", json.dumps(patch)
    )

    def look() -> dict[str, Any]:
        one = found(bed, "KI705", "--no-probe")
        assert "is not signed by the CA of its caBundle" in one["message"], one["message"]
        return one

    one = bed.wait_for(look, 30, "the old CA is seen")
    mend(bed, one["fix"])
    gone(bed, "KI705", "--no-probe")
    made = bed.kubectl("create", "ingress", "x", "--class=nginx", "--rule=b.example/=echo:80")
    assert "created" in made.stdout
    bed.kubectl("delete", "ingress", "x")


def test_row_37_no_load_balancer_is_made(bed: World) -> None:
    bed.cloud.assign = False
    service = bed.get("service", NAME, "-n", CONTROLLER)
    try:
        for field in ("clusterIP", "clusterIPs", "healthCheckNodePort"):
            service["spec"].pop(field, None)
        for field in ("resourceVersion", "uid", "creationTimestamp", "finalizers"):
            service["metadata"].pop(field, None)
        service.pop("status")
        for port in service["spec"]["ports"]:
            port.pop("nodePort")
        bed.kubectl("delete", "service", NAME, "-n", CONTROLLER)
        bed.apply(json.dumps(service))

        def look() -> dict[str, Any]:
            one = found(bed, "KI601")
            assert "could not find any suitable subnets" in one["message"], one["message"]
            return one

        one = bed.wait_for(look, 30, "the event is told")
        assert "Amazon Web Services needs" in one["fix"]
        _, checks = examined(bed)
        assert [c["state"] for c in checks if c["check"] == "hops"] == ["skipped"]
    finally:
        bed.cloud.assign = True
    done = bed.ingress("doctor", "web", "--wait", "60s", timeout=90)
    assert done.returncode == 0, done.stdout
    assert "waiting: KI601" in done.stderr or "√ address" in done.stdout


EVENT = """\
apiVersion: v1
kind: Event
metadata: {{name: {name}, namespace: doctored}}
involvedObject: {{kind: Ingress, namespace: doctored, name: web, uid: "{uid}"}}
type: {type}
reason: {reason}
message: "{message}"
source: {{component: ingress}}
firstTimestamp: "2026-11-26T10:00:{second}Z"
lastTimestamp: "2026-11-26T10:00:{second}Z"
"""


def test_row_38_a_load_balancer_without_subnets(bed: World) -> None:
    """What the AWS Load Balancer Controller writes is played: it is not in the test bed."""
    uid = bed.get("ingress", "web")["metadata"]["uid"]
    message = "Failed build model due to couldn't auto-discover subnets: unable to resolve one"
    failed = {"type": "Warning", "reason": "FailedBuildModel", "second": "00"}
    bed.apply(EVENT.format(name="web.1", uid=uid, message=message, **failed))
    one = found(bed, "KI610", "--no-probe")
    assert "FailedBuildModel" in one["message"]
    assert "kubernetes.io/role/elb" in one["fix"]
    # Once the subnets have their tags, its next word is another.
    done = {"type": "Normal", "reason": "SuccessfullyReconciled", "second": "30"}
    bed.apply(EVENT.format(name="web.2", uid=uid, message="Successfully reconciled", **done))
    gone(bed, "KI610", "--no-probe")


def test_row_40_gke_finds_the_backends_ill(bed: World) -> None:
    """What GKE writes on an Ingress is played: it is not in the test bed."""
    part = "ingress-gce-404-server-with-metrics"
    bed.kubectl("create", "deployment", "l7", f"--image=registry.k8s.io/{part}:v1.23.1")
    bed.kubectl("create", "ingress", "g", "--rule=g.example/*=echo:80")
    bed.kubectl("annotate", "ingress", "g", "kubernetes.io/ingress.class=gce")
    status = "ingress.kubernetes.io/backends"
    bed.kubectl("annotate", "ingress", "g", f'{status}={{"k8s1-echo":"UNHEALTHY"}}')
    try:
        one = found(bed, "KI606", "--no-probe")
        assert (one["area"], one["object"]["name"]) == ("Load balancer", "g")
        healthy = f'{status}={{"k8s1-echo":"HEALTHY"}}'
        bed.kubectl("annotate", "ingress", "g", "--overwrite", healthy)
        gone(bed, "KI606", "--no-probe")
    finally:
        bed.kubectl("delete", "ingress", "g")
        bed.kubectl("delete", "deployment", "l7")


def test_row_43_the_proxy_protocol_is_expected_and_not_sent(bed: World) -> None:
    """The objects alone tell: no played load balancer sends it."""
    data = {"data": {"use-proxy-protocol": "true"}}
    bed.kubectl("patch", "configmap", NAME, "-n", CONTROLLER, "-p", json.dumps(data))
    try:
        one = found(bed, "KI625", "web", "--no-probe")
        assert "every connection ends without an answer" in one["message"]
        bed.cloud.refuse = True
        _, checks = examined(bed, "web", "--max-time", "1")
        told = {c["label"].strip(): c["text"] for c in checks if c["check"] == "hops"}
        assert told["controller"].startswith("not asked: it expects the PROXY protocol")
        bed.cloud.refuse = False
        mend(bed, one["fix"], line=-1)
        gone(bed, "KI625", "web", "--no-probe")
    finally:
        bed.cloud.refuse = False
        data["data"]["use-proxy-protocol"] = "false"
        bed.kubectl("patch", "configmap", NAME, "-n", CONTROLLER, "-p", json.dumps(data))


NODE = "apiVersion: v1\nkind: Node\nmetadata: {name: without-a-pod}\n"
READY = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}


def test_row_42_nodes_without_a_pod_drop_what_they_get(bed: World) -> None:
    bed.apply(NODE)
    bed.kubectl("patch", "node", "without-a-pod", "--subresource=status", "-p", json.dumps(READY))
    patch = {"spec": {"type": "NodePort", "externalTrafficPolicy": "Local"}}
    bed.kubectl("patch", "service", NAME, "-n", CONTROLLER, "-p", json.dumps(patch))
    try:
        one = found(bed, "KI624", "--no-probe")
        assert "no ready pod runs on without-a-pod" in one["message"]
        _, checks = examined(bed, "web")
        # By a node's port now, there being no load balancer.
        assert [c["state"] for c in checks if c["check"] == "hops"] == ["fine"]
        mend(bed, one["fix"])
        gone(bed, "KI624", "--no-probe")
    finally:
        back = {"spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}}
        bed.kubectl("patch", "service", NAME, "-n", CONTROLLER, "-p", json.dumps(back))
        bed.kubectl("delete", "node", "without-a-pod")
    assert bed.ingress("doctor", "web", "--wait", "60s", timeout=90).returncode == 0


def test_rows_45_and_46_what_resolvers_say(bed: World) -> None:
    name = bed.hostname(NAME, CONTROLLER)
    [ip] = bed.dns.records[name]
    soa = "example. 60 IN SOA ns.example. hostmaster.example. 1 60 60 3600 900"
    balancer = f"{name}. 60 IN A {ip}"
    out = Zone("example.", [soa, f"a.example. 300 IN A {ip}", balancer])
    # This machine's own resolver, which a lab does not ask for hosts.
    bed.dns.records["a.example"] = [ip]
    early = Zone("example.", [soa.replace(" 60 IN", " 900 IN"), balancer])
    with serving(at_1=out.answer, at_2=early.answer) as port:
        both = [word for n in (1, 2) for word in ("--resolver", f"127.0.0.{n}:{port}")]
        one = found(bed, "KI608", "web", "--no-probe", *both)
        assert f"127.0.0.2:{port} does not" in one["message"]
        assert "is kept for 900 s" in one["message"]
        # Once the second one has forgotten, the same look passes.
        early.lines.append(f"a.example. 300 IN A {ip}")
        gone(bed, "KI608", "web", "--no-probe", *both)
        first = both[:2]
        out.lines.append("a.example. 300 IN AAAA fd00::1")
        one = found(bed, "KI627", "web", "--no-probe", *first)
        assert "fd00::1, which is not the load balancer's" in one["message"]
        assert one["fix"] == "delete the AAAA record of a.example"
        out.lines[:] = [soa, "a.example. 300 IN A 192.0.2.1", balancer]
        one = found(bed, "KI607", "web", "--no-probe", *first)
        assert "leads to 192.0.2.1" in one["message"]
        out.lines[:] = [soa, balancer]
        del bed.dns.records["a.example"]
        one = found(bed, "KI602", "web", "--no-probe", *first)
        assert one["fix"] == f"make a CNAME record a.example that leads to {name}"
        # What a resolver makes of such a record, in the end.
        out.lines.append(f"a.example. 300 IN A {ip}")
        bed.dns.records["a.example"] = [ip]
        gone(bed, "KI602", "web", "--no-probe", *first)
    del bed.dns.records["a.example"]


def test_a_resolver_that_is_none_and_one_that_is_silent(bed: World) -> None:
    done = bed.ingress("doctor", "--resolver", "dns.example")
    assert done.returncode == 2
    assert "'dns.example' is no IP address" in done.stderr
    _, checks = examined(bed, "web", "--no-probe", "--resolver", "127.0.0.3:9")
    [told] = [one for one in checks if one["label"] == "127.0.0.3:9"]
    assert (told["state"], told["code"]) == ("info", "KI602")
    assert told["message"].startswith("no answer from 127.0.0.3:9")
