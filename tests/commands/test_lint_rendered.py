"""What kustomize and helm print, piped into lint: the real programs, where they are there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helm.binary import cached
from tests.running import Ran, run

KUBECTL = shutil.which(os.environ.get("KUBECTL") or "kubectl")
HELM = cached()
INGRESS = """\
# the shop
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/proxy-bdy-size: {size}
spec:
  ingressClassName: nginx
  rules:
  - host: {host}
    http:
      paths:
      - {{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
"""


def piped(command: list[str], *words: str) -> Ran:
    """``command | kubectl ingress lint -f - words``."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return run(["lint", "-f", "-", *words], stdin=done.stdout)


def check(command: list[str]) -> None:
    ran = piped(command)
    assert ran.status == 0
    assert "KI403" in ran.stdout
    assert "1 finding in 1 Ingress: 1 warning" in ran.stdout
    mended = piped(command, "--fix")
    assert (mended.status, "mended 1 finding" in mended.stderr) == (0, True)
    assert "/proxy-body-size: 8m" in mended.stdout
    assert run(["lint", "-f", "-", "--level", "info"], stdin=mended.stdout).stdout == (
        "no findings in 1 Ingress\n"
    )


@pytest.mark.skipif(KUBECTL is None, reason="KUSTOMIZE WAS NOT TRIED: no kubectl on PATH")
def test_kustomize(tmp_path: Path) -> None:
    base, overlay = tmp_path / "base", tmp_path / "overlay"
    base.mkdir()
    overlay.mkdir()
    (base / "ingress.yaml").write_text(INGRESS.format(host="a.example", size="1m"))
    (base / "service.yaml").write_text(SERVICE)
    (base / "kustomization.yaml").write_text("resources: [ingress.yaml, service.yaml]\n")
    (overlay / "kustomization.yaml").write_text(
        "namespace: shop\nnamePrefix: prod-\nresources: [../base]\n"
        "patches:\n- target: {kind: Ingress}\n"
        "  patch: |\n    - op: replace\n"
        "      path: /metadata/annotations/nginx.ingress.kubernetes.io~1proxy-bdy-size\n"
        "      value: 8m\n"
    )
    check([str(KUBECTL), "kustomize", str(overlay)])


@pytest.mark.skipif(not HELM.exists(), reason="HELM WAS NOT TRIED: python -m tests.helm.binary")
def test_helm(tmp_path: Path) -> None:
    templates = tmp_path / "shop" / "templates"
    templates.mkdir(parents=True)
    (tmp_path / "shop" / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
    (tmp_path / "shop" / "values.yaml").write_text("host: a.example\nsize: 8m\n")
    written = INGRESS.format(host="{{ .Values.host | quote }}", size="{{ .Values.size }}")
    (templates / "ingress.yaml").write_text(written)
    (templates / "service.yaml").write_text(SERVICE)
    command = [str(HELM), "template", "release", str(tmp_path / "shop"), "-n", "shop"]
    check(command)
    # What was not rendered is told what to do, and left alone.
    ran = run(["lint", "-f", str(templates), "--fix"])
    assert "helm template" in ran.stdout + ran.stderr
    assert (templates / "ingress.yaml").read_text() == written
