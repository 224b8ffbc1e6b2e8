"""An Outcome in its stable form, the same wherever one is printed; see docs/json.md."""

from __future__ import annotations

from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind


def outcome_as_json(outcome: Outcome) -> dict[str, object]:
    """The fields of `outcome` in ``trace -o json``; `candidates` only where it is undefined."""
    found: dict[str, object] = {
        "kind": str(outcome.kind),
        "status": outcome.status,
        "location": outcome.location,
        "upstreamPath": outcome.upstream_path,
        "backends": [_backend(backend) for backend in outcome.backends],
    }
    if outcome.kind is OutcomeKind.UNDEFINED:
        found["candidates"] = [outcome_as_json(one) for one in outcome.candidates]
    return found


def _backend(backend: Backend) -> dict[str, object]:
    found: dict[str, object] = {
        "namespace": backend.namespace,
        "service": backend.service,
        "port": backend.port,
        "weight": backend.weight,
        "endpoints": [
            {"address": e.address, "port": e.port, "pod": e.pod or None, "ready": e.ready}
            for e in backend.endpoints
        ],
    }
    if backend.status is not None:
        found["status"] = backend.status
    return found
