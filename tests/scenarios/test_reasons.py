"""Every reason that `test` gives, produced for real and told right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .world import World

NAMESPACE = "reasons"


@pytest.fixture(scope="module", autouse=True)
def installed(bed: World) -> None:
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    bed.kubectl("create", "namespace", NAMESPACE)
    bed.kubectl("config", "set-context", "--current", f"--namespace={NAMESPACE}")
    bed.kubectl(
        "create",
        "deployment",
        "echo",
        "--image=registry.k8s.io/e2e-test-images/agnhost:2.53",
        "--replicas=2",
        "--",
        "/agnhost",
        "serve-hostname",
        "--port=8080",
    )
    bed.kubectl("expose", "deployment", "echo", "--port=80", "--target-port=8080")
    bed.kubectl("rollout", "status", "deployment/echo", "--timeout=60s")


@pytest.fixture(autouse=True)
def restored(bed: World) -> Iterator[None]:
    yield
    bed.kubectl("delete", "ingress", "--all")


def ingress(bed: World, host: str = "a.example", **changes: Any) -> None:
    """An Ingress that works, but for the changes."""
    words = {"class": "nginx", "path": "/echo*", "backend": "echo:80", **changes}
    rule = f"{host}{words['path']}={words['backend']}"
    flags = [f"--class={words['class']}"] if words["class"] else []
    bed.kubectl("create", "ingress", "web", *flags, f"--rule={rule}")


def ask(bed: World, *words: str, code: str, status: int = 1, timeout: float = 60) -> dict[str, Any]:
    """The JSON of a test that ends in this code, however long the controller takes to see it."""

    def look() -> dict[str, Any] | None:
        done = bed.ingress("test", *words, "-o", "json", timeout=timeout)
        assert done.returncode in (0, 1), done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        found = result["verdict"]["code"] == (code or None) and done.returncode == status
        assert found, result["verdict"]
        return result

    return bed.wait_for(look, 15, f"`test {' '.join(words)}` says {code or 'passed'}")


def test_it_works(bed: World) -> None:
    ingress(bed)
    result = ask(bed, "http://a.example/echo/x", code="", status=0)
    assert result["answer"]["pod"] in bed.endpoints("echo", NAMESPACE)
    assert result["predicted"]["upstreamPath"] == "/echo/x"


def test_host_in_no_rule(bed: World) -> None:
    ingress(bed)
    result = ask(bed, "http://b.example/echo", code="KI101")
    assert result["answer"]["status"] == result["predicted"]["status"] == 404
    assert "a.example (reasons/web)" in result["verdict"]["sentence"]
    tested, added = result["verdict"]["fix"].splitlines()
    assert bed.run("bash", "-c", tested).returncode == 0
    # The command that it names does mend it, and breaks nothing.
    assert bed.run("bash", "-c", added).returncode == 0
    for host in ("b", "a"):
        ask(bed, f"http://{host}.example/echo", code="", status=0)


def test_path_in_no_rule(bed: World) -> None:
    ingress(bed)
    result = ask(bed, "http://a.example/echoes", code="KI102")
    assert result["answer"]["status"] == 404
    assert "/echo (Prefix, reasons/web)" in result["verdict"]["sentence"]


def test_no_class(bed: World) -> None:
    ingress(bed, **{"class": ""})
    result = ask(bed, "http://a.example/echo", code="KI201")
    assert result["answer"]["status"] == 404
    # The command that it names does mend it.
    assert bed.run("bash", "-c", result["verdict"]["fix"]).returncode == 0
    ask(bed, "http://a.example/echo", code="", status=0)


@pytest.mark.parametrize("name", ["nobody", "foreign"])
def test_a_class_nobody_serves(bed: World, name: str) -> None:
    bed.apply(
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\n"
        "metadata: {name: foreign}\nspec: {controller: example.com/other}\n"
    )
    ingress(bed, **{"class": name})
    result = ask(bed, "http://a.example/echo", code="KI202")
    assert name in result["verdict"]["sentence"]
    fix = result["verdict"]["fix"]
    if name == "foreign":
        # Of a class of somebody else's no Ingress is taken away.
        assert (
            fix
            == f"kubectl ingress test http://a.example/echo --class {name}\nkubectl ingress status"
        )
        return
    assert bed.run("bash", "-c", fix).returncode == 0
    ask(bed, "http://a.example/echo", code="", status=0)


def test_legacy_class_annotation(bed: World) -> None:
    ingress(bed, **{"class": ""})
    bed.kubectl("annotate", "ingress", "web", "kubernetes.io/ingress.class=nginx")
    ask(bed, "http://a.example/echo", code="", status=0)


def test_service_missing(bed: World) -> None:
    ingress(bed, backend="nothing:80")
    result = ask(bed, "http://a.example/echo", code="KI103")
    assert result["answer"]["status"] == result["predicted"]["status"] == 503
    assert "reasons/nothing" in result["verdict"]["sentence"]


def test_port_unknown(bed: World) -> None:
    ingress(bed, backend="echo:81")
    result = ask(bed, "http://a.example/echo", code="KI104")
    assert "no port 81; ports: 80" in result["verdict"]["sentence"]
    assert bed.run("bash", "-c", result["verdict"]["fix"]).returncode == 0
    ask(bed, "http://a.example/echo", code="", status=0)


def test_a_target_port_of_a_name_that_no_pod_has(bed: World) -> None:
    bed.kubectl("expose", "deployment", "echo", "--name=named", "--port=80", "--target-port=htttp")
    ingress(bed, backend="named:80")
    result = ask(bed, "http://a.example/echo", code="KI115")
    assert result["answer"]["status"] == 503
    assert "and none of them has one of that name" in result["verdict"]["sentence"]
    bed.kubectl("delete", "service", "named")


def test_no_ready_endpoint(bed: World) -> None:
    ingress(bed)
    bed.kubectl("scale", "deployment", "echo", "--replicas=0")

    def told(words: str) -> bool:
        result = ask(bed, "http://a.example/echo", code="KI105")
        return words in result["verdict"]["sentence"]

    try:
        # Pods that are ending are there for a moment longer, and not ready.
        selects = "selects no pod (selector app=echo)"
        bed.wait_for(lambda: told(selects), 20, "no pod is left")
        fix = ask(bed, "http://a.example/echo", code="KI105")["verdict"]["fix"]
        assert fix == "kubectl scale deployment echo --replicas=1"
        bed.node.hold_ready.add("agnhost")
        bed.kubectl("scale", "deployment", "echo", "--replicas=1")
        pods = bed.wait_for(
            lambda: bed.get("pods", "-l", "app=echo")["items"], 20, "a pod that is not ready"
        )
        name = pods[0]["metadata"]["name"]
        bed.wait_for(lambda: told(f"is ready: {name}"), 20, "the pod that is not ready is named")
    finally:
        bed.node.hold_ready.clear()
        bed.kubectl("scale", "deployment", "echo", "--replicas=2")
        bed.kubectl("rollout", "status", "deployment/echo", "--timeout=60s")


def test_the_application_s_own_404_is_not_the_controller_s(bed: World) -> None:
    bed.kubectl("create", "deployment", "flask", "--image=alicek106/ingress-annotation-test:0.0")
    bed.kubectl("expose", "deployment", "flask", "--port=80", "--target-port=5000")
    bed.kubectl("rollout", "status", "deployment/flask", "--timeout=60s")
    ingress(bed, backend="flask:80")
    result = ask(bed, "http://a.example/echo", code="KI106")
    assert result["answer"]["status"] == 404
    assert "flask:80 itself answered 404 (it was asked for /echo)" in result["verdict"]["sentence"]


def test_the_container_listens_elsewhere(bed: World) -> None:
    bed.kubectl("expose", "deployment", "echo", "--name=wrong", "--port=80", "--target-port=9")
    bed.wait_for(lambda: bed.endpoints("wrong", NAMESPACE), 20, "endpoints")
    ingress(bed, backend="wrong:80")
    result = ask(bed, "http://a.example/echo", code="KI109")
    assert result["answer"]["status"] == 502
    assert "port 9" in result["verdict"]["sentence"]


def test_name_not_resolved(bed: World) -> None:
    ingress(bed)
    saved = dict(bed.dns.records)
    bed.dns.records.clear()
    try:
        result = ask(bed, "/echo", code="KI602")
        assert result["answer"] is None
        assert result["failure"]["phase"] == "dns"
    finally:
        bed.dns.records.update(saved)


def test_refused(bed: World) -> None:
    ingress(bed)
    bed.cloud.refuse = True
    try:
        result = ask(bed, "http://a.example/echo", code="KI603")
        assert result["failure"]["why"] == "connection refused"
    finally:
        bed.cloud.refuse = False


def test_timeout(bed: World) -> None:
    ingress(bed)
    bed.cloud.blackhole = True
    try:
        result = ask(bed, "http://a.example/echo", "--max-time", "1", code="KI604")
        assert "waited 1 s for an answer" in result["verdict"]["sentence"]
    finally:
        bed.cloud.blackhole = False


def test_tls_failure(bed: World) -> None:
    ingress(bed)
    result = ask(bed, "https://a.example/echo", code="KI301")
    assert "presents its own fake one" in result["verdict"]["sentence"]
    passed = ask(bed, "https://a.example/echo", "-k", code="", status=0)
    assert "Fake" in passed["answer"]["certificate"]["subject"]


def test_https_redirect_is_predicted(bed: World) -> None:
    bed.kubectl("create", "ingress", "web", "--class=nginx", "--rule=a.example/echo*=echo:80,tls=t")
    result = ask(bed, "http://a.example/echo/", code="", status=0)
    assert result["answer"]["status"] == 308
    assert result["predicted"]["location"] == "https://a.example/echo"


def test_load_balancer_pending_then_no_controller(bed: World) -> None:
    service = bed.get("service", "ingress-nginx-controller", "-n", "ingress-nginx")
    bed.cloud.assign = False
    try:
        for field in ("status",):
            service.pop(field)
        bed.kubectl("delete", "service", "ingress-nginx-controller", "-n", "ingress-nginx")
        gone = ask(bed, "/echo", code="KI601")
        assert "no Service leads to ingress-nginx" in gone["verdict"]["sentence"]
        for field in ("clusterIP", "clusterIPs"):
            service["spec"].pop(field)
        for field in ("resourceVersion", "uid", "creationTimestamp"):
            service["metadata"].pop(field)
        for port in service["spec"]["ports"]:
            port.pop("nodePort")
        service["spec"].pop("healthCheckNodePort", None)
        bed.apply(json.dumps(service))
        pending = ask(bed, "/echo", code="KI601")
        assert "pending" in pending["verdict"]["sentence"]
    finally:
        bed.cloud.assign = True
    waited = bed.ingress("address", "--wait", "30s")
    assert waited.returncode == 0, waited.stderr
    bed.kubectl("delete", "deployment", "ingress-nginx-controller", "-n", "ingress-nginx")
    nobody = ask(bed, "/echo", code="KI203")
    assert "no controller runs for the class nginx" in nobody["verdict"]["sentence"]


def test_z_forbidden_names_verb_resource_and_namespace(bed: World) -> None:
    config = str(bed.kubeconfig("dev"))
    done = bed.ingress("test", "/echo", env={"KUBECONFIG": config})
    assert done.returncode == 2
    assert "list ingresses.networking.k8s.io" in done.stderr
    assert "Traceback" not in done.stderr
