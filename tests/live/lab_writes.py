"""The writes of `tests/lab/writes.py`, asked of the real API server.

``python -m tests.realcluster.enter python -m tests.live.lab_writes`` records them anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from kubectl_ingress.lab.api import Json
from tests.lab.writes import DATA, changed, fixed, replaced, resource_of, settled
from tests.live.quiet import quiet_cluster
from tests.realcluster.cluster import RealCluster

ROOT = Path(__file__).resolve().parents[2]
# Holds the node port that the cases find taken.
NEIGHBOUR: Json = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "neighbour", "namespace": "default"},
    "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30777}]},
}
MANIFESTS = {
    "install": ["install", "--provider", "aws", "--dry-run=client", "-o", "yaml"],
    "scaffold": ["scaffold", "hostname", "--host", "a.example", "--path", "/x", "--replicas", "3"],
}


class Server:
    """The real API server, asked as an administrator."""

    def __init__(self, cluster: RealCluster) -> None:
        self._client = cluster.client()

    def ask(self, method: str, path: str, body: Json | None = None) -> tuple[Json, list[str]]:
        """The answer, and its warnings."""
        answer = self._client.request(method, path, json=body)
        warnings = answer.headers.get_list("Warning")
        # 299 - "the sentence"
        return answer.json(), [json.loads(text.split(" ", 2)[2]) for text in warnings]

    def create(self, obj: Json) -> tuple[Json, list[str]]:
        """POST to the collection."""
        namespace = obj["metadata"].get("namespace", "default")
        return self.ask("POST", resource_of(obj).path(namespace), obj)

    def remove(self, obj: Json) -> None:
        """Delete for good; a Namespace only begins to go."""
        resource = resource_of(obj)
        path = resource.path(obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        if obj["metadata"].get("finalizers"):
            patch = [{"op": "remove", "path": "/metadata/finalizers"}]
            headers = {"Content-Type": "application/json-patch+json"}
            self._client.patch(path, content=json.dumps(patch), headers=headers)
        self.ask("DELETE", path, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})


def answers_to_creates(server: Server, cases: list[Json]) -> Iterator[Json]:
    """Each case with ``output`` or ``refused``, and with ``warnings`` where there are any."""
    server.create(NEIGHBOUR)
    namespaces = []
    for case in cases:
        sent = case["object"]
        answer, warnings = server.create(sent)
        if answer["kind"] == "Namespace":
            namespaces.append(answer)
        elif answer["kind"] != "Status":
            server.remove(answer)
        yield {"case": case["case"], "object": sent} | _outcome(answer, warnings, sent)
    for namespace in namespaces:
        server.remove(namespace)


def answers_to_updates(server: Server, cases: list[Json]) -> Iterator[Json]:
    """Each case with the ``stored`` object and what became of the change to it."""
    server.create(NEIGHBOUR)
    for case in cases:
        stored, _ = server.create(case["before"])
        if stored["kind"] == "Status":
            raise AssertionError(f"{case['case']}: {stored['message']}")
        sent = changed(stored, case)
        path = resource_of(stored).path(
            stored["metadata"].get("namespace", ""), stored["metadata"]["name"]
        )
        answer, warnings = server.ask("PUT", "/".join([path, *case.get("of", "").split()]), sent)
        server.remove(stored if answer["kind"] == "Status" else answer)
        chosen = fixed(stored)
        answer, stored = replaced(answer, chosen), replaced(stored, chosen)
        outcome = _outcome(answer, warnings, stored, case)
        yield case | {"stored": settled(stored, stored)} | outcome


def _outcome(answer: Json, warnings: list[str], *sent: Json) -> Json:
    found: Json = {"warnings": warnings} if warnings else {}
    refused = answer["kind"] == "Status"
    return found | {"refused" if refused else "output": settled(answer, *sent)}


def create_cases() -> list[Json]:
    """The written cases, and all objects that our own commands make."""
    cases = yaml.safe_load((DATA / "creates.yaml").read_text())
    for name, arguments in MANIFESTS.items():
        command = [sys.executable, "-m", "kubectl_ingress", *arguments]
        text = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
        cases += _of_manifest(name, text)
    golden = ROOT / "tests" / "golden" / "scaffold" / "everything.yaml"
    front = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "front"}}
    return [*cases, {"case": "front", "object": front}, *_of_manifest("golden", golden.read_text())]


def _of_manifest(name: str, text: str) -> list[Json]:
    return [
        {"case": f"{name}: {obj['kind']} {obj['metadata']['name']}", "object": obj}
        for obj in yaml.safe_load_all(text)
    ]


def update_cases() -> list[Json]:
    """The written cases."""
    cases: list[Json] = yaml.safe_load((DATA / "updates.yaml").read_text())
    return cases


def _write(name: str, cases: list[Any]) -> None:
    text = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (DATA / f"{name}.json").write_text(f"[\n{text}\n]\n")


def main() -> None:
    """Record everything anew."""
    with quiet_cluster() as cluster:
        server = Server(cluster)
        _write("creates", list(answers_to_creates(server, create_cases())))
        _write("updates", list(answers_to_updates(server, update_cases())))


if __name__ == "__main__":
    main()
