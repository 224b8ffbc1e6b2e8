"""The fixture ``bed`` of the scenarios: the real cluster where there is one, else the lab."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.realcluster import binary
from tests.realcluster.fixture import inside, real_bed, stop_on_signal, with_logs

if TYPE_CHECKING:
    from .world import World

NO_KUBECTL = "needs kubectl: on PATH, or built by `make test-live`"


def kubectl() -> str | None:
    """The kubectl that plays: the one that was named, that is installed, or that was built."""
    found = os.environ.get("KUBECTL") or shutil.which("kubectl")
    return found or (str(binary.cached()) if binary.cached().exists() else None)


def pytest_configure() -> None:
    stop_on_signal()


def pytest_itemcollected(item: pytest.Item) -> None:
    needs_kubectl = "bed" in getattr(item, "fixturenames", ()) and not inside()
    if needs_kubectl and kubectl() is None and not os.environ.get("BED_REQUIRED"):
        item.add_marker(pytest.mark.skip(reason=NO_KUBECTL))


@pytest.fixture(scope="module")
def bed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A fresh cluster for the module."""
    if inside():
        yield from real_bed(request)
        return
    from .labbed import LabBed

    program = kubectl()
    assert program is not None, NO_KUBECTL
    bed = LabBed(program, tmp_path_factory.mktemp("lab"))
    try:
        bed.start()
        yield bed
    finally:
        bed.stop()
    assert not bed.failures, "the lab itself failed:\n" + "\n".join(bed.failures)


pytest_runtest_makereport = with_logs
