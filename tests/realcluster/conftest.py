"""The fixture ``bed`` of the real cluster, and why tests are skipped without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .fixture import REASON, inside, real_bed, stop_on_signal, with_logs

if TYPE_CHECKING:
    from .testbed import Bed

HERE = Path(__file__).parent


def pytest_configure() -> None:
    stop_on_signal()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not inside():
        for item in items:
            if item.path.is_relative_to(HERE):
                item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="module")
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    """A fresh cluster for the module, with node, cloud and name server."""
    yield from real_bed(request)


pytest_runtest_makereport = with_logs
