"""Random Gateways, routes and requests: the model against a plain reading of the specification."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from kubectl_ingress.controllers import gateway_api
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Decision, OutcomeKind
from tests.conftest import COUNTED
from tests.routing.gateway_specification import Answer, World, answer
from tests.routing.gateway_worlds import Dice, asked, objects, question

SEEDS = range(12)
WORLDS, REQUESTS = 30, 30


def told(decision: Decision) -> Answer:
    """A Decision in the words of the plain reading."""
    outcome = decision.outcome
    if outcome.kind is not OutcomeKind.FORWARD:
        return Answer(outcome.status, outcome.location)
    total = sum(one.weight for one in outcome.backends)
    shares: dict[str, Fraction] = {}
    for one in outcome.backends:
        key = str(one) if one.status is None else str(one.status)
        shares[key] = shares.get(key, Fraction(0)) + Fraction(one.weight, total)
    return Answer(path=outcome.upstream_path, shares=shares)


@pytest.mark.parametrize("seed", SEEDS)
def test_decides_as_the_specification_reads(
    seed: int, record_property: Callable[[str, Any], None]
) -> None:
    wrong = []
    for number in range(WORLDS):
        dice = Dice(seed * 1000 + number)
        things = objects(dice)
        snapshot = parse_snapshot([(thing, Origin()) for thing in things])
        assert not snapshot.findings
        table = gateway_api.compile(snapshot, gateway_api.settings_of(Told(), snapshot))
        world = World(things)
        for _ in range(REQUESTS):
            one = question(dice, world)
            expected, found = answer(world, one), told(table.decide(asked(one)))
            if expected != found:
                wrong.append((number, one, expected, found))
    count = WORLDS * REQUESTS
    record_property(COUNTED, ("gateway-api, by the specification", count - len(wrong), count))
    assert not wrong, "\n".join(map(str, wrong[:3]))


def test_the_random_requests_meet_every_kind_of_answer() -> None:
    """A differential test that only ever compares 404 with 404 would prove nothing."""
    seen: dict[str, int] = {}
    for number in range(60):
        dice = Dice(number)
        world = World(objects(dice))
        for _ in range(REQUESTS):
            found = answer(world, question(dice, world))
            kind = "shares" if found.shares else str(found.status)
            if len(found.shares) > 1:
                kind = "split"
            seen[kind] = seen.get(kind, 0) + 1
    kinds = {"shares", "split", "404", "500", "503", "302", "301", "308", "204", "421"}
    assert kinds <= set(seen), json.dumps(seen)
    assert seen["404"] < 0.5 * 60 * REQUESTS, json.dumps(seen)
