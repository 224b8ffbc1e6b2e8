"""A reader that goes, a signal that comes: with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_ingress.__main__ import Stream
from kubectl_ingress.env import Environment
from tests.kubeconfigs import kubeconfig
from tests.live.recorder import json_answer, serve, status_answer
from tests.running import FakeClock

PROGRAM = [sys.executable, "-m", "kubectl_ingress"]


def nothing_there(method: str, path: str):
    if method != "GET":
        return status_answer(403, "Forbidden", "no")
    return json_answer({"kind": "List", "metadata": {}, "items": []})


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that waits for something, and has said so."""
    with serve(nothing_there) as server:
        config = tmp_path / "config"
        config.write_text(str(kubeconfig({"token": "t"}, {"server": server.url})))
        process = subprocess.Popen(
            [*PROGRAM, "address", "--wait", "1m", "--kubeconfig", str(config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert "waiting: KI203" in process.stderr.readline()
        yield process
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("number", "status", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_signal_ends_it_with_a_word(
    waiting: subprocess.Popen[str], number: int, status: int, word: str
) -> None:
    waiting.send_signal(number)
    out, err = waiting.communicate(timeout=10)
    assert (waiting.returncode, out, err.split()) == (status, "", [word])


def test_what_was_ignored_stays_so(tmp_path: Path) -> None:
    script = f"trap '' INT; {sys.executable} -c 'import signal; "
    script += "import kubectl_ingress.__main__ as m; "
    script += "m._take_signals(); print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)'"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_a_reader_that_goes_does_not_end_the_command() -> None:
    reading, writing = os.pipe()
    stream = Stream(os.fdopen(writing, "wb"), encoding="utf-8", line_buffering=True)
    print("one", file=stream)
    assert os.read(reading, 10) == b"one\n"
    os.close(reading)
    for _ in range(3):
        print("two", file=stream)
        stream.flush()
    stream.close()


def test_the_status_of_a_command_whose_reader_has_gone_is_its_own() -> None:
    for words, status in ((["--help"], 0), (["nonsense"], 2)):
        script = '"$@" 2>&1 | true; echo "${PIPESTATUS[0]}"'
        done = subprocess.run(
            ["bash", "-c", script, "bash", *PROGRAM, *words],
            capture_output=True,
            text=True,
            check=True,
        )
        assert (done.stdout, done.stderr) == (f"{status}\n", "")


def test_time_is_left_only_where_something_is_waited_for() -> None:
    clock = FakeClock()
    environment = Environment(monotonic=clock.monotonic, sleep=clock.sleep)
    assert environment.left() == float("inf")
    with environment.until(10):
        clock.sleep(4)
        assert environment.left() == 6
        with environment.until(5):
            assert environment.left() == 1
        assert environment.left() == 6
    assert environment.left() == float("inf")
