"""All nine providers for real: each is detected, installed, ready, and taken away.

Their upgrades are in test_upgrade_providers.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest

from kubectl_ingress.lab.kubelet.machines import Machine, aws_machines, bare_machines
from tests.providers.upstream import OPTIONS

if TYPE_CHECKING:
    import subprocess

    from .world import World

NS = "ingress-nginx"
NAME = "ingress-nginx-controller"
CLUSTER_WIDE = (
    "validatingwebhookconfiguration/ingress-nginx-admission",
    "ingressclass/nginx",
    *(
        f"{kind}/{name}"
        for kind in ("clusterrole", "clusterrolebinding")
        for name in ("ingress-nginx", "ingress-nginx-admission")
    ),
)
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


def machine(provider_id: str) -> tuple[Machine, ...]:
    return (Machine("node-1", provider_id),)


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


@pytest.fixture(scope="module", autouse=True)
def _namespace(bed: World) -> None:
    """A namespace that stays: it takes longer to go than all that is in it."""
    bed.kubectl("create", "namespace", NS)
    # Nothing but health is asked of the controller here.
    bed.node.dataplane_command = None


@pytest.fixture(autouse=True)
def _nothing_left(bed: World) -> Iterator[None]:
    """One that failed does not take the others with it."""
    yield
    bed.ingress("uninstall", "--yes", "--timeout", "60s", timeout=120)


def install(bed: World, *words: str) -> subprocess.CompletedProcess[str]:
    return bed.ingress("install", "--timeout", "60s", *words, timeout=120)


def get(bed: World, kind: str, name: str = NAME) -> dict[str, Any]:
    found: dict[str, Any] = bed.get(kind, name, "-n", NS)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.provider)
def test_each_is_installed_and_uninstalled(bed: World, case: Case) -> None:
    bed.node.set_machines(case.machines)
    bed.cloud.kind = case.cloud
    # Where nothing makes load balancers, none may be needed.
    bed.cloud.assign = case.provider not in ("baremetal", "kind")
    done = install(bed, *case.words)
    assert done.returncode == 0, done.stderr
    assert f"Provider    {case.provider} (" in done.stderr
    assert case.says in done.stderr
    assert re.match(r"Ready\. Address \S+", done.stdout), done.stdout
    assert get(bed, case.workload)["metadata"]["generation"] == 1
    again = install(bed, *case.words)
    assert "0 objects to create, 0 to change, 18 as they should be" in again.stderr, again.stderr
    assert again.stdout == done.stdout
    gone = bed.ingress("uninstall", "--yes", "--timeout", "60s", timeout=120)
    assert gone.returncode == 0, gone.stderr
    assert bed.kubectl("get", "-o", "name", "--ignore-not-found", *CLUSTER_WIDE).stdout == ""
    kinds = "all,configmaps,secrets,serviceaccounts,roles,rolebindings"
    assert "ingress-nginx" not in bed.kubectl("get", kinds, "-o", "name", "-n", NS).stdout
