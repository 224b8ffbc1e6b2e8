"""What GKE says of the backends of its load balancers."""

from __future__ import annotations

import pytest

from kubectl_ingress.inventory.gke import backends_of
from tests.manifests import ingress, snapshot

STATUS = "ingress.kubernetes.io/backends"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"k8s1-a": "HEALTHY"}', {"k8s1-a": "HEALTHY"}),
        ("", {}),
        ("[]", {}),
        ("{", {}),
        # It is anybody's who may write an Ingress.
        ("[" * 60_000, {}),
    ],
)
def test_a_state_for_each_backend(text: str, found: dict[str, str]) -> None:
    [one] = snapshot(ingress(annotations={STATUS: text})).ingresses
    assert backends_of(one) == found
