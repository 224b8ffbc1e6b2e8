"""A chart repository on loopback, with the chart of the tests in several versions."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHART = Path(__file__).parent / "chart"
VERSIONS = ("1.0.0", "1.1.0")


Archives = Mapping[tuple[str, str], bytes]
"""By name and version."""


def archive(name: str, files: Mapping[str, bytes]) -> bytes:
    """A chart, as `helm package` makes it; `files` by their paths in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, data in files.items():
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def small(version: str) -> bytes:
    """The tests' own chart in that version."""
    old, new = b"version: 1.0.0\n", f"version: {version}\n".encode()
    found = sorted(CHART.rglob("*.yaml"))
    files = {str(file.relative_to(CHART)): file.read_bytes().replace(old, new) for file in found}
    return archive("small", files)


def write(directory: Path, archives: Archives) -> None:
    """The repository's files: the archives, and its index (JSON is YAML)."""
    entries: dict[str, list[dict[str, object]]] = {}
    for (name, version), data in archives.items():
        file = f"{name}-{version}.tgz"
        (directory / file).write_bytes(data)
        entry = {
            "apiVersion": "v2",
            "name": name,
            "version": version,
            "urls": [file],
            "digest": hashlib.sha256(data).hexdigest(),
            "created": "2026-01-01T00:00:00Z",
        }
        entries.setdefault(name, []).append(entry)
    index = {"apiVersion": "v1", "entries": entries}
    (directory / "index.yaml").write_text(json.dumps(index))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def serving(directory: Path, archives: Archives | None = None) -> Iterator[str]:
    """Serve these for a block, else the tests' own chart; the URL."""
    write(directory, archives or {("small", each): small(each) for each in VERSIONS})
    handler = partial(_Quiet, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
