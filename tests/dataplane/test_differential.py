"""Random Ingresses and requests: the model against a real nginx, and the proxy against the model.

nginx matches names and paths, rewrites, redirects and refuses by itself, from a
configuration that the model never reads. Debian's nginx 1.22 stands in for the
controller's 1.27. A longer run: ``DIFFERENTIAL=20000 pytest tests/dataplane/test_differential.py``
asks about that many requests.

What cannot be played: a header without a value (nginx's maps cannot tell it
from one that is absent), several headers of one name (nginx joins them since
1.23), and patterns of a canary that exceed the match limit.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.certificates import self_signed
from kubectl_ingress.core.request import Request
from kubectl_ingress.dataplane.certificates import write_fake
from kubectl_ingress.dataplane.process import find_nginx
from kubectl_ingress.dataplane.server import Listen
from tests.conftest import COUNTED
from tests.dataplane.differing import (
    Asked,
    OwnProxy,
    RealNginx,
    Tally,
    compare,
    compare_loading,
    table_of,
)
from tests.dataplane.echoes import Echoes
from tests.dataplane.nginx_worlds import CERTIFIED, NAMESPACES, SERVICES, asked, world
from tests.dataplane.serving import needs_nginx
from tests.ports_free import ports_of_no_client
from tests.routing.gateway_worlds import Dice

SEEDS = range(8)
REQUESTS = int(os.environ.get("DIFFERENTIAL", 8000))
A_WORLD = 50
WORLDS = max(1, REQUESTS // A_WORLD // len(SEEDS))


@pytest.fixture(scope="module")
def echoes() -> Iterator[Echoes]:
    made = Echoes(f"{namespace}/{name}" for namespace in NAMESPACES for name in SERVICES)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def certificate() -> bytes:
    return self_signed(list(CERTIFIED), datetime.now(UTC))[0]


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    yield from _started(RealNginx, tmp_path_factory.mktemp("nginx"))


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    yield from _started(OwnProxy, tmp_path_factory.mktemp("proxy"))


def _started(kind: type[Asked], directory: Path) -> Iterator[Asked]:
    listen = Listen("127.0.0.1", *ports_of_no_client(3))
    made = kind(directory, listen, {"": write_fake(directory)})
    yield made
    made.stop()


def differences(
    server: Asked, seeds: range, echoes: Echoes, certificate: bytes, requests: int = A_WORLD
) -> Tally:
    """Of worlds with these seeds, each with some requests."""
    tally = Tally()
    for seed in seeds:
        dice = Dice(seed)
        objects = world(dice, echoes.port, certificate)
        table = table_of(objects, server.listen)
        before = len(tally.wrong)
        if compare_loading(server, table, tally):
            for _ in range(requests):
                compare(server, table, asked(dice, objects), tally)
        tally.wrong[before:] = [f"world {seed}: {wrong}" for wrong in tally.wrong[before:]]
    return tally


@needs_nginx
@pytest.mark.parametrize("seed", SEEDS)
def test_nginx_answers_as_the_model_decides(
    seed: int,
    nginx: Asked,
    echoes: Echoes,
    certificate: bytes,
    record_property: Callable[[str, Any], None],
) -> None:
    first = seed * WORLDS
    tally = differences(nginx, range(first, first + WORLDS), echoes, certificate)
    agreed = tally.compared - len(tally.wrong)
    record_property(COUNTED, (f"differential, nginx {_version()}", agreed, tally.compared))
    assert not tally.wrong, "\n".join(tally.wrong[:5])


def _version() -> str:
    said = subprocess.run([str(find_nginx()), "-v"], capture_output=True, text=True, check=True)
    return said.stderr.strip().rpartition("/")[2]


def test_the_proxy_answers_as_the_model_decides(
    proxy: Asked,
    echoes: Echoes,
    certificate: bytes,
    record_property: Callable[[str, Any], None],
) -> None:
    tally = differences(proxy, range(40), echoes, certificate)
    agreed = tally.compared - len(tally.wrong)
    record_property(COUNTED, ("differential, the proxy", agreed, tally.compared))
    assert not tally.wrong, "\n".join(tally.wrong[:5])


def test_the_random_requests_meet_every_kind_of_answer(echoes: Echoes, certificate: bytes) -> None:
    """A differential test that only ever compares 404 with 404 would prove nothing."""
    seen: dict[str, int] = {}
    listen = Listen("127.0.0.1", 80, 443, 10254)
    for seed in range(100):
        dice = Dice(seed)
        objects = world(dice, echoes.port, certificate)
        table = table_of(objects, listen)
        if table.refused:
            seen["refused"] = seen.get("refused", 0) + 1
            continue
        for _ in range(A_WORLD):
            decision = table.decide(asked(dice, objects))
            stages = {step.stage for step in decision.steps} | {str(decision.outcome.status)}
            if len(decision.outcome.backends) > 1:
                stages.add("split")
            for stage in stages:
                seen[stage] = seen.get(stage, 0) + 1
    stages = {"access", "body", "canary", "cors", "errors", "redirect", "rewrite", "split"}
    statuses = {"200", "204", "301", "302", "308", "400", "401", "403", "404", "413", "500", "503"}
    assert stages | statuses | {"refused"} <= set(seen), seen
    assert seen["404"] < 0.4 * 100 * A_WORLD, seen


# Patterns that take ever longer, with the lengths of texts between which they are given up.
ENDLESS = (
    ("/(a+)+$", range(20, 25)),
    ("/(a|aa)+$", range(27, 35)),
    ("/(.*)*z?$!", range(18, 23)),
    ("/((a*)*)*$", range(4, 12)),
)


@needs_nginx
@pytest.mark.parametrize(("pattern", "lengths"), ENDLESS)
def test_a_pattern_is_given_up_where_nginx_gives_it_up(
    pattern: str, lengths: range, nginx: Asked, echoes: Echoes
) -> None:
    annotations = {"nginx.ingress.kubernetes.io/use-regex": "true"}
    backend = {"service": {"name": "s1", "port": {"number": 80}}}
    path = {"path": pattern, "pathType": "ImplementationSpecific", "backend": backend}
    slow = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "slow", "namespace": "n1", "annotations": annotations},
        "spec": {
            "ingressClassName": "nginx",
            "rules": [{"host": "a.test", "http": {"paths": [path]}}],
        },
    }
    usual = [one for one in world(Dice(0), echoes.port, b"") if one["kind"] not in MADE]
    table = table_of([*usual, slow], nginx.listen)
    assert nginx.load(table) == ""
    seen = {}
    for length in lengths:
        request = Request("a.test", f"/{'a' * length}!", client="127.0.0.1")
        seen[length] = nginx.ask(request).status
        assert table.decide(request).outcome.status == seen[length], length
    assert set(seen.values()) == {404, 500}, seen


MADE = ("Ingress", "ConfigMap")
