"""A chart repository on loopback, with the chart of the tests in several versions."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHART = Path(__file__).parent / "chart"
VERSIONS = ("1.0.0", "1.1.0")


def package(version: str) -> bytes:
    """The chart of that version, as `helm package` makes it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for file in sorted(CHART.rglob("*.yaml")):
            data = file.read_bytes().replace(b"version: 1.0.0\n", f"version: {version}\n".encode())
            entry = tarfile.TarInfo(f"small/{file.relative_to(CHART)}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def write(directory: Path, versions: tuple[str, ...] = VERSIONS) -> None:
    """The repository's files: the archives, and its index (JSON is YAML)."""
    entries = []
    for version in versions:
        data, name = package(version), f"small-{version}.tgz"
        (directory / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        entries.append(
            {
                "apiVersion": "v2",
                "name": "small",
                "version": version,
                "urls": [name],
                "digest": digest,
                "created": "2026-01-01T00:00:00Z",
            }
        )
    index = {"apiVersion": "v1", "entries": {"small": entries}}
    (directory / "index.yaml").write_text(json.dumps(index))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def serving(directory: Path) -> Iterator[str]:
    """Serve it for a block; its URL."""
    write(directory)
    handler = partial(_Quiet, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
