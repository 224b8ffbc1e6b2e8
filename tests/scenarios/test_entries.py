"""Where requests come in when there is no load balancer, and what else a provider brings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from kubectl_ingress.lab.kubelet.machines import Machine, bare_machines
from tests.providers.upstream import NOT_THERE, UPSTREAM

from .test_providers import CLUSTER_WIDE, NS, get, install

if TYPE_CHECKING:
    from .world import World


@pytest.fixture(autouse=True)
def _empty(bed: World) -> Iterator[None]:
    """Each test leaves a cluster without a controller."""
    yield
    bed.cloud.assign = True
    # The webhook first: without its Service it would refuse every Ingress.
    everything = [*CLUSTER_WIDE, f"namespace/{NS}"]
    bed.kubectl("delete", "--ignore-not-found", *everything, timeout=120)


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
    answer = bed.run("curl", "-s", f"http://{bed.node.addresses[0]}:{port}/", timeout=20)
    assert "404 Not Found" in answer.stdout, answer
    assert bed.ingress("address").stdout == f"{bed.node.addresses[0]}:{port}\n"


def test_kind_has_the_ports_of_its_node_and_publishes_localhost(bed: World) -> None:
    bed.node.set_machines([Machine("node-1", "kind://docker/kind/node-1")])
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


@pytest.mark.skipif(not UPSTREAM.exists(), reason=NOT_THERE)
def test_upstreams_own_manifest_for_tls_at_the_load_balancer_is_refused(bed: World) -> None:
    """It declares a port twice; ours, which does not, is in test_providers.py."""
    manifest = str(UPSTREAM / "v1.15.1/aws/nlb-with-tls-termination/deploy.yaml")
    bed.kubectl("create", "namespace", NS)
    done = bed.kubectl("apply", "--server-side", "--dry-run=server", "-f", manifest, check=False)
    assert done.returncode == 1
    assert 'duplicate entries for key [containerPort=80,protocol="TCP"]' in done.stderr
