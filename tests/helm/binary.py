"""The real helm, as a tool of the tests: built once from its published source, then kept.

``python -m tests.helm.binary`` builds it where needed and prints its path. Go checks the source
by its checksum database (https://go.dev/ref/mod#checksum-database).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.realcluster.binary import BuildError, cache_directory

VERSION = "v3.22.0"
PACKAGE = f"helm.sh/helm/v3/cmd/helm@{VERSION}"


def cached() -> Path:
    """Where it is kept, whether it exists or not; BED_HELM names another one to try."""
    named = os.environ.get("BED_HELM")
    if named:
        return Path(named)
    return cache_directory() / f"helm-{VERSION}"


def ensure() -> Path:
    """Its path, after building it if need be."""
    target = cached()
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "lock").open("w") as lock:
        # As the test bed's: two builds at a time would be worse than waiting.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            _build(target)
    return target


def _build(target: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise BuildError("Go is not on PATH, and helm is not built yet")
    print(f"building helm {VERSION} (2 to 6 minutes the first time, then kept)", file=sys.stderr)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        environment = os.environ | {"CGO_ENABLED": "0", "GOBIN": directory}
        command = [go, "install", "-trimpath", "-ldflags", "-s -w", PACKAGE]
        # Outside of any module: nothing of ours has a say in what it is built of.
        if subprocess.run(command, cwd=directory, env=environment, stdout=sys.stderr).returncode:
            raise BuildError("go install failed; see above")
        Path(directory, "helm").rename(target)
    print(f"built in {time.monotonic() - begun:.0f} s: {target}", file=sys.stderr)


if __name__ == "__main__":
    try:
        print(ensure())
    except BuildError as error:
        sys.exit(f"helm: {error}")
