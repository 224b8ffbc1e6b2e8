"""What `doctor` finds by kinds that the lab does not have: NetworkPolicies, and cert-manager's.

cert-manager itself is not in the test bed: its kinds are, and what it would write is played.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .doctored import deploy, examined, found, gone, mend

if TYPE_CHECKING:
    from .world import World

NAMESPACE = "issued"
KINDS = (
    ("cert-manager.io", "Certificate", "certificates", "Namespaced"),
    ("cert-manager.io", "CertificateRequest", "certificaterequests", "Namespaced"),
    ("cert-manager.io", "ClusterIssuer", "clusterissuers", "Cluster"),
    ("acme.cert-manager.io", "Order", "orders", "Namespaced"),
    ("acme.cert-manager.io", "Challenge", "challenges", "Namespaced"),
)


def definition(group: str, kind: str, plural: str, scope: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema},
    }  # fmt: skip
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
        },
        "spec": {"group": group, "names": names, "scope": scope, "versions": [version]},
    }


@pytest.fixture(scope="module", autouse=True)
def installed(bed: World) -> None:
    if "apiextensions.k8s.io" not in bed.kubectl("api-versions").stdout:
        pytest.skip("the lab has neither these kinds nor definitions: on the real API server only")
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    bed.kubectl("create", "namespace", NAMESPACE)
    bed.kubectl("config", "set-context", "--current", f"--namespace={NAMESPACE}")
    deploy(bed, "web", namespace=NAMESPACE)
    rule = "--rule=c.example/=web:80,tls=c-tls"
    issuer = "--annotation=cert-manager.io/cluster-issuer=letsencrypt"
    bed.kubectl("create", "ingress", "c", "--class=nginx", rule, issuer)


def made(bed: World, kind: str, name: str, owner: dict[str, Any] | None, **fields: Any) -> Any:
    """An object as cert-manager makes it, owned by the one before it."""
    group = next(one[0] for one in KINDS if one[1] == kind)
    meta: dict[str, Any] = {"name": name}
    if owner is not None:
        reference = {key: owner[key] for key in ("apiVersion", "kind")}
        reference |= {key: owner["metadata"][key] for key in ("name", "uid")}
        meta["ownerReferences"] = [reference]
    body = {"apiVersion": f"{group}/v1", "kind": kind, "metadata": meta, **fields}
    bed.apply(json.dumps(body))
    return bed.get(f"{kind.lower()}.{group}", name)


def ready(status: str, message: str) -> dict[str, Any]:
    return {"conditions": [{"type": "Ready", "status": status, "message": message}]}


def test_row_26_1_no_cert_manager(bed: World) -> None:
    one = found(bed, "KI721", "--no-probe")
    assert "there is no cert-manager here" in one["message"]


def test_row_26_2_nothing_is_made_yet(bed: World) -> None:
    for kind in KINDS:
        bed.apply(json.dumps(definition(*kind)))
    names = [f"crd/{plural}.{group}" for group, _, plural, _ in KINDS]
    bed.kubectl("wait", "--for=condition=Established", *names, "--timeout=60s")

    def look() -> bool:
        one = found(bed, "KI721", "--no-probe")
        assert "no Certificate makes c-tls" in one["message"], one["message"]
        return True

    bed.wait_for(look, 20, "cert-manager's kinds are seen")


def issuer(name: str) -> dict[str, Any]:
    solver = {"http01": {"ingress": {"ingressClassName": name}}}
    return {"spec": {"acme": {"solvers": [solver]}}, "status": ready("True", "")}


def test_row_26_3_the_challenge_gets_a_404(bed: World) -> None:
    made(bed, "ClusterIssuer", "letsencrypt", None, **issuer("ngnix"))
    spec = {"secretName": "c-tls", "issuerRef": {"kind": "ClusterIssuer", "name": "letsencrypt"}}
    waits = ready("False", "Issuing certificate as Secret does not exist")
    certificate = made(bed, "Certificate", "c-tls", None, spec=spec, status=waits)
    pending = ready("False", "Waiting on certificate issuance from order issued/c-tls-1")
    request = made(bed, "CertificateRequest", "c-tls-1", certificate, status=pending)
    order = made(bed, "Order", "c-tls-1", request, status={"state": "pending"})
    reason = "Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200'"
    status = {"state": "pending", "reason": reason, "presented": True}
    made(bed, "Challenge", "c-tls-1-2", order, status=status)
    one = found(bed, "KI721", "--no-probe")
    assert "wrong status code '404'" in one["message"]
    way = "Certificate c-tls → CertificateRequest c-tls-1 → Order c-tls-1 → Challenge c-tls-1-2"
    assert way in one["message"]
    assert one["fix"] == "kubectl describe challenge -n issued c-tls-1-2"
    assert bed.run("bash", "-c", one["fix"]).returncode == 0
    solver = found(bed, "KI304", "--no-probe")
    assert "ClusterIssuer letsencrypt solves challenges by class ngnix" in solver["message"]
    assert "nginx" in solver["fix"]


def test_row_26_4_the_class_is_mended(bed: World) -> None:
    made(bed, "ClusterIssuer", "letsencrypt", None, **issuer("nginx"))
    gone(bed, "KI304", "--no-probe")
    # What cert-manager writes then.
    spec = {"secretName": "c-tls", "issuerRef": {"kind": "ClusterIssuer", "name": "letsencrypt"}}
    made(bed, "Certificate", "c-tls", None, spec=spec, status=ready("True", "up to date"))
    gone(bed, "KI721", "--no-probe")
    _, checks = examined(bed, "--no-probe")
    assert [one["text"] for one in checks if one["check"] == "cert-manager"] == [
        "Certificate ready"
    ]


POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody, namespace: issued}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""


def test_row_35_a_network_policy_shuts_the_controller_out(bed: World) -> None:
    """The objects alone tell: no played node enforces it."""
    bed.apply(POLICY)
    one = found(bed, "KI622", "c", "--no-probe")
    assert one["area"] == "Ingresses"
    mend(bed, one["fix"])
    gone(bed, "KI622", "c", "--no-probe")
