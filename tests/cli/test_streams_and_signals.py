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
from tests.running import FakeClock, run

PROGRAM = [sys.executable, "-m", "kubectl_ingress"]


# What has no newline at its end, what comes from typer itself, and what is one long text.
WRITING = [
    ["--version"],
    ["--help"],
    [],
    ["lab"],
    ["lint", "--list"],
    ["completion", "bash"],
    ["scaffold", "x", "--host", "a.b"],
    ["install", "--list"],
]


def shell(script: str, words: list[str]) -> subprocess.CompletedProcess[str]:
    """The program and its words are the script's own."""
    return subprocess.run(
        ["bash", "-c", script, "bash", *PROGRAM, *words],
        capture_output=True,
        text=True,
        check=False,
    )


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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", WRITING, ids=" ".join)
@pytest.mark.parametrize(
    ("where", "why"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_what_cannot_be_written_is_an_error(words: list[str], where: str, why: str) -> None:
    done = shell(f'"$@" {where}', words)
    assert done.returncode == 2
    assert done.stderr == f"error: cannot write to standard output: {why}\n"


def test_the_completer_cannot_write_either() -> None:
    code = "import sys; sys.argv[0] = 'kubectl_complete-ingress'; "
    code += "from kubectl_ingress.__main__ import run; run()"
    done = subprocess.run(
        ["bash", "-c", '"$@" >&-', "bash", sys.executable, "-c", code, "te"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: cannot write to standard output: Bad file descriptor\n"


@pytest.mark.parametrize("closed", ["2>&-", "<&-", "2>&- <&-"])
def test_it_does_its_work_without_the_other_streams(closed: str) -> None:
    done = shell(f'"$@" {closed}', ["scaffold", "x", "--host", "a.b"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "kind: Ingress" in done.stdout


def test_a_word_on_standard_error_that_nobody_gets_is_no_failure() -> None:
    done = shell('"$@" 2>&-', ["nonsense"])
    assert (done.returncode, done.stdout) == (2, "")


def test_a_closed_output_lends_its_number_to_no_file() -> None:
    # The manifest that is read would be opened as number 1, and then written to.
    done = shell('"$@" <&- >&- 2>&-', ["lint", "-f", "-"])
    assert done.returncode == 2


def test_a_traceback_only_where_it_tells_something() -> None:
    for words in (["lint", "-v", "-f", "/nowhere"], ["test", "-v", "no-path"]):
        ran = run(words)
        assert ran.status == 2
        assert "Traceback" not in ran.stderr
    # Nothing of ours, and so a bug.
    broken = run(["status", "-v"])
    assert "this is a bug" in broken.stderr
    assert "Traceback" in broken.stderr


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
