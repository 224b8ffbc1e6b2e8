"""Kubeconfigs to write into a folder, and what they come to."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.errors import KubeconfigError
from kubectl_ingress.ports.access import Access, resolve
from kubectl_ingress.ports.login import Login

V1 = "client.authentication.k8s.io/v1"


class Home:
    """A folder with kubeconfig files, and the variables that lead there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables = {"HOME": str(folder), "PATH": os.environ["PATH"]}

    def write(self, name: str, content: object, mode: int = 0o600) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        path.chmod(mode)
        return path

    def script(self, body: str, name: str = "login") -> str:
        return str(self.write(name, f"#!/bin/sh\n{body}\n", 0o700))

    def resolve(self, config: object = None, **typed: Any) -> Access:
        """What one file and these flags come to."""
        if config is not None:
            self.write(".kube/config", config)
        return resolve(ClusterOptions(**typed), self.variables, self.folder / "account")

    def login(self, user: object, **more: Any) -> tuple[Login, io.StringIO]:
        said = io.StringIO()
        access = self.resolve(kubeconfig(user, **more))
        return Login(access, self.variables, said), said


def kubeconfig(user: object, cluster: object = None, **context: object) -> dict[str, Any]:
    cluster = cluster or {"server": "https://api.test:6443"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "main",
        "clusters": [{"name": "prod", "cluster": cluster}],
        "users": [{"name": "dev", "user": user}],
        "contexts": [{"name": "main", "context": {"cluster": "prod", "user": "dev", **context}}],
    }


def plugin(program: object, **more: object) -> dict[str, object]:
    entry = {"apiVersion": V1, "interactiveMode": "Never", "command": str(program)}
    return {"exec": {**entry, **more}}


def credential(version: str = "v1", **status: object) -> str:
    version = f"client.authentication.k8s.io/{version}"
    return json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})


def refusal_of(call: Callable[[], object]) -> tuple[str, str]:
    """The sentence and the next step of the KubeconfigError that `call` raises."""
    with pytest.raises(KubeconfigError) as caught:
        call()
    assert caught.value.exit_status == 2
    return caught.value.sentence, caught.value.next_step
