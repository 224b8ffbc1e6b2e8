"""What the data plane writes into the status of its Ingresses."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kubectl_ingress.controllers.ingress_nginx import Settings
from kubectl_ingress.dataplane.flags import parse
from kubectl_ingress.dataplane.sync import DataPlane
from tests.dataplane.test_process import Recorder
from tests.fakes import FakeCluster
from tests.manifests import ingress, ingress_class, service, slice_of


@pytest.mark.parametrize(
    ("addresses", "written"),
    [
        ("localhost", [{"hostname": "localhost"}]),
        ("192.0.2.1,a.example", [{"ip": "192.0.2.1"}, {"hostname": "a.example"}]),
    ],
)
def test_the_addresses_that_it_is_told_to_publish(
    tmp_path: Path, addresses: str, written: list[dict[str, str]]
) -> None:
    typed = parse(["--publish-status-address", addresses])
    cluster = FakeCluster([ingress_class(), service(), slice_of(), ingress()])
    told = tuple(typed.publish_status_address.split(","))
    plane = DataPlane(
        lambda: cluster, lambda _: Settings(), Recorder(), tmp_path, "", told, log=io.StringIO()
    )
    assert plane.sync(cluster)
    [sent] = [asked for asked in cluster.requests if asked.method == "PATCH"]
    assert sent.path.endswith("/status")
    assert sent.body == {"status": {"loadBalancer": {"ingress": written}}}
