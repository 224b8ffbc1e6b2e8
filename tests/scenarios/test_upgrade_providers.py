"""All nine providers from 1.13.9 to 1.15.1 and away again, for real; what each decided stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.scenarios.test_providers import CASES, NAME, NS, Case

if TYPE_CHECKING:
    from .world import World

KINDS = "serviceaccounts,roles,rolebindings,configmaps,secrets,services,deployments,daemonsets,jobs"
CLUSTER_WIDE = "clusterroles,clusterrolebindings,ingressclasses,validatingwebhookconfigurations"


@pytest.fixture(autouse=True)
def _stub(bed: World) -> Iterator[None]:
    """No traffic here: what runs answers its probes, and starts and ends at once."""
    command = bed.node.dataplane_command
    bed.node.dataplane_command = None
    # Of others, so that it stays: a namespace takes some seconds to go.
    bed.kubectl("create", "namespace", NS, check=False)
    yield
    bed.node.dataplane_command = command
    bed.cloud.assign = True


def there(bed: World) -> set[tuple[str, str]]:
    found = bed.get(KINDS, "-n", NS)["items"] + bed.get(CLUSTER_WIDE)["items"]
    return {(item["kind"], item["metadata"]["name"]) for item in found}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.provider)
def test_each_goes_to_the_last_release_and_away(bed: World, case: Case) -> None:
    bed.node.set_machines(case.machines)
    bed.cloud.kind = case.cloud
    bed.cloud.assign = case.provider not in ("baremetal", "kind")
    before = there(bed)
    done = bed.ingress("install", "--version", "1.13.9", *case.words, timeout=90)
    assert done.returncode == 0, done.stderr
    service = bed.get("service", NAME, "-n", NS)

    upgraded = bed.ingress("upgrade", "--version", "1.15.1", "--timeout", "60s", timeout=90)
    assert upgraded.returncode == 0, upgraded.stderr
    assert f"Provider    {case.provider} (" in upgraded.stderr
    assert upgraded.stdout.startswith("Ready. Address ")
    assert upgraded.stdout.endswith(" (as before)\n")
    after = bed.get("service", NAME, "-n", NS)
    assert after["metadata"]["uid"] == service["metadata"]["uid"]
    assert (after["spec"], after["status"]) == (service["spec"], service["status"])
    # As an installation of that release from the beginning.
    fresh = bed.ingress("install", *case.words, "--dry-run=server")
    assert "0 objects to create, 0 to change, 18 as they should be" in fresh.stderr, fresh.stderr

    gone = bed.ingress("uninstall", "--yes", timeout=90)
    assert gone.returncode == 0, gone.stderr
    assert there(bed) == before


def test_another_provider_is_said_and_its_workload_takes_the_place(bed: World) -> None:
    bed.node.set_machines(CASES[0].machines)
    bed.cloud.kind = "hostname"
    assert bed.ingress("install", timeout=90).returncode == 0
    uid = bed.get("service", NAME, "-n", NS)["metadata"]["uid"]
    done = bed.ingress("upgrade", "--provider", "exoscale", timeout=90)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert "the provider changes from aws to exoscale" in said
    assert f"Deployment {NAME}: deleted" in said
    assert f"DaemonSet {NAME}: created" in said
    assert workloads(bed) == ["DaemonSet"]
    assert bed.get("service", NAME, "-n", NS)["metadata"]["uid"] == uid
    # What fails goes back to the workload of before.
    bed.node.unpullable.add("broken")
    words = ("--provider", "aws", "--image", "registry.example/broken:1", "--timeout", "4s")
    failed = bed.ingress("upgrade", *words, timeout=120)
    assert failed.returncode == 1, failed.stderr
    assert "rolled back to ingress-nginx 1.15.1, which is ready" in failed.stderr
    assert workloads(bed) == ["DaemonSet"]
    # Not named, it stays, whatever the nodes say.
    kept = bed.ingress("upgrade", "--version", "1.14.5", timeout=90)
    assert kept.returncode == 0, kept.stderr
    assert "Provider    exoscale (but nodes say aws" in kept.stderr
    annotations = bed.get("service", NAME, "-n", NS)["metadata"]["annotations"]
    assert any("exoscale-loadbalancer" in key for key in annotations)
    assert not any("aws-load-balancer" in key for key in annotations)


def workloads(bed: World) -> list[str]:
    return [item["kind"] for item in bed.get("deployments,daemonsets", "-n", NS)["items"]]
