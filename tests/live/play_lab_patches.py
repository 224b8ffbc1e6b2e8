"""Plays the table of tests/lab/apply_cases.py on a real API server.

``python -m tests.realcluster.enter .venv/bin/python -m tests.live.play_lab_patches`` records
the answers anew; test_lab_patches.py compares.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.lab.apply_cases import APPLY, CASES, Case, Json, Step
from tests.lab.recorded import (
    PLACE,
    names_of_tables,
    text_of,
    told_without_chance,
    without_chance,
)
from tests.live.quiet import quiet_cluster

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
            body = self._by_steps(case, told_without_chance(json.dumps(told)))
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
        return self._by_steps(case, without_chance(found))

    def _by_steps(self, case: Case, text: str) -> Json:
        """What is read of JSON, with the times of the steps."""
        return json.loads(TIME.sub(lambda match: self._time(case, match[0]), text))

    def _time(self, case: Case, text: str) -> str:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        step = sum(began <= moment for began in self._began[case.name])
        return text_of(step) if step else text


def played() -> dict[str, dict[str, list[Any]]]:
    """The answers of a real API server: group -> case -> one answer a step."""
    with quiet_cluster() as cluster, cluster.client("bed") as client:
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
