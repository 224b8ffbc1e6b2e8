"""The bed's binary: built once, then kept by the hash of its sources.

``python -m tests.realcluster.binary`` builds it where needed and prints its path.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from kubectl_ingress.lab import KUBERNETES

SOURCES = Path(__file__).parent / "bed"
# Without the version the API server calls itself v0.0.0-master, and clients decide by it.
LINKER_FLAGS = f"-s -w -X k8s.io/component-base/version.gitVersion={KUBERNETES}"


class BuildError(Exception):
    """The binary could not be built; the message says why."""


def cached() -> Path:
    """Where the binary for these sources is kept, whether it exists or not."""
    digest = hashlib.sha256()
    for source in sorted([*SOURCES.glob("*.go"), SOURCES / "go.mod", SOURCES / "go.sum"]):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return cache_directory() / f"bed-{digest.hexdigest()}"


def ensure() -> Path:
    """The path of a binary for these sources, after building it if need be."""
    target = cached()
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "lock").open("w") as lock:
        # A build takes minutes and 3 GB of memory: two at a time would be worse than waiting.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            _build(target)
    return target


def cache_directory() -> Path:
    """Where what was built is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "kubectl-ingress-tests"


def _build(target: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise BuildError("Go is not on PATH, and the bed's binary is not built yet")
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    command = [go, "build", "-trimpath", "-ldflags", LINKER_FLAGS, "-o", str(unfinished), "."]
    _say(f"building Kubernetes {KUBERNETES} (6 to 12 minutes the first time, then cached)")
    begun = time.monotonic()
    build = subprocess.Popen(
        command, cwd=SOURCES, env=os.environ | {"CGO_ENABLED": "0"}, stdout=sys.stderr
    )
    try:
        if build.wait() != 0:
            raise BuildError(f"go build failed with status {build.returncode}; see above")
        unfinished.rename(target)
    finally:
        if build.poll() is None:
            build.terminate()
            build.wait()
        unfinished.unlink(missing_ok=True)
    _say(f"built in {time.monotonic() - begun:.0f} s: {target}")


def _say(text: str) -> None:
    print(f"test bed: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        print(ensure())
    except BuildError as error:
        sys.exit(f"test bed: {error}")
