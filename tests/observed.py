"""The published measurements of the real ingress-nginx, where they are beside the checkout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.core.objects import Origin, Snapshot
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Decision, OutcomeKind, Request
from kubectl_ingress.core.table import RouteTable
from tests.routing.measured import to_request

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
OBSERVED = SHARED / "ingress-nginx-observed.json"

needs_observed = pytest.mark.skipif(
    not OBSERVED.exists(),
    reason=f"the measured answers of the real ingress-nginx are not here: {OBSERVED.name}",
)

# What pods answer, or a bed without cluster IPs, or how many of many requests pass.
NOT_DECIDABLE = frozenset({"main/c35b#0", "main/c35b#1", "more/d14#0", "more/d42#0"})

# Requests that no client of ours can send: an absolute URL as request target.
NOT_SENDABLE = "http://"


@dataclass(frozen=True)
class Case:
    """One manifest set of the measurements with one request to it and the real answer."""

    id: str
    snapshot: Snapshot
    table: RouteTable
    request: Request
    raw_host: str
    observed: dict[str, Any]

    @property
    def decision(self) -> Decision:
        return self.table.decide(self.request)


def covered_cases() -> Iterator[Case]:
    """The cases that today's table claims to know: no annotation of theirs is unmodelled."""
    if not OBSERVED.exists():
        return
    for case in json.loads(OBSERVED.read_text())["cases"]:
        snapshot = parse_snapshot([(manifest, Origin()) for manifest in case["manifests"]])
        table = ingress_nginx.compile(snapshot)
        for number, entry in enumerate(case["requests"]):
            wanted = entry["request"]
            if wanted["path"].startswith(NOT_SENDABLE):
                continue
            request = to_request(wanted)
            found = Case(
                f"{case['id']}#{number}",
                snapshot,
                table,
                request,
                wanted["host"],
                entry["observed"],
            )
            if not found.decision.uncertain and found.id not in NOT_DECIDABLE:
                yield found


def canonical(backend: str | None, snapshot: Snapshot) -> str | None:
    """``ns/service:port`` with the port's number, however the port was named."""
    if backend is None or "/" not in backend:
        return backend
    key, _, port = backend.rpartition(":")
    namespace, _, name = key.partition("/")
    service = snapshot.service_by_key.get((namespace, name))
    for known in service.ports if service else ():
        if port in (known.name, str(known.number), str(known.target)):
            return f"{key}:{known.number}"
    return backend


def observed_fields(case: Case) -> dict[str, Any]:
    """What was measured, in comparable form."""
    if case.observed.get("refused"):
        return {"refused": True}
    fields = {name: case.observed.get(name) for name in ("status", "upstreamPath", "location")}
    return {**fields, "backend": canonical(case.observed.get("backend"), case.snapshot)}


def predicted_fields(case: Case) -> dict[str, Any]:
    """What the model says, in the same form."""
    outcome = case.decision.outcome
    if outcome.kind is OutcomeKind.REFUSED:
        return {"refused": True}
    backend = str(outcome.backends[0]) if outcome.backends else None
    return {
        "status": outcome.status or 200,
        "upstreamPath": outcome.upstream_path,
        "location": outcome.location,
        "backend": backend,
    }
