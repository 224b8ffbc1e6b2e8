"""The bed plays ingress-nginx from its own manifests, as its users apply them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .testbed import REPO_ROOT, Bed

UPSTREAM = REPO_ROOT.parent / "shared/data/upstream/ingress-nginx/v1.15.1/aws/deploy.yaml"

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: hello}
spec:
  ingressClassName: nginx
  rules:
  - host: hello.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: echo, port: {number: 80}}}}
"""


@pytest.fixture(scope="module")
def ingress_nginx(bed: Bed) -> Path:
    """The upstream manifests for AWS, applied by kubectl, with a stub for the data plane."""
    if not UPSTREAM.exists():
        pytest.skip(f"the upstream manifest is not here: {UPSTREAM}")
    bed.node.dataplane_command = None
    bed.node.hold_certgen = True
    bed.kubectl("apply", "-f", str(UPSTREAM))
    return UPSTREAM


def test_controller_waits_for_its_secret(bed: Bed, ingress_nginx: Path) -> None:
    def told() -> str:
        return dict(bed.events("ingress-nginx-controller-")).get("FailedMount", "")

    assert 'secret "ingress-nginx-admission" not found' in bed.wait_for(told, 15, "FailedMount")
    pods = bed.kubectl("get", "pods", "-n", "ingress-nginx").stdout
    assert "ContainerCreating" in pods
    refused = bed.kubectl("apply", "-f", "-", input=INGRESS, check=False)
    assert "failed calling webhook" in refused.stderr


def test_admission_jobs_do_their_work_and_vanish(bed: Bed, ingress_nginx: Path) -> None:
    bed.node.hold_certgen = False
    kind, name = "validatingwebhookconfiguration", "ingress-nginx-admission"
    bed.wait_for(
        lambda: "caBundle" in bed.get(kind, name)["webhooks"][0]["clientConfig"], 30, "caBundle"
    )
    secret = bed.get("secret", name, "-n", "ingress-nginx")
    assert secret["data"].keys() == {"ca", "cert", "key"}
    bed.wait_for(lambda: not bed.get("jobs", "-A")["items"], 30, "the jobs vanish")
    rollout = ["rollout", "status", "deployment/ingress-nginx-controller", "-n", "ingress-nginx"]
    bed.kubectl(*rollout, "--timeout=30s")


def test_ingresses_depend_on_the_webhook(
    bed: Bed, ingress_nginx: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bed.kubectl(
        "wait", "pods", "-n", "ingress-nginx", "-l", "app.kubernetes.io/component=controller",
        "--for=condition=Ready", "--timeout=30s",
    )  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(bed.node, "webhook_enabled", False)
        refused = bed.kubectl("apply", "-f", "-", input=INGRESS, check=False)
        assert "failed calling webhook" in refused.stderr
        assert "connection refused" in refused.stderr
    bed.wait_for(
        lambda: bed.kubectl("apply", "-f", "-", input=INGRESS, check=False).returncode == 0,
        15,
        "the webhook lets an Ingress pass",
    )
    assert bed.node.admissions[-1]["object"]["metadata"]["name"] == "hello"
    service = "ingress-nginx-controller"
    bed.wait_for(lambda: bed.hostname(service, "ingress-nginx"), 15, "an address")


def test_everything_can_be_deleted(bed: Bed, ingress_nginx: Path) -> None:
    bed.kubectl("delete", "ingress", "--all")
    bed.kubectl("delete", "-f", str(ingress_nginx), "--ignore-not-found", timeout=90)
    missing = bed.kubectl("get", "namespace", "ingress-nginx", check=False)
    assert "NotFound" in missing.stderr
