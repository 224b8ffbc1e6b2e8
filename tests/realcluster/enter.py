"""Run a command in a network namespace made for the tests.

``python -m tests.realcluster.enter COMMAND...`` builds the bed's binary if need be, makes
the namespace, runs COMMAND in it with BED_NETNS, BED_BINARY and BED_DIRECTORY set, removes
everything again and exits with COMMAND's status.

Where the machine lacks something, it says so loudly and exits 0, so that `make test-live`
works on a laptop; with CI or BED_REQUIRED set that is an error, status 2.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from . import binary, netns

WATCHED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD}
USAGE = 2


def main(arguments: Sequence[str]) -> int:
    """The whole program; returns its exit status."""
    if not arguments:
        print("usage: python -m tests.realcluster.enter COMMAND [ARGUMENT...]", file=sys.stderr)
        return USAGE
    signal.signal(signal.SIGTERM, _raise_exit)
    signal.signal(signal.SIGHUP, _raise_exit)
    if missing := _missing():
        return _cannot(missing)
    try:
        program = binary.ensure()
    except binary.BuildError as error:
        # Sources that do not compile are a fault, wherever they are met.
        print(f"test bed: ERROR: {error}", file=sys.stderr)
        return USAGE
    try:
        # The directory outlives the namespace: processes in that may still write to it.
        with (
            tempfile.TemporaryDirectory(prefix=netns.own_name() + "-") as directory,
            netns.namespace() as name,
        ):
            # kubectl is the bed's binary under another name; the suites beside this one use it too.
            kubectl = Path(directory) / "kubectl"
            kubectl.symlink_to(program)
            environment = os.environ | {
                "KUBECTL": str(kubectl),
                "BED_NETNS": name,
                "BED_BINARY": str(program),
                "BED_DIRECTORY": directory,
            }
            return _run(["ip", "netns", "exec", name, *arguments], environment)
    except netns.NamespaceError as error:
        return _cannot(f"a network namespace cannot be made here: {error}")
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _missing() -> str:
    """The first thing the bed needs and this machine lacks, as a sentence; empty if none."""
    if not sys.platform.startswith("linux"):
        return "the bed needs Linux, for its network namespaces"
    if os.geteuid() != 0:
        return "the bed needs root, to make a network namespace"
    for program, why in (("ip", "iproute2, to make a network namespace"), ("nginx", "nginx")):
        if shutil.which(program) is None:
            return f"the bed needs {why}: `{program}` is not on PATH"
    if shutil.which("go") is None and not binary.cached().exists():
        return "the bed needs Go to build Kubernetes once: `go` is not on PATH"
    return ""


def _cannot(reason: str) -> int:
    if os.environ.get("CI") or os.environ.get("BED_REQUIRED"):
        print(f"test bed: ERROR: {reason}", file=sys.stderr)
        return USAGE
    print(f"test bed: {reason}", file=sys.stderr)
    print("test bed: SKIPPED: the tests against a real cluster did NOT run", file=sys.stderr)
    return 0


def _run(command: list[str], environment: dict[str, str]) -> int:
    """Run the command to its end, handing on the signals sent to us alone."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    child = subprocess.Popen(
        command,
        env=environment,
        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before),
    )
    while (status := child.poll()) is None:
        received = signal.sigwaitinfo(WATCHED)
        # A terminal's Ctrl-C has no sender and reaches the child by itself: a second one
        # would interrupt pytest while it tears the cluster down.
        if received.si_signo != signal.SIGCHLD and received.si_pid != 0:
            child.send_signal(received.si_signo)
    # The signals stay blocked: nothing shall interrupt the tidying up that follows.
    return status if status >= 0 else 128 - status


def _raise_exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
