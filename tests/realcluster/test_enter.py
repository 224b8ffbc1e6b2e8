"""The door to the bed: it hands on what happens inside, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from . import enter, netns
from .testbed import REPO_ROOT

ENTER = [sys.executable, "-m", "tests.realcluster.enter"]


def assert_tidy(name: str, directory: str = "") -> None:
    """Nothing is left of a run; other runs may go on beside the tests."""
    assert not Path("/run/netns", name).exists()
    assert not Path("/etc/netns", name).exists()
    assert not directory or not Path(directory).exists()


def test_gives_a_namespace_and_hands_on_the_status() -> None:
    script = 'cat /etc/resolv.conf; echo "$BED_NETNS $BED_DIRECTORY $BED_BINARY"; exit 5'
    done = subprocess.run([*ENTER, "sh", "-c", script], cwd=REPO_ROOT, capture_output=True)
    assert done.returncode == 5
    *resolv_conf, last = done.stdout.decode().splitlines()
    assert resolv_conf[0] == "nameserver 127.0.0.1"
    name, directory, binary = last.split()
    assert_tidy(name, directory)
    assert Path(binary).exists()


def test_hands_on_signals_and_ends_what_is_left() -> None:
    # The shell leaves a process behind that ignores being asked to end.
    script = """
        trap 'exit 9' TERM
        (trap '' TERM; sleep 97) & echo $!
        while :; do sleep 0.1; done
    """
    with _start(script) as process:
        assert process.stdout is not None
        left = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 9
    assert not _runs(left)
    assert_tidy(f"ki-{process.pid}")


def test_removes_what_a_killed_run_left() -> None:
    with _start("echo $BED_DIRECTORY; exec sleep 97") as process:
        assert process.stdout is not None
        directory = process.stdout.readline().strip()
        process.kill()
    assert Path(directory).exists()
    subprocess.run([*ENTER, "true"], cwd=REPO_ROOT, check=True)
    assert_tidy(f"ki-{process.pid}", directory)


def _start(script: str) -> subprocess.Popen[str]:
    command = [*ENTER, "sh", "-c", script]
    return subprocess.Popen(command, cwd=REPO_ROOT, stdout=subprocess.PIPE, text=True)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    # A zombie has ended; its new parent takes note of that when it likes.
    return state != "Z"


@pytest.mark.parametrize(
    ("required", "status", "word"), [("", 0, "SKIPPED"), ("1", 2, "ERROR: the bed needs root")]
)
def test_without_root_it_skips_loudly_or_fails(
    required: str,
    status: int,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("BED_REQUIRED", required)
    assert enter.main(["true"]) == status
    assert word in capsys.readouterr().err


def test_knows_where_it_is() -> None:
    assert netns.inside(os.environ["BED_NETNS"])
    assert not netns.inside("ki-0")
