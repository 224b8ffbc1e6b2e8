"""A `test` as JSON: the stable form that docs/json.md documents."""

from __future__ import annotations

import json
from typing import TextIO

from kubectl_ingress.core.answer import Answer, Unreachable
from kubectl_ingress.core.intervals import CONFIDENCE
from kubectl_ingress.core.repetition import Mode, Run
from kubectl_ingress.core.result import RouteResult
from kubectl_ingress.core.statistics import Durations
from kubectl_ingress.core.tally import Share, Tally
from kubectl_ingress.render.answer_json import answer_as_json, failure_as_json
from kubectl_ingress.render.outcome_json import outcome_as_json


def render_json(result: RouteResult, stream: TextIO) -> None:
    """One object; on one line where it follows others."""
    followed = result.run is not None and result.run.repetition.mode is Mode.WATCH
    json.dump(as_json(result), stream, indent=None if followed else 2)
    print(file=stream)


def as_json(result: RouteResult) -> dict[str, object]:
    """The stable form; see docs/json.md."""
    request, decision, verdict = result.request, result.decision, result.verdict
    last, tally, run = result.last, result.tally, result.run
    return {
        "request": {
            "method": request.method,
            "url": request.url if request.host else None,
            "host": request.host,
            "path": request.path,
            "headers": [list(pair) for pair in request.shown_headers],
        },
        "predicted": outcome_as_json(decision.outcome) if decision else None,
        "answer": answer_as_json(last, result.pod_of(last)) if isinstance(last, Answer) else None,
        "failure": failure_as_json(last) if isinstance(last, Unreachable) else None,
        "requests": result.requests,
        "statuses": dict(tally.statuses) if tally else {},
        "spread": dict(tally.spread) if tally else {},
        **(_many_as_json(tally, run) if tally and run and not run.repetition.once else {}),
        "verdict": {
            "code": verdict.code or None,
            "level": verdict.level,
            "sentence": verdict.sentence,
            "fix": verdict.fix or None,
        },
        "redirects": [
            {
                "method": one.method,
                "url": one.url,
                "status": one.status,
                "location": one.location,
                "seconds": one.total,
                "curl": one.curl or None,
            }
            for one in result.redirects
        ],
        "place": _place_as_json(result),
        "curl": result.curl or None,
    }


def _place_as_json(result: RouteResult) -> dict[str, object] | None:
    place = result.place
    if place is None:
        return None
    return {
        "via": place.via.value,
        "from": "cluster" if result.inside else "local",
        "address": place.address,
        "port": place.port,
        "pod": place.pod or None,
        "through": place.through or None,
    }


def _many_as_json(tally: Tally, run: Run) -> dict[str, object]:
    latency = {"total": tally.times, **tally.phases}
    end = run.command
    return {
        "failed": tally.failed,
        "seconds": round(run.elapsed, 3),
        "latency": {name: _durations_as_json(each) for name, each in latency.items()},
        "split": [_share_as_json(share) for share in tally.split],
        "longestGap": round(tally.longest_gap(run.elapsed), 3) if tally.failed else None,
        "gaps": [
            {
                "from": round(one.start, 3),
                "to": None if one.end is None else round(one.end, 3),
                "failed": one.failed,
            }
            for one in tally.stretches
        ],
        "command": None
        if end is None
        else {"words": list(end.words), "status": end.status, "seconds": round(end.seconds, 3)},
        "interrupted": run.interrupted,
    }


def _durations_as_json(durations: Durations) -> dict[str, object] | None:
    if not durations.count:
        return None
    return {**durations.percentiles(), "max": durations.high}


def _share_as_json(share: Share) -> dict[str, object]:
    backend = share.backend
    return {
        "namespace": backend.namespace,
        "service": backend.service,
        "port": backend.port,
        "answers": share.answers,
        "of": share.total,
        "predicted": share.predicted,
        "measured": share.measured,
        "interval": list(share.interval),
        "confidence": CONFIDENCE,
        "within": share.fits,
    }
