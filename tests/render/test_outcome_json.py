"""The one form of an outcome, wherever it is printed."""

from __future__ import annotations

from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Target
from kubectl_ingress.render.outcome_json import outcome_as_json

REPLY = Outcome(OutcomeKind.REPLY, 404)


def test_every_field_is_there_whether_it_applies_or_not() -> None:
    assert outcome_as_json(REPLY) == {
        "kind": "reply",
        "status": 404,
        "location": None,
        "upstreamPath": None,
        "backends": [],
    }


def test_backends_with_their_endpoints_and_what_a_share_is_answered_with() -> None:
    backends = (
        Backend(
            "a", "web", "80", 3, (Target("10.0.0.1", 8080, "web-1"), Target("x", 80, "", False))
        ),
        Backend("a", "gone", "80", 1, status=500),
    )
    found = outcome_as_json(Outcome(OutcomeKind.FORWARD, backends=backends))
    assert found["backends"] == [
        {
            "namespace": "a",
            "service": "web",
            "port": "80",
            "weight": 3,
            "endpoints": [
                {"address": "10.0.0.1", "port": 8080, "pod": "web-1", "ready": True},
                {"address": "x", "port": 80, "pod": None, "ready": False},
            ],
        },
        {
            "namespace": "a",
            "service": "gone",
            "port": "80",
            "weight": 1,
            "endpoints": [],
            "status": 500,
        },
    ]


def test_chance_has_its_candidates() -> None:
    found = outcome_as_json(Outcome(OutcomeKind.UNDEFINED, candidates=(REPLY,)))
    assert found["candidates"] == [outcome_as_json(REPLY)]
