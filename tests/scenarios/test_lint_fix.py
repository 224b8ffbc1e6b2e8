"""What `lint --fix` writes, a real API server accepts, and it did not accept what was there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .world import World

INGRESS = """\
# the shop
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: fixed
  annotations:
    nginx.ingress.kubernetes.io/ssl-redirect: {redirect}   # no redirect
spec:
  ingressClassName: nginx
  rules:
  - host: {host}
    http:
      paths:
      - {{path: {path}, pathType: {kind}, backend: {{{backend}}}}}
"""
RIGHT = {
    "redirect": '"false"',
    "host": "a.example",
    "path": "/app",
    "kind": "Prefix",
    "backend": "service: {name: web, port: {number: 80}}",
}
OLD = RIGHT | {"backend": "serviceName: web, servicePort: 80"}


@pytest.mark.parametrize(
    ("wrong", "mended"),
    [
        ({"redirect": "false"}, {}),
        ({"host": "münchen.example"}, {"host": "xn--mnchen-3ya.example"}),
        ({"path": "app"}, {}),
        ({"kind": "prefix"}, {}),
    ],
)
def test_what_was_refused_is_accepted(
    bed: World, tmp_path: Path, wrong: dict[str, str], mended: dict[str, str]
) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(INGRESS.format(**RIGHT | wrong), encoding="utf-8")
    refused = bed.kubectl("apply", "--dry-run=server", "-f", str(file), check=False)
    assert refused.returncode == 1, refused.stdout
    assert bed.ingress("lint", "-f", str(file)).returncode == 1
    done = bed.ingress("lint", "-f", str(file), "--fix", "--fail-on", "never")
    assert "mended 1 finding in 1 file" in done.stderr
    assert file.read_text(encoding="utf-8") == INGRESS.format(**RIGHT | mended)
    bed.kubectl("apply", "--dry-run=server", "-f", str(file))


def test_a_beta_ingress_is_accepted(bed: World, tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    text = INGRESS.format(**OLD).replace("networking.k8s.io/v1", "networking.k8s.io/v1beta1")
    file.write_text(text, encoding="utf-8")
    refused = bed.kubectl("apply", "--dry-run=server", "-f", str(file), check=False)
    assert refused.returncode == 1
    done = bed.ingress("lint", "-f", str(file), "--fix")
    assert "networking.k8s.io/v1beta1 → networking.k8s.io/v1" in done.stderr
    assert file.read_text(encoding="utf-8") == INGRESS.format(**RIGHT)
    bed.kubectl("apply", "--dry-run=server", "-f", str(file))


def test_a_cluster_is_not_touched(bed: World) -> None:
    told = bed.ingress("lint", "--fix")
    assert told.returncode == 2
    assert "--fix edits files, never the objects of a cluster" in told.stderr
