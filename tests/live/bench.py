"""What a row of the table against kubectl is set up with."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.live.recorder import Authority, Recorder

TOKEN = {"token": "the-token"}


@dataclass
class Bench:
    """Two servers A and B of one authority, and a folder for the files of a row."""

    folder: Path
    a: Recorder
    b: Recorder
    plain: Recorder
    authority: Authority
    files: list[Path] = field(default_factory=list)

    @property
    def ca(self) -> str:
        return base64.b64encode(self.authority.pem).decode()

    def write(self, name: str, content: object, *, mode: int = 0o600) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        path.chmod(mode)
        return path

    def config(self, name: str, content: object) -> None:
        """One more file of the KUBECONFIG list."""
        self.files.append(self.write(name, content))

    def cluster(self, at: Recorder, **more: object) -> dict[str, object]:
        return {"server": at.url, "certificate-authority-data": self.ca, **more}

    def script(self, name: str, body: str) -> Path:
        return self.write(name, f"#!/bin/sh\n{body}\n", mode=0o700)

    def pair(self, name: str) -> tuple[Path, Path]:
        certificate, key = self.authority.issue(name, [])
        return (
            self.write(f"{name}.crt", certificate.decode()),
            self.write(f"{name}.key", key.decode()),
        )


def simple(bench: Bench, user: object, *, cluster: object = None, **context: object) -> None:
    """One context, one user; its cluster is A."""
    bench.config("config", kubeconfig("main", cluster or bench.cluster(bench.a), user, **context))


def kubeconfig(name: str, cluster: object, user: object, **context: object) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, **context}}],
    }


ROWS: dict[str, Callable[[Bench], list[str]]] = {}


def row(function: Callable[[Bench], list[str] | None]) -> None:
    """Register: sets up the files, returns the flags."""
    ROWS[function.__name__.strip("_")] = lambda bench: function(bench) or []
