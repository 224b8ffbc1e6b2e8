"""A reader that goes, a signal that comes: with real processes."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_ingress.__main__ import Stream, _lasting
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
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "hung up"),
    ],
)
def test_a_signal_ends_it_with_a_word(
    waiting: subprocess.Popen[str], number: int, status: int, word: str
) -> None:
    waiting.send_signal(number)
    out, err = waiting.communicate(timeout=10)
    assert (waiting.returncode, out, err.strip()) == (status, "", word)


# A command that is taken to be ended by a signal prints what it has, and returns.
ENDED = """
import os, signal, sys, time
import kubectl_ingress.__main__ as program

def command(argv, environment):
    try:
        print("begun", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        for name in argv[1:]:
            os.kill(os.getpid(), signal.Signals[name])
        print("all there is")
    return 0

program._command = command
sys.argv = ["kubectl-ingress", *sys.argv[1:]]
program.run()
"""


@pytest.mark.parametrize(
    ("first", "then", "status"),
    [
        # What has no end of its own, as test --watch: Ctrl-C is its end.
        ("SIGINT", [], 0),
        ("SIGTERM", [], 143),
        # Of a terminal that goes it comes twice at least.
        ("SIGHUP", ["SIGHUP"], 129),
        ("SIGTERM", ["SIGHUP"], 143),
    ],
)
def test_what_there_is_by_then_is_printed_and_the_status_says_the_signal(
    first: str, then: list[str], status: int
) -> None:
    words = [sys.executable, "-c", ENDED, "x", *then]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == "begun\n"
        one.send_signal(signal.Signals[first])
        out, err = one.communicate(timeout=10)
    assert (one.returncode, out) == (status, "all there is\n"), err
    assert "Traceback" not in err


def test_the_second_ctrl_c_ends_it_at_once() -> None:
    words = [sys.executable, "-c", ENDED, "x", "SIGINT"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == "begun\n"
        one.send_signal(signal.SIGINT)
        out, err = one.communicate(timeout=10)
    assert (one.returncode, out, err) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_what_was_ignored_stays_so(name: str) -> None:
    other = "TERM" if name == "INT" else "INT"
    script = f"trap '' {name}; {sys.executable} -c 'import os, signal; "
    script += "import kubectl_ingress.__main__ as m; m._take_signals()\n"
    script += f"try: os.kill(os.getpid(), signal.SIG{other})\nexcept KeyboardInterrupt: pass\n"
    script += f"print(signal.getsignal(signal.SIG{name}) is signal.SIG_IGN)'"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


@pytest.mark.parametrize("module", ["kubectl_ingress.env", "typer", "kubectl_ingress.cli"])
def test_ctrl_c_while_it_is_being_loaded_ends_it_without_a_traceback(module: str) -> None:
    code = f"""
import os, signal, sys

class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Pressed())
sys.argv = ["kubectl-ingress", "--version"]
from kubectl_ingress.__main__ import run
run()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode in (130, -signal.SIGINT)
    assert (done.stdout, done.stderr.strip()) in (("", ""), ("", "interrupted"))


def test_passed_and_failed_do_not_look_alike_where_our_marks_are_lacking() -> None:
    written = io.BytesIO()
    stream = _lasting(io.TextIOWrapper(written, encoding="ascii"), Stream)
    print("√ passed → web:80 … ü\n× failed", file=stream)
    assert written.getvalue() == b"v passed > web:80 ... ?\nx failed\n"


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
