"""All nine providers for real: each is detected, installed, ready, reached, and taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest

from kubectl_ingress.lab.kubelet.machines import Machine, aws_machines, bare_machines
from tests.providers.upstream import NOT_THERE, OPTIONS, UPSTREAM

if TYPE_CHECKING:
    import subprocess

    from .world import World

NS = "ingress-nginx"
NAME = "ingress-nginx-controller"
TLS = OPTIONS["aws-nlb-tls"]
TLS_FLAGS = ("--acm-certificate", TLS.acm_certificate, "--proxy-cidr", TLS.proxy_cidr)


@dataclass(frozen=True)
class Case:
    """A provider on machines that are its own; `words` are what must be typed."""

    provider: str
    machines: tuple[Machine, ...]
    words: tuple[str, ...] = ()
    says: str = ""
    cloud: Literal["hostname", "ip"] = "ip"
    workload: str = "deployment"


def machine(provider_id: str, **labels: str) -> tuple[Machine, ...]:
    return (Machine("node-1", provider_id, labels),)


CASES = (
    Case("aws", tuple(aws_machines(1)), says="named by AWS", cloud="hostname"),
    Case(
        "aws-nlb-tls",
        tuple(aws_machines(1)),
        ("--provider", "aws-nlb-tls", *TLS_FLAGS),
        "NLB, ends TLS",
        "hostname",
    ),
    Case("baremetal", tuple(bare_machines(2)), ("--provider", "kubeadm"), "NodePort"),
    Case("cloud", machine("gce://lab/europe-west1-b/n1"), says="named by Google"),
    Case("do", machine("digitalocean://1"), says="named by DigitalOcean"),
    Case("exoscale", machine("exoscale://1"), says="named by Exoscale", workload="daemonset"),
    Case("kind", machine("kind://docker/kind/node-1"), says="not waited for"),
    Case("oracle", machine("ocid1.instance.oc1.x"), says="named by Oracle"),
    Case("scw", machine("scaleway://instance/fr-par-1/1"), says="named by Scaleway"),
)


@pytest.fixture(autouse=True)
def _empty(bed: World) -> Iterator[None]:
    """Each test leaves a cluster without a controller, and runs a stub if it needs no traffic."""
    command = bed.node.dataplane_command
    yield
    bed.node.dataplane_command = command
    bed.cloud.assign = True
    names = ["ingress-nginx", "ingress-nginx-admission"]
    webhooks = "validatingwebhookconfigurations"
    bed.kubectl("delete", webhooks, "--ignore-not-found", "ingress-nginx-admission")
    bed.kubectl("delete", "ingressclass", "--ignore-not-found", "nginx")
    for kind in ("clusterroles", "clusterrolebindings"):
        bed.kubectl("delete", kind, "--ignore-not-found", *names)
    bed.kubectl("delete", "namespace", NS, "--ignore-not-found", timeout=120)


def install(bed: World, *words: str) -> subprocess.CompletedProcess[str]:
    return bed.ingress("install", "--timeout", "60s", *words, timeout=120)


def get(bed: World, kind: str, name: str = NAME) -> dict[str, Any]:
    found: dict[str, Any] = bed.get(kind, name, "-n", NS)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.provider)
def test_each_is_installed_and_ready(bed: World, case: Case) -> None:
    bed.node.dataplane_command = None
    bed.node.set_machines(case.machines)
    bed.cloud.kind = case.cloud
    # Where nothing makes load balancers, none may be needed.
    bed.cloud.assign = case.provider not in ("baremetal", "kind")
    done = install(bed, *case.words)
    assert done.returncode == 0, done.stderr
    assert f"Provider    {case.provider} (" in done.stderr
    assert case.says in done.stderr
    address = re.match(r"Ready\. Address (\S+)", done.stdout)
    assert address, done.stdout
    assert get(bed, case.workload)["metadata"]["generation"] == 1
    rule = "--rule=a.example/=web:80"
    bed.kubectl("create", "ingress", "web", "--class=nginx", rule, "-n", NS)
    again = install(bed, *case.words)
    assert again.returncode == 0, again.stderr
    assert "0 objects to create, 0 to change, 19 as they should be" in again.stderr
    assert again.stdout == done.stdout


def test_bare_metal_is_reached_at_the_address_that_was_told(bed: World) -> None:
    bed.node.set_machines(bare_machines(2))
    bed.cloud.assign = False
    unknown = install(bed)
    assert unknown.returncode == 2
    assert "the provider of this cluster is not known" in unknown.stderr
    done = install(bed, "--provider", "generic")
    port = get(bed, "service")["spec"]["ports"][0]["nodePort"]
    assert done.stdout == (
        f"Ready. Address {bed.node.addresses[0]}:{port} (and port "
        f"{get(bed, 'service')['spec']['ports'][1]['nodePort']} for https, on every node)\n"
    )
    told = bed.ingress("address")
    assert told.returncode == 1
    assert f"requests come in at any node's address, port {port} (http)" in told.stderr


def test_kind_has_the_ports_of_its_node_and_publishes_localhost(bed: World) -> None:
    bed.node.set_machines(machine("kind://docker/kind/node-1"))
    bed.cloud.assign = False
    assert install(bed).returncode == 0
    assert bed.ingress("address").stdout == "localhost\n"
    bed.kubectl("create", "ingress", "web", "--class=nginx", "--rule=a.example/=web:80", "-n", NS)
    bed.wait_for(
        lambda: get(bed, "ingress", "web")["status"]["loadBalancer"].get("ingress"),
        20,
        "the Ingress has an address",
    )
    assert bed.ingress("address", "web", "-n", NS).stdout == "localhost\n"


def test_a_version_before_the_last_is_installed_with_what_is_known_of_it(bed: World) -> None:
    bed.node.dataplane_command = None
    bed.node.set_machines(aws_machines(1))
    done = install(bed, "--version", "1.13.9")
    assert done.returncode == 0, done.stderr
    assert "KI710" in done.stderr
    image = get(bed, "deployment")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert ":v1.13.9@sha256:d803625b20d4" in image
    gone = install(bed, "--version", "0.41.2")
    assert gone.returncode == 2
    assert "is gone" in gone.stderr


@pytest.mark.skipif(not UPSTREAM.exists(), reason=NOT_THERE)
def test_upstreams_manifest_with_tls_at_the_load_balancer_is_refused_and_ours_is_not(
    bed: World,
) -> None:
    manifest = UPSTREAM / "v1.15.1/aws/nlb-with-tls-termination/deploy.yaml"
    done = bed.kubectl(
        "apply", "--server-side", "--dry-run=server", "-f", str(manifest), check=False
    )
    assert done.returncode != 0
    assert "80" in done.stderr
