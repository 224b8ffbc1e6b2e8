"""The measured answers of the real controller, asked again of both web servers over HTTP.

The model and the configuration written from it could be wrong alike; a real
nginx in between cannot. (Debian's nginx stands in for the controller's 1.27.)
The proxy stands where there is no nginx, and answers the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.request import Target
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.dataplane.certificates import write_fake
from kubectl_ingress.dataplane.server import Listen
from tests.conftest import COUNTED
from tests.dataplane.differing import Asked, OwnProxy, RealNginx, Seen
from tests.dataplane.echoes import Echoes
from tests.dataplane.serving import needs_nginx, redirected
from tests.ports_free import ports_of_no_client
from tests.routing.compare import canonical
from tests.routing.deviations import DEVIATIONS
from tests.routing.measured import Asked as Measured
from tests.routing.measured import Case, own_cases, to_request

CASES = list(own_cases("ingress-nginx"))
# What no table here can answer, with the reason.
NOT_PLAYED = {"ingress-nginx-084": "another service says who is let in"}
TITLE = {RealNginx: "measured answers, by nginx", OwnProxy: "measured answers, by the proxy"}


def backends_of(table: RouteTable) -> Iterator[str]:
    found: list[str] = []
    redirected(table, lambda name: found.append(name) or [])  # type: ignore[func-returns-value]
    return iter(found)


@pytest.fixture(scope="module")
def echoes() -> Iterator[Echoes]:
    names = {name for case in CASES for name in backends_of(case.table())}
    made = Echoes(sorted(names))
    yield made
    made.stop()


@pytest.fixture(
    scope="module", params=[pytest.param(RealNginx, marks=needs_nginx, id="nginx"), OwnProxy]
)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    directory: Path = tmp_path_factory.mktemp("server")
    listen = Listen("127.0.0.1", *ports_of_no_client(3))
    made = request.param(directory, listen, {"": write_fake(directory)})
    yield made
    made.stop()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_it_answers_as_the_real_controller_did(
    case: Case, server: Asked, echoes: Echoes, record_property: Callable[[str, Any], None]
) -> None:
    if case.id in NOT_PLAYED:
        pytest.skip(f"cannot be played: {NOT_PLAYED[case.id]}")
    here = redirected(case.table(), lambda name: [Target("127.0.0.1", echoes.port(name), "")])
    refused = server.load(here) or (here.refused.message if here.refused else "")
    snapshot = case.snapshot()
    wrong = {
        f"{case.id}#{number}": difference
        for number, one in enumerate(case.asked)
        if (difference := _difference(server, one, refused, snapshot))
    }
    title = f"{TITLE[type(server)]}"
    record_property(COUNTED, (title, len(case.asked) - len(wrong), len(case.asked)))
    assert not {name: text for name, text in wrong.items() if name not in DEVIATIONS}


def _difference(server: Asked, one: Measured, refused: str, snapshot: Snapshot) -> str:
    observed = one.observed
    if refused or observed.get("refused"):
        agrees = bool(refused) == bool(observed.get("refused"))
        return "" if agrees else f"{one.request}: {refused=}, {observed}"
    request = to_request(one.request)
    if "distribution" in observed:
        answers = [server.ask(request) for _ in range(sum(observed["distribution"].values()))]
        return _other_shares(Counter(map(_share, answers)), observed["distribution"])
    seen = server.ask(request)
    differences = [
        f"{name} {ours!r}, measured {observed[name]!r}"
        for name, ours in (
            ("status", seen.status),
            ("location", seen.location),
            ("upstreamPath", seen.target or None),
            ("backend", _named(seen.backend, observed, snapshot)),
        )
        if name in observed and ours != _measured(observed[name], snapshot)
    ]
    return f"{one.request}: {differences}" if differences else ""


def _named(backend: str, observed: dict[str, Any], snapshot: Snapshot) -> str | None:
    """As it was measured: what is outside of the cluster is there known by its port alone."""
    name = canonical(backend or None, snapshot)
    wanted = observed.get("backend") or ""
    outside = backend and wanted.startswith("EXTERNAL:")
    return str(wanted) if outside else name


def _measured(value: Any, snapshot: Snapshot) -> Any:
    return canonical(value, snapshot) if isinstance(value, str) else value


def _share(seen: Seen) -> str:
    return seen.backend or str(seen.status)


def _other_shares(ours: Counter[str], measured: dict[str, int]) -> str:
    """Both are samples: how far apart two of the same size may be."""
    total = sum(measured.values())
    apart = max(abs(ours[key] - measured.get(key, 0)) for key in {*ours, *measured})
    return "" if apart <= 4 * math.sqrt(total / 2) else f"{ours}, measured {measured}"
