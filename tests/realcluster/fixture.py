"""A fresh real cluster for a test module, with its logs where a test failed."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from . import netns

if TYPE_CHECKING:
    # The bed's libraries are not needed to skip its tests.
    from .testbed import Bed

REASON = "needs a network namespace of its own and a real API server: run `make test-live`"
FAILED = pytest.StashKey[bool]()


class Startable(Protocol):
    """A bed, a cluster, a lab."""

    def start(self) -> None:
        """Start everything. ``stop`` is due afterwards even if this fails."""

    def stop(self) -> None:
        """Stop everything."""


R = TypeVar("R", bound=Startable)


def inside() -> bool:
    """Whether this process is in the namespace of a real cluster."""
    name = os.environ.get("BED_NETNS", "")
    # The variable alone proves nothing: outside, the bed would bind the machine's own ports.
    return bool(name) and netns.inside(name)


def stop_on_signal() -> None:
    """A cancelled CI job sends SIGTERM; like Ctrl-C it shall stop the cluster in good order."""
    if inside():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def running(
    make: Callable[[Path, Path], R], at_end: Callable[[R, bool], None] = lambda made, started: None
) -> Iterator[R]:
    """A bed or a cluster for a block, made of the bed's program and a directory of its own.

    `at_end` is told, before the directory goes, whether it had started.
    """
    directory = Path(tempfile.mkdtemp(dir=os.environ["BED_DIRECTORY"]))
    made = make(Path(os.environ["BED_BINARY"]), directory)
    started = False
    try:
        made.start()
        started = True
        yield made
    finally:
        made.stop()
        at_end(made, started)
        shutil.rmtree(directory)
    failures = getattr(made, "failures", [])
    # Not an assertion in the block above: it would hide what went wrong in it.
    assert not failures, "the bed itself failed:\n" + "\n".join(failures)


def real_bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    """What the fixture gives."""
    from .testbed import Bed, BedOptions

    options = getattr(request.module, "BED_OPTIONS", BedOptions())

    def keep_logs(bed: Bed, started: bool) -> None:
        if not started or bed.failures or request.node.stash.get(FAILED, False):
            _keep_logs(bed, request.module.__name__)

    with running(lambda binary, directory: Bed(binary, directory, options), keep_logs) as bed:
        yield bed


@pytest.hookimpl(wrapper=True)
def with_logs(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the ends of the cluster's logs beside a failure."""
    report = yield
    bed = getattr(item, "funcargs", {}).get("bed")
    if report.failed and bed is not None:
        module = item.getparent(pytest.Module)
        assert module is not None
        module.stash[FAILED] = True
        for name, tail in bed.log_tails().items():
            report.sections.append((f"end of {name}", tail))
        if bed.failures:
            report.sections.append(("faults of the bed itself", "\n".join(bed.failures)))
    return report


def _keep_logs(bed: Bed, module: str) -> None:
    """Copy the logs to where they outlive the run, and say where that is."""
    base = os.environ.get("BED_LOGS") or Path(tempfile.gettempdir(), "kubectl-ingress-bed-logs")
    target = Path(base, module.rpartition(".")[2])
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for log in bed.directory.glob("*/*.log"):
        shutil.copy(log, target)
    print(f"\ntest bed: the logs of {module} are kept in {target}")
