"""What `status` tells of a cluster, from nothing at all to a clash and a left-over webhook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

    from .world import World

NAMESPACE = "ingress-nginx"
HOOK = "ingress-nginx-admission"
F5_CLASS = """\
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx-f5}
spec: {controller: nginx.org/ingress-controller}
"""


def status(bed: World, *words: str, user: str = "admin") -> subprocess.CompletedProcess[str]:
    done = bed.ingress("status", *words, env={"KUBECONFIG": str(bed.kubeconfig(user))})
    assert "Traceback" not in done.stderr
    return done


def data(bed: World, *words: str, user: str = "admin") -> Any:
    done = status(bed, *words, "-o", "json", user=user)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def findings(told: Mapping[str, Any]) -> dict[str, Any]:
    """Code -> finding; the first of each, which is the worst."""
    found: dict[str, Any] = {}
    for each in told["findings"]:
        found.setdefault(each["code"], each)
    return found


def ingresses(bed: World) -> list[str]:
    return bed.kubectl("get", "ingresses", "-A", "-o", "name").stdout.split()


def test_nothing_is_installed(bed: World) -> None:
    told = data(bed)
    assert (told["controllers"], told["classes"], told["notRead"]) == ([], [], [])
    assert told["provider"] == "aws"
    assert set(findings(told)) == {"KI203"}
    done = status(bed)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Fix    kubectl ingress install\n" in done.stdout


def test_who_may_read_nothing_is_told_so(bed: World) -> None:
    done = status(bed, user="dev")
    assert (done.returncode, done.stdout) == (2, "")
    assert "you may not list deployments" in done.stderr


def test_what_install_has_made(bed: World) -> None:
    done = bed.ingress("install", "--provider", "aws", timeout=120)
    assert done.returncode == 0, done.stderr
    bed.kubectl("create", "ingress", "web", "--class=nginx", "--rule=a.example/=web:80")
    told = data(bed)
    [one] = told["controllers"]
    assert (one["name"], one["version"], one["endOfLife"]) == ("ingress-nginx", "1.15.1", "2026-03")
    assert one["replicas"] == {"ready": 1, "desired": 1}
    assert one["installedBy"]["tool"] == "kubectl-ingress"
    assert one["classes"] == [{"name": "nginx", "default": False}]
    assert one["addresses"] == [bed.hostname("ingress-nginx-controller", NAMESPACE)]
    assert one["ingresses"] == 1
    hook = one["webhook"]
    assert (hook["name"], hook["failurePolicy"], hook["caBundle"]) == (HOOK, "Fail", True)
    assert (hook["readyEndpoints"], hook["answers"]) == (1, True)
    # Retired, and not tested with so new a Kubernetes; nothing is wrong with it otherwise.
    assert set(findings(told)) == {"KI701", "KI709"}
    assert ingresses(bed) == ["ingress.networking.k8s.io/web"]


def test_a_user_of_one_namespace(bed: World) -> None:
    bed.kubectl(
        "create", "role", "looks", "-n", NAMESPACE, "--verb=get,list",
        "--resource=deployments,daemonsets,services",
    )  # fmt: skip
    bed.kubectl(
        "create", "rolebinding", "looks", "-n", NAMESPACE, "--role=looks", "--user=viewer"
    )  # fmt: skip
    done = status(bed, user="viewer")
    assert done.returncode == 2
    told = data(bed, "-n", NAMESPACE, user="viewer")
    [one] = told["controllers"]
    assert one["addresses"] == [bed.hostname("ingress-nginx-controller", NAMESPACE)]
    assert (one["ingresses"], one["webhook"]) == (None, None)
    assert {each["resource"] for each in told["notRead"]} == {
        "ingressclasses.networking.k8s.io",
        "ingresses.networking.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "nodes",
    }
    assert "Not read" in status(bed, "-n", NAMESPACE, user="viewer").stdout


def test_a_second_controller_that_wants_the_same_class(bed: World) -> None:
    bed.kubectl("create", "namespace", "nginx-ingress")
    image = "--image=nginx/nginx-ingress:5.5.4"
    bed.kubectl("create", "deployment", "nginx-ingress", "-n", "nginx-ingress", image)
    bed.apply(F5_CLASS)
    told = data(bed)
    names = [one["name"] for one in told["controllers"]]
    assert names == ["ingress-nginx", "f5-nginx"]
    clash = findings(told)["KI206"]
    assert "was started for class nginx, which belongs to k8s.io/ingress-nginx" in clash["message"]
    assert clash["fix"] == "kubectl edit deployment -n nginx-ingress nginx-ingress"
    unserved = findings(told)["KI207"]
    assert unserved["object"]["name"] == "nginx-f5"
    assert "KI206" in status(bed).stdout
    # Mended in the way that it says.
    args = '{"spec":{"template":{"spec":{"containers":[{"name":"nginx-ingress","args":["%s"]}]}}}}'
    bed.kubectl(
        "patch", "deployment", "nginx-ingress", "-n", "nginx-ingress",
        "-p", args % "-ingress-class=nginx-f5",
    )  # fmt: skip
    told = data(bed)
    assert not {"KI206", "KI207", "KI208"} & set(findings(told))
    assert told["controllers"][1]["classes"] == [{"name": "nginx-f5", "default": False}]
    assert told["controllers"][1]["installedBy"] == {"tool": "kubectl", "detail": "create"}
    assert told["controllers"][1]["vulnerabilities"][0]["cves"] == ["CVE-2026-77180"]


def test_two_that_claim_one_controller_value(bed: World) -> None:
    bed.kubectl("create", "deployment", "traefik", "--image=traefik:v3.7.0", "--", "traefik",
                "--providers.kubernetesingressnginx")  # fmt: skip
    clash = findings(data(bed))["KI206"]
    assert "both serve k8s.io/ingress-nginx" in clash["message"]
    bed.kubectl("delete", "deployment", "traefik")
    bed.kubectl("delete", "deployment", "nginx-ingress", "-n", "nginx-ingress")
    bed.kubectl("delete", "ingressclass", "nginx-f5")
    assert "KI206" not in findings(data(bed))


def test_a_webhook_that_is_down(bed: World) -> None:
    bed.node.webhook_enabled = False
    try:
        done = status(bed)
        told = data(bed)
    finally:
        bed.node.webhook_enabled = True
    assert done.returncode == 0
    assert "KI705" in done.stdout
    assert "the API server refuses every new or changed Ingress" in " ".join(done.stdout.split())
    [one] = told["controllers"]
    assert (one["webhook"]["answers"], one["webhook"]["readyEndpoints"]) == (False, 1)
    assert "refused" in one["webhook"]["said"]
    assert ingresses(bed) == ["ingress.networking.k8s.io/web"]
    assert "KI705" not in findings(data(bed))


def test_what_is_left_when_the_namespace_is_deleted(bed: World) -> None:
    bed.kubectl("delete", "namespace", NAMESPACE, timeout=120)
    told = data(bed)
    assert told["controllers"] == []
    found = findings(told)
    assert set(found) == {"KI203", "KI705", "KI207"}
    assert f"there is no Service {NAMESPACE}/" in found["KI705"]["message"]
    assert found["KI705"]["fix"] == f"kubectl delete validatingwebhookconfiguration {HOOK}"
    assert "its 1 Ingress has no effect" in found["KI207"]["message"]
    bed.kubectl("delete", "validatingwebhookconfiguration", HOOK)
    assert "KI705" not in findings(data(bed))


def test_an_old_release_of_helm_s(bed: World) -> None:
    made = bed.ingress("install", "--provider", "aws", "--dry-run=client", "-o", "yaml")
    assert made.returncode == 0, made.stderr
    text = made.stdout.replace("1.15.1", "1.11.2")
    text = "\n".join(line for line in text.splitlines() if "kubectl-ingress/" not in line)
    # Also what belongs to the whole cluster, which the deleted namespace left behind.
    for kind in ("clusterroles", "clusterrolebindings"):
        bed.kubectl("delete", kind, "ingress-nginx", HOOK, "--ignore-not-found")
    bed.kubectl("delete", "ingressclass", "nginx", "--ignore-not-found")
    bed.kubectl("create", "-f", "-", input=text)
    bed.kubectl(
        "annotate", "deployment", "ingress-nginx-controller", "-n", NAMESPACE,
        "meta.helm.sh/release-name=edge", f"meta.helm.sh/release-namespace={NAMESPACE}",
    )  # fmt: skip

    def ready() -> bool:
        [one] = data(bed)["controllers"]
        return bool(one["replicas"]["ready"]) and bool(one["webhook"]["answers"])

    bed.wait_for(ready, 60, "the old release is ready")
    told = data(bed)
    [one] = told["controllers"]
    assert one["version"] == "1.11.2"
    assert one["installedBy"] == {"tool": "helm", "detail": f"release edge in {NAMESPACE}"}
    assert one["vulnerabilities"][0]["score"] == 9.8
    found = findings(told)
    assert {"KI701", "KI709", "KI710"} <= set(found)
    assert "CVE-2025-1974" in found["KI710"]["message"]
    assert found["KI710"]["fix"].startswith("kubectl ingress install --adopt\n")
