"""Plays the table of tests/lab/apply_cases.py on a real API server.

``python -m tests.realcluster.enter .venv/bin/python -m tests.live.play_lab_patches`` records
the answers anew; test_lab_patches.py compares.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.lab.apply_cases import APPLY, CASES, Case, Json, Step
from tests.lab.recorded import PLACE, names_of_tables, number_ports, text_of
from tests.realcluster.cluster import RealCluster

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Player:
    """Plays all cases side by side; no two writes to an object in the same second.

    The times in the answers then tell which step is meant.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._began: dict[str, list[int]] = defaultdict(list)
        self._wrote: dict[str, int] = defaultdict(int)
        self.answers: dict[str, list[Any]] = defaultdict(list)
        self._versions: dict[str, list[str]] = defaultdict(list)

    def play(self, cases: Sequence[Case]) -> None:
        """Play them to their ends."""
        for rank in range(max(len(case.steps) for case in cases)):
            for case in cases:
                if rank < len(case.steps):
                    self._step(case, case.steps[rank])

    def _step(self, case: Case, step: Step) -> None:
        while int(time.time()) <= self._wrote[case.name]:
            time.sleep(0.01)
        self._began[case.name].append(int(time.time()))
        answer = self._send(case, step)
        body = answer.json()
        if answer.is_success:
            self._wrote[case.name] = int(time.time())
            # What apply returns is what is stored, but the scale subresource shows little.
            if step.subresource == "scale":
                body = self._client.get(f"{case.path}/{case.name}").json()
            body = self._normal(case, body)
        else:
            told = {key: body[key] for key in ("message", "reason", "details") if key in body}
            # Causes come in the random order of a Go map.
            told.get("details", {}).get("causes", []).sort(key=str)
            body = self._without_luck(case, json.dumps(told))
        self.answers[case.name].append([answer.status_code, body])

    def _send(self, case: Case, step: Step) -> httpx.Response:
        query = {"fieldManager": step.manager} if step.manager else {}
        if step.verb == "POST":
            method, path, kind = "POST", case.path, "application/json"
        else:
            method = "PUT" if step.verb == "PUT" else "PATCH"
            path = "/".join([case.path, case.name, step.subresource]).rstrip("/")
            kind = "application/json" if method == "PUT" else step.verb
        if step.verb == APPLY:
            query["force"] = str(step.force).lower()
        return self._client.request(
            method,
            path,
            params=query,
            content=json.dumps(step.body),
            headers={"Content-Type": kind, "User-Agent": "agent/1.0 (x)"},
        )

    def _normal(self, case: Case, found: Json) -> Json:
        metadata = found["metadata"]
        metadata["uid"] = "uid"
        versions = self._versions[case.name]
        version = metadata.pop("resourceVersion")
        if version not in versions:
            versions.append(version)
        metadata["resourceVersion"] = str(versions.index(version) + 1)
        number_ports(found)
        text = json.dumps(found)
        for ip in found.get("spec", {}).get("clusterIPs", []):
            text = text.replace(f'"{ip}"', '"10.96.0.99"')
        return self._without_luck(case, text)

    def _without_luck(self, case: Case, text: str) -> Json:
        """What would be another in every run, made the same."""
        text = re.sub(r"kube-api-access-[a-z0-9]{5}", "kube-api-access-xxxxx", text)
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "uid", text)
        text = re.sub(r'(resourceVersion[\\]*":[\\]*")\d+', r"\g<1>1", text)
        return json.loads(TIME.sub(lambda match: self._time(case, match[0]), text))

    def _time(self, case: Case, text: str) -> str:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        step = sum(began <= moment for began in self._began[case.name])
        return text_of(step) if step else text


@contextmanager
def server() -> Iterator[httpx.Client]:
    """A real API server whose controllers are gone, so that nobody else writes."""
    directory = Path(tempfile.mkdtemp(dir=os.environ["BED_DIRECTORY"]))
    cluster = RealCluster(Path(os.environ["BED_BINARY"]), directory)
    try:
        cluster.start()
        for component in cluster._components:
            if component.name == "controller-manager":
                component.process.kill()
        with httpx.Client(
            base_url=cluster.url,
            verify=ssl.create_default_context(cafile=str(cluster.ca_file)),
            headers={"Authorization": f"Bearer {cluster.tokens['bed']}"},
            trust_env=False,
            timeout=30.0,
        ) as client:
            yield client
    finally:
        cluster.stop()


def played() -> dict[str, dict[str, list[Any]]]:
    """The answers of a real API server: group -> case -> one answer a step."""
    with server() as client:
        player = Player(client)
        player.play(CASES)
    groups: dict[str, dict[str, list[Any]]] = {}
    for case in CASES:
        groups.setdefault(case.group, {})[case.name] = player.answers[case.name]
    return groups


def main() -> None:
    PLACE.mkdir(exist_ok=True)
    for group, answers in played().items():
        lines = []
        for name, steps in answers.items():
            body = ",\n  ".join(json.dumps(step, separators=(",", ":")) for step in steps)
            lines.append(f'"{name}": [\n  {body}\n]')
        (PLACE / f"{group}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    names_of_tables()
    main()
