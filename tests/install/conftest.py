"""Fixtures of the tests of charts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import fakes
from tests.helm.fake import FakeHelm
from tests.install.charts import CRD, CRDS, RENDERED, chart_cluster
from tests.install.test_install_manifest_file import Cluster


@pytest.fixture
def helm(tmp_path: Path) -> FakeHelm:
    fake = FakeHelm(tmp_path)
    fake.answer(template={"out": RENDERED}, show={"out": CRD})
    return fake


@pytest.fixture
def charted(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A cluster that knows definitions."""
    monkeypatch.setitem(fakes._KINDS, CRDS.resource, CRDS)
    return chart_cluster()
