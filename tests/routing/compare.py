"""A Decision against an observed answer."""

from __future__ import annotations

import math
from typing import Any

from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.request import Backend, Decision, Outcome, OutcomeKind
from tests.routing.measured import Asked, Case

# How far a share may be off: this many standard deviations of the binomial distribution.
DEVIATIONS = 4.0


def difference(case: Case, snapshot: Snapshot, decision: Decision, asked: Asked) -> str:
    """What disagrees, "" if nothing does."""
    observed, outcome = asked.observed, decision.outcome
    if asked.tie or observed.get("nondeterministic"):
        return _by_chance(snapshot, outcome, asked)
    if outcome.kind is OutcomeKind.UNDEFINED:
        return f"undefined here, but {observed}: {shown(outcome)}"
    if "distribution" in observed:
        return _distribution(snapshot, outcome, observed["distribution"], asked)
    if case.frozen and outcome.kind is OutcomeKind.REFUSED:
        return ""
    return _one(snapshot, outcome, observed)


def _by_chance(snapshot: Snapshot, outcome: Outcome, asked: Asked) -> str:
    """Answers that changed from one start to the next; weights are chance too."""
    shared = outcome.kind is OutcomeKind.FORWARD and len(outcome.backends) > 1
    if outcome.kind is not OutcomeKind.UNDEFINED and not shared:
        return f"undefined in reality, decided here: {shown(outcome)}"
    candidates = (outcome,) if shared else outcome.candidates
    for seen in asked.alternatives or asked.observed.get("oneOf", ()):
        if all(_one(snapshot, candidate, seen) for candidate in candidates):
            return f"no candidate is {seen}: {shown(outcome)}"
    return ""


def _one(snapshot: Snapshot, outcome: Outcome, observed: dict[str, Any]) -> str:
    if bool(observed.get("refused")) != (outcome.kind is OutcomeKind.REFUSED):
        return f"{shown(outcome)} but {observed}"
    if observed.get("refused"):
        return ""
    if "service" in observed:
        named = [backend.service for backend in outcome.backends]
        service = observed["service"]
        if (service not in named) if service else bool(named):
            return f"{shown(outcome)} but {observed}"
    elif "backend" in observed:
        wanted = canonical(observed["backend"], snapshot)
        ours = [name for one in _possible(outcome) for name in _names(one, snapshot)]
        if (wanted not in ours) if wanted else bool(ours):
            return f"{shown(outcome)} but {observed}"
    if "status" in observed:
        statuses = {outcome.status or 200, *(b.status for b in outcome.backends if b.status)}
        # A pod that has answered chose the status itself: beds ask them for one.
        chosen = outcome.status is None and observed.get("backend")
        if not chosen and observed["status"] not in statuses:
            return f"{shown(outcome)} but {observed}"
    for field, ours in (
        ("upstreamPath", outcome.upstream_path),
        ("location", outcome.location),
    ):
        if field == "location" and field not in observed and outcome.status:
            wanted = None
        elif field in observed:
            wanted = observed[field]
        else:
            continue
        if ours != wanted:
            return f"{field} {ours!r}, observed {wanted!r}: {shown(outcome)}"
    return ""


def _names(backend: Backend, snapshot: Snapshot) -> list[str | None]:
    """A backend as answers name it; what is outside of the cluster also by its port alone."""
    found = [canonical(str(backend), snapshot)]
    service = snapshot.service_by_key.get((backend.namespace, backend.service))
    if service is not None and service.type == "ExternalName" and backend.endpoints:
        found.append(f"EXTERNAL:{backend.endpoints[0].port}")
    return found


def _possible(outcome: Outcome) -> list[Backend]:
    return [one for one in outcome.backends if one.weight and one.status is None]


def _distribution(
    snapshot: Snapshot, outcome: Outcome, counts: dict[str, int], asked: Asked
) -> str:
    if asked.request.get("pods"):
        ready = {e.address for b in outcome.backends for e in b.endpoints if e.ready}
        return "" if set(counts) == ready else f"{ready} but {counts}"
    total = sum(counts.values())
    limited = set(counts) & {"503", "429"} and len(outcome.backends) == 1
    if limited and outcome.backends[0].status is None:
        # A rate limit: the first request passes, which is what a Decision is about.
        return "" if canonical(str(outcome.backends[0]), snapshot) in counts else shown(outcome)
    weights = sum(backend.weight for backend in outcome.backends)
    shares: dict[str, float] = {}
    for one in outcome.backends:
        key = str(one.status) if one.status else str(canonical(str(one), snapshot))
        shares[key] = shares.get(key, 0) + one.weight / weights
    observed = {str(canonical(key, snapshot)): count for key, count in counts.items()}
    for key in {*shares, *observed}:
        share = shares.get(key, 0.0)
        bound = DEVIATIONS * math.sqrt(total * share * (1 - share))
        if abs(observed.get(key, 0) - total * share) > bound:
            return f"{key}: {observed.get(key, 0)} of {total}, predicted {share:.0%}"
    return ""


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


def shown(outcome: Outcome) -> str:
    """An outcome in a line."""
    if outcome.kind is OutcomeKind.UNDEFINED:
        return "undefined: " + " | ".join(map(shown, outcome.candidates))
    backends = ",".join(
        f"{b}*{b.weight}" + (f"={b.status}" if b.status else "") for b in outcome.backends
    )
    parts = [str(outcome.kind), str(outcome.status or ""), backends, outcome.upstream_path or ""]
    return " ".join(part for part in [*parts, outcome.location or ""] if part)
