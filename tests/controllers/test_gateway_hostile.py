"""Whatever objects hold and whatever is asked: neither model ever raises."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from kubectl_ingress.controllers import gateway_api, gateway_api_traefik
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Request
from tests.routing.gateway_specification import World
from tests.routing.gateway_worlds import Dice, asked, objects, question

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**70,
    1.5,
    "",
    "x" * 300,
    "\udcff",
    "(",
    "a{99999999}",
    "*",
    "*.",
    "..",
    "%",
    "//",
    [],
    [None],
    ["x", 1],
    {},
    {"a": 1},
)
HOSTS = ("", "a.test", "*", "\udcff", "a b", "..", "[", "x.a.test.")
TARGETS = ("*", "", "?", "//", "/%", "/%zz", "/\udcff?\udcff", "/a?q=%zz&q", "http://[/", "/..")


def places(thing: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in plain data that holds a value: (container, key)."""
    keys = (
        thing if isinstance(thing, dict) else range(len(thing)) if isinstance(thing, list) else ()
    )
    for key in keys:
        yield thing, key
        yield from places(thing[key])


@pytest.mark.parametrize(
    "controller", [gateway_api, gateway_api_traefik], ids=lambda c: c.PROFILE.name
)
@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_junk_never_raises(controller: Any, offline: bool, seed: int) -> None:
    dice = Dice(seed)
    things = deepcopy(objects(dice))
    requests = [asked(question(dice, World(things))) for _ in range(3)]
    for _ in range(12):
        container, key = dice.choice(
            [(c, k) for c, k in places(things) if k not in ("kind", "apiVersion")]
        )
        container[key] = deepcopy(dice.choice(JUNK))
    snapshot = parse_snapshot([(thing, Origin()) for thing in things], offline=offline)
    table = controller.compile(snapshot, controller.settings_of(Told(), snapshot))
    requests += [
        Request(
            dice.choice(HOSTS), dice.choice(TARGETS), dice.choice(("http", "https")), sni="\udcff"
        )
        for _ in range(5)
    ]
    for request in requests:
        decision = table.decide(request)
        assert decision.steps
        assert decision.outcome.kind
