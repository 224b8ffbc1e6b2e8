"""What a terminal shows while a request is waited for, or sent again and again."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Callable

from kubectl_ingress.__main__ import main
from kubectl_ingress.core.answer import Answer, Plan
from kubectl_ingress.env import Environment
from tests.commands.test_test import PAGE, PODS, road
from tests.manifests import LB
from tests.running import FakeClock, FakeProber, NoNames, answer, run

URL = f"http://{LB}/echo-hostname"
DRAWN = re.compile(r"\r\x1b\[2K([^\r\n]*)")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def stderr_of(*words: str, stderr: io.StringIO, seconds: float = 0.0, good_from: float = 0) -> str:
    """Each answer takes so many seconds; it is a good one from some time on."""
    clock = FakeClock()

    def reply(plan: Plan) -> Answer:
        clock.now += seconds
        return answer(200, PODS[0]) if clock.now >= good_from else answer(503, PAGE)

    environment = Environment(
        stdout=io.StringIO(),
        stderr=stderr,
        variables={"TERM": "xterm"},
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        make_cluster=lambda *_: road(LB),  # type: ignore[arg-type, return-value]
        make_prober=lambda _: FakeProber(reply),
        names=NoNames,
    )
    main(["test", URL, *words], environment)
    return stderr.getvalue()


def test_progress_of_many_requests() -> None:
    drawn = DRAWN.findall(stderr_of("--count", "5", stderr=Terminal(), seconds=0.25))
    assert drawn == [
        "1 of 5 requests, 0.0 ms",
        "2 of 5 requests, 250 ms",
        "3 of 5 requests, 500 ms",
        "4 of 5 requests, 750 ms",
        "5 of 5 requests, 1.0 s",
        "",
    ]


def test_progress_is_not_drawn_for_every_request() -> None:
    drawn = DRAWN.findall(stderr_of("--count", "1000", stderr=Terminal(), seconds=0.001))
    assert 9 < len(drawn) < 14


def test_progress_tells_of_failures() -> None:
    drawn = DRAWN.findall(
        stderr_of("--duration", "1s", stderr=Terminal(), seconds=0.25, good_from=0.5)
    )
    assert drawn[0] == "1 request, 1 failed, 0.0 ms"
    assert drawn[-2] == "4 requests, 1 failed, 750 ms"


def test_waiting_has_its_time_on_a_terminal() -> None:
    text = stderr_of("--wait", "1m", stderr=Terminal(), good_from=6)
    lines = [line for line in text.splitlines() if line.startswith("waiting: KI107")]
    assert len(lines) == 1
    assert lines[0].endswith("(0.0 ms)")
    assert DRAWN.findall(text) == [
        "waiting since 0.0 ms: KI107",
        "waiting since 2.0 s: KI107",
        "waiting since 4.0 s: KI107",
        "",
    ]


def test_one_request_draws_nothing_and_neither_does_a_log() -> None:
    assert stderr_of(stderr=Terminal()) == ""
    assert stderr_of("--count", "50", stderr=io.StringIO(), seconds=1) == ""


def test_ctrl_c_while_it_waits_says_what_stands() -> None:
    clock = FakeClock()

    def pressed(now: float) -> None:
        if now >= 4:
            raise KeyboardInterrupt

    clock.on_sleep = pressed
    ran = run(["test", URL, "--wait", "1m"], road(LB), lambda _: answer(503, PAGE), clock=clock)
    assert (ran.status, ran.stdout) == (130, "")
    assert ran.stderr.endswith(
        "\nNot passed in 4.0 s: still KI107. Nothing was changed.\n\ninterrupted\n"
    )


class Pipe(io.StringIO):
    """Standard output that leads to a program, which goes after the first line."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = os.pipe()

    def fileno(self) -> int:
        return self.ends[1]

    def write(self, text: str) -> int:
        if "\n" in text and self.ends[0] is not None:
            with contextlib.suppress(OSError):
                os.close(self.ends[0])
        return super().write(text)


def watched(stdout: io.StringIO, stderr: io.StringIO, reply: Callable[[Plan], Answer]) -> int:
    clock = FakeClock()
    environment = Environment(
        stdout=stdout,
        stderr=stderr,
        variables={"TERM": "xterm"},
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        make_cluster=lambda *_: road(LB),  # type: ignore[arg-type, return-value]
        make_prober=lambda _: FakeProber(reply),
        names=NoNames,
    )
    return main(["test", URL, "--watch"], environment)


def test_nobody_is_watched_for_who_has_gone() -> None:
    sent = []

    def reply(plan: Plan) -> Answer:
        assert not sent, "it goes on"
        sent.append(plan)
        return answer(404, PAGE)

    stdout, stderr = Pipe(), Terminal()
    assert watched(stdout, stderr, reply) == 1
    os.close(stdout.ends[1])
    # Whoever reads the pipe writes to this terminal too, so no line is kept there.
    assert stderr.getvalue() == ""
