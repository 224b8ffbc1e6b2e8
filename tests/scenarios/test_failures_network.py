"""Failures of docs/failures.md between the load balancer and the pods, which objects decide.

The bed's cloud forwards TCP, and its network enforces no policy: where that matters, the
docstring says what is played. Every fix that is a command is typed as lint prints it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.realcluster.fixture import inside

from .failing import (
    CONTROLLER,
    NAMESPACE,
    SERVICE,
    Sent,
    ingress,
    install,
    quiet,
    run_fix,
    sees,
    told,
)

if TYPE_CHECKING:
    from .world import World

FLAG = f"-n={CONTROLLER}"
BETA = "service.beta.kubernetes.io"


@pytest.fixture(scope="module", autouse=True)
def _installed(bed: World) -> None:
    install(bed)
    bed.apply(ingress())
    sees(bed, "status 200")


def merged(bed: World, kind: str, patch: dict[str, Any], *more: str) -> None:
    bed.kubectl("patch", kind, SERVICE, FLAG, "--type=merge", "-p", json.dumps(patch), *more)


def annotated(bed: World, **notes: str | None) -> None:
    """Annotations of the controller's Service, below service.beta.kubernetes.io."""
    named = {f"{BETA}/{name.replace('_', '-')}": value for name, value in notes.items()}
    merged(bed, "service", {"metadata": {"annotations": named}})


@contextmanager
def kept(bed: World) -> Iterator[None]:
    """The controller's Service and ConfigMap are as they were afterwards."""
    service = bed.get("service", SERVICE, FLAG)
    config = bed.get("configmap", SERVICE, FLAG)
    try:
        yield
    finally:
        now = bed.get("service", SERVICE, FLAG)["metadata"]["annotations"]
        before = service["metadata"]["annotations"]
        notes = {**dict.fromkeys(now, None), **before}
        spec = {name: service["spec"][name] for name in ("type", "externalTrafficPolicy", "ports")}
        merged(bed, "service", {"metadata": {"annotations": notes}, "spec": spec})
        now = bed.get("configmap", SERVICE, FLAG).get("data") or {}
        merged(bed, "configmap", {"data": {**dict.fromkeys(now, None), **config.get("data", {})}})


def test_the_container_says_another_port(bed: World) -> None:
    """Row 13."""
    bed.kubectl("expose", "deployment", "web", "--name=wrong", "--port=80", "--target-port=9")
    bed.apply(ingress("wrong", "wrong.example", backend="wrong:80"))
    try:
        sees(bed, "status 502", Sent(host="wrong.example"))
        run_fix(bed, told(bed, "KI115", "wrong"))
        sees(bed, "status 200", Sent(host="wrong.example"))
        quiet(bed, "KI115")
    finally:
        bed.kubectl("delete", "service,ingress", "wrong")


def test_a_port_of_the_load_balancer_leads_to_the_wrong_one(bed: World) -> None:
    """Row 17."""
    patch = '[{"op": "replace", "path": "/spec/ports/0/targetPort", "value": "https"}]'
    with kept(bed):
        bed.kubectl("patch", "service", SERVICE, FLAG, "--type=json", "-p", patch)
        sees(bed, "The plain HTTP request was sent to HTTPS port")
        run_fix(bed, told(bed, "KI620", SERVICE))
        sees(bed, "status 200")
        quiet(bed, "KI620")


def test_tls_ends_at_the_load_balancer(bed: World) -> None:
    """Row 19: curl sends what the load balancer would, plain HTTP and X-Forwarded-Proto."""
    decrypted = Sent(flags=("-H", "X-Forwarded-Proto: https"))
    with kept(bed):
        annotated(bed, aws_load_balancer_ssl_cert="arn:aws:acm:eu-west-1:1:certificate/1")
        bed.apply(ingress(force_ssl_redirect="true"))
        try:
            sees(bed, "status 308", decrypted)
            run_fix(bed, told(bed, "KI621", "web"))
            sees(bed, "status 200", decrypted)
            quiet(bed, "KI621")
        finally:
            bed.apply(ingress())


POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: %s}
spec: {podSelector: {}, policyTypes: [%s]}
"""


@pytest.mark.parametrize(
    ("namespace", "direction"), [(NAMESPACE, "Ingress"), (CONTROLLER, "Egress")]
)
def test_policies_shut_the_controller_out(bed: World, namespace: str, direction: str) -> None:
    """Row 35: nothing here enforces them, so that the timeout itself is not seen."""
    policy = POLICY % (namespace, direction)
    objects = [
        *(bed.get(kind, SERVICE, FLAG) for kind in ("deployment", "service")),
        *(bed.get(kind, "web") for kind in ("deployment", "service", "ingress")),
    ]
    files = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    finding = told(bed, "KI622", "deny", "-f", "-", input=f"{policy}---\n{files}")
    more = finding["fix"].partition("<<< ")[2].strip("'")
    quiet(bed, "KI622", "-f", "-", input=f"{policy}---\n{more}\n---\n{files}")
    if not inside():
        # The lab serves no NetworkPolicies.
        return
    bed.apply(policy)
    try:
        run_fix(bed, told(bed, "KI622", "deny"))
        quiet(bed, "KI622")
    finally:
        bed.kubectl("delete", "networkpolicy", "--all", "-n", namespace)


@pytest.mark.parametrize("controller", ["alb", "gke"])
def test_a_cluster_ip_behind_a_load_balancer_of_the_cloud(bed: World, controller: str) -> None:
    """Rows 39 and 40: the clouds' own controllers are not here, their objects are."""
    flags = ("--controller", controller, "-A")
    note = {"kubernetes.io/ingress.class": "gce" if controller == "gke" else "alb"}
    text = ingress("cloud", "cloud.example").replace("  ingressClassName: nginx\n", "")
    bed.apply(text.replace("annotations: {}", f"annotations: {json.dumps(note)}"))
    try:
        finding = told(bed, "KI501", "cloud", *flags)
        assert "is of type ClusterIP" in finding["message"]
        bed.kubectl("patch", "service", "web", "-p", '{"spec": {"type": "NodePort"}}')
        quiet(bed, "KI501", *flags)
    finally:
        bed.kubectl("patch", "service", "web", "-p", '{"spec": {"type": "ClusterIP"}}')
        bed.kubectl("delete", "ingress", "cloud")


def test_the_health_check_of_azure(bed: World) -> None:
    """Row 41: there is no such load balancer here that would ask."""
    with kept(bed):
        annotated(bed, azure_load_balancer_resource_group="edge")
        merged(bed, "service", {"spec": {"externalTrafficPolicy": "Cluster"}})
        run_fix(bed, told(bed, "KI623", SERVICE))
        quiet(bed, "KI623")


def test_nodes_without_a_pod(bed: World) -> None:
    """Row 42: nodes are played as addresses, and none of them drops what it has no pod for."""
    with kept(bed):
        merged(bed, "service", {"spec": {"type": "NodePort", "externalTrafficPolicy": "Local"}})
        bed.apply("apiVersion: v1\nkind: Node\nmetadata: {name: without}\n")
        try:
            finding = told(bed, "KI624", SERVICE)
            assert finding["level"] == "warning"
            run_fix(bed, finding)
            quiet(bed, "KI624")
        finally:
            bed.kubectl("delete", "node", "without")


def test_the_proxy_protocol_is_not_expected(bed: World) -> None:
    """Row 43: curl sends what the load balancer would, the header of the PROXY protocol."""
    with kept(bed):
        annotated(bed, do_loadbalancer_enable_proxy_protocol="true")
        sees(bed, "status 400", Sent(flags=("--haproxy-protocol",)))
        finding = told(bed, "KI625", SERVICE)
        # The first line is for the controller, the second for the load balancer.
        run_fix(bed, finding, 1)
        sees(bed, "status 200")
        quiet(bed, "KI625")
        annotated(bed, do_loadbalancer_enable_proxy_protocol="true")
        run_fix(bed, told(bed, "KI625", SERVICE))
        quiet(bed, "KI625")


def test_pods_take_a_shortcut_past_the_load_balancer(bed: World) -> None:
    """Row 44: there is no kube-proxy here that would take it."""
    note = "do-loadbalancer-enable-proxy-protocol"
    with kept(bed):
        annotated(bed, **{note: "true"})
        merged(bed, "configmap", {"data": {"use-proxy-protocol": "true"}})
        address = {"ip": "203.0.113.10", "ipMode": "VIP"}
        before = bed.get("service", SERVICE, FLAG)["status"]
        status = {"status": {"loadBalancer": {"ingress": [address]}}}
        merged(bed, "service", status, "--subresource=status")
        try:
            finding = told(bed, "KI626", SERVICE)
            assert f"{BETA}/do-loadbalancer-hostname" in finding["fix"]
            run_fix(bed, finding)
            quiet(bed, "KI626")
        finally:
            merged(bed, "service", {"status": before}, "--subresource=status")


def test_an_address_in_which_nobody_listens(bed: World) -> None:
    """Row 46: the clusters here have one family, so that the second is in a file."""
    objects = [bed.get(kind, SERVICE, FLAG) for kind in ("deployment", "service", "configmap")]
    objects[1]["spec"]["ipFamilies"] = ["IPv4", "IPv6"]
    objects[2]["data"] = {"disable-ipv6": "true"}
    listed = {"apiVersion": "v1", "kind": "List", "items": objects}
    assert told(bed, "KI627", SERVICE, "-f", "-", input=json.dumps(listed))
    objects[2]["data"] = {"disable-ipv6": "false"}
    quiet(bed, "KI627", "-f", "-", input=json.dumps(listed))


def test_a_source_range_sees_nodes(bed: World) -> None:
    """Row 48: there is no kube-proxy here that would hide the client, whose address is another."""
    with kept(bed):
        merged(bed, "service", {"spec": {"externalTrafficPolicy": "Cluster"}})
        bed.apply(ingress(whitelist_source_range="203.0.113.0/24"))
        try:
            sees(bed, "status 403")
            run_fix(bed, told(bed, "KI628", "web"))
            quiet(bed, "KI628")
        finally:
            bed.apply(ingress())
