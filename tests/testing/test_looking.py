"""Waiting for a route while the API server is away."""

from __future__ import annotations

from kubectl_ingress.core.answer import Answer, Plan
from kubectl_ingress.errors import ApiUnreachable
from tests.commands.test_test import PAGE, PODS, road
from tests.fakes import FakeCluster
from tests.manifests import LB
from tests.running import FakeClock, Ran, answer, run

WORDS = ("test", f"http://{LB}/echo-hostname", "--wait", "30s")


def gone() -> ApiUnreachable:
    return ApiUnreachable("the API server did not answer", "check it")


def waited(cluster: FakeCluster, *, away: int | None, ready: float = 0.0) -> Ran:
    """From the first pause on the API server is away for so many requests, None for always."""
    clock = FakeClock()

    def leave(now: float) -> None:
        if now <= 2.0:
            cluster.fail("", "", gone(), away)

    clock.on_sleep = leave

    def reply(_: Plan) -> Answer:
        return answer(200, PODS[0]) if clock.now >= ready else answer(404, PAGE)

    return run([*WORDS], cluster, reply, clock)


def test_an_api_server_that_was_there_is_waited_for() -> None:
    ran = waited(road(LB), away=5, ready=4.0)
    assert ran.status == 0, ran.stderr
    assert "error" not in ran.stderr


def test_not_beyond_the_time_to_wait() -> None:
    ran = waited(road(LB), away=None, ready=4.0)
    assert ran.status == 2
    assert "the API server did not answer" in ran.stderr


def test_one_that_was_never_there_is_told_at_once() -> None:
    cluster, clock = road(LB), FakeClock()
    cluster.fail("", "", gone())
    ran = run([*WORDS], cluster, lambda _: answer(200, PODS[0]), clock)
    assert (ran.status, clock.now) == (2, 0.0)
