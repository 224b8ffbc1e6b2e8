"""Signals that come while a command is ended that ran meanwhile: with real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

# The program with its own signals. What it sends goes nowhere; what is told is what there is.
PROGRAM = """
import json, os, signal, sys
import kubectl_ingress.__main__ as program
from kubectl_ingress.core.answer import Plan, Sent
from kubectl_ingress.core.repetition import Mode, Repetition
from kubectl_ingress.core.request import Request
from kubectl_ingress.testing.repeating import send_repeatedly
from tests.running import answer

class Prober:
    def send_all(self, plans, *, concurrency):
        try:
            for number, plan in enumerate(plans):
                yield Sent(number, 0.0, answer())
        finally:
            for each in CLOSING:
                os.kill(os.getpid(), signal.Signals[each])

def command(argv, environment):
    plan = Plan(Request("a.example"), "127.0.0.1", 80)
    repetition = Repetition(None, rate=50.0, mode=Mode.DURING, command=tuple(argv))
    run = send_repeatedly(environment, Prober(), plan, repetition, lambda sent: True)
    print(json.dumps([run.interrupted, run.command.status]))
    raise KeyboardInterrupt

CLOSING = sys.argv[1].split()
program._command = command
sys.argv = ["kubectl-ingress", *sys.argv[2:]]
program.run()
"""

# It ends with this test, whatever happens to the program.
CHILD = """
import os, signal, sys
for name in sys.argv[1].split():
    signal.signal(signal.Signals[name], signal.SIG_IGN)
print("begun", os.getpid(), flush=True)
# Their other end is to notice when the program is gone.
os.close(1), os.close(2)
sys.stdin.read()
"""


def ended(ignored: str, first: str, then: list[str], closing: str = "") -> tuple[int, str, str]:
    """The program's status and what it printed; the command is over by then.

    Each of `then` is sent once it says that it waits, those of `closing` before it does.
    """
    child = [sys.executable, "-c", CHILD, ignored]
    words = [sys.executable, "-c", PROGRAM, closing, *child]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        assert one.stderr is not None
        try:
            told = line = one.stderr.readline()
            assert line.startswith("begun "), line + one.stderr.read()
            # To the program alone, as nobody else is told by who cancels a job.
            one.send_signal(signal.Signals[first])
            for each in then:
                while not (said := one.stderr.readline()).startswith("waiting up to 10 s for "):
                    assert said, told
                    told += said
                told += said
                one.send_signal(signal.Signals[each])
            # Not communicate(): it would close what the command reads.
            status = one.wait(timeout=60)
            told += one.stderr.read()
            out = one.stdout.read()
            with pytest.raises(ProcessLookupError):
                os.kill(int(line.split()[1]), 0)
        finally:
            one.kill()
    return status, out, told


@pytest.mark.parametrize(
    ("ignored", "signals", "said", "status", "child"),
    [
        ("SIGINT", ["SIGINT", "SIGINT"], "terminates", 130, 143),
        ("SIGINT", ["SIGINT", "SIGTERM"], "terminates", 130, 143),
        ("SIGINT SIGTERM", ["SIGINT", "SIGINT", "SIGINT"], "terminates", 130, 137),
        ("SIGTERM", ["SIGTERM", "SIGTERM"], "kills", 143, 137),
        ("SIGTERM", ["SIGTERM", "SIGINT"], "kills", 143, 137),
    ],
)
def test_the_next_signal_ends_the_command_harder_and_the_report_is_printed(
    ignored: str, signals: list[str], said: str, status: int, child: int
) -> None:
    ran, out, told = ended(ignored, signals[0], signals[1:])
    assert (ran, json.loads(out)) == (status, [True, child]), told
    first = next(line for line in told.splitlines() if line.startswith("waiting"))
    assert first.endswith(f" to end; the next Ctrl-C {said} it")


def test_a_signal_that_comes_before_it_waits_counts_too() -> None:
    ran, out, told = ended("SIGINT", "SIGINT", [], closing="SIGINT")
    assert (ran, json.loads(out)) == (130, [True, 143])
    assert "terminates it" not in told


def test_a_terminal_that_goes_says_so_twice_and_the_command_has_its_time() -> None:
    ran, out, told = ended("SIGTERM", "SIGHUP", ["SIGTERM"], closing="SIGHUP")
    # Else it were killed before anybody had waited.
    assert "the next Ctrl-C kills it" in told
    assert (ran, json.loads(out)) == (129, [True, 137])
