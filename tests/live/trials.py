"""One command under one fault: what came of it, and that the same command again sets it right."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubectl_ingress.__main__ import main
from kubectl_ingress.env import Environment
from tests.live import states
from tests.live.fault_kinds import FAULTS, Scene
from tests.live.fault_table import (
    COMMANDS,
    GOES_ON,
    HOW_TO_GO_ON,
    NOT_TRIED,
    TRIED,
    expected,
)
from tests.live.faults import Asked, Fault, Proxy, Rule
from tests.live.interruptions import Stage, ok, told

SEED = int(os.environ.get("BED_SEED", "5"))
ENDED_BY = {"INT": (130, "interrupted"), "TERM": (143, "terminated"), "KILL": (-9, "")}
# How often a Deployment was rolled back tells of the fault, and of nothing that stays.
HISTORY = ("deployment.kubernetes.io/revision", "deployment.kubernetes.io/revision-history")


@dataclass(frozen=True)
class Undisturbed:
    """What a command asks, and what stands afterwards."""

    asked: Sequence[Asked]
    state: dict[str, Any]
    seconds: float


# Where it is not the first run that failed, but the second that finds it done.
DONE_ALREADY = {"patch-host --undo": "has no earlier host on record"}


@dataclass
class Trials(Stage):
    """The cluster behind a proxy, and what each cell of the table came to."""

    files: dict[str, str] = field(default_factory=dict)
    undisturbed: dict[str, Undisturbed] = field(default_factory=dict)
    cells: dict[tuple[str, str], str] = field(default_factory=dict)
    _running: subprocess.Popen[str] | None = None
    _revival: threading.Thread | None = None

    @property
    def proxy(self) -> Proxy:
        """What plays the faults."""
        assert isinstance(self.wire, Proxy)
        return self.wire

    def run(self, *words: str, user: str = "admin") -> subprocess.CompletedProcess[str]:
        """A command, in this process: its start-up takes longer than what is tried here."""
        out, err = io.StringIO(), io.StringIO()
        config = str(self.proxy.kubeconfig(self.bed.kubeconfig(user)))
        variables = {**self.bed.environment, "KUBECONFIG": config}
        environment = Environment(io.StringIO(), out, err, variables)
        status = main(words, environment)
        assert "this is a bug" not in err.getvalue(), err.getvalue()
        return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())

    def start(self, *words: str, user: str = "admin") -> subprocess.Popen[str]:
        """A command in a process of its own, for signals. How kubectl calls it is known."""
        config = str(self.proxy.kubeconfig(self.bed.kubeconfig(user)))
        return self.bed.popen("kubectl-ingress", *words, env={"KUBECONFIG": config})

    def words(self, command: str) -> tuple[str, ...]:
        """A command, as typed."""
        return tuple(self.files.get(word, word) for word in COMMANDS[command])

    def plain(self, command: str) -> None:
        """Run it undisturbed; the first time, remember what it asked and what it led to."""
        self.proxy.play()
        began = time.monotonic()
        ok(self.run(*self.words(command)))
        took = time.monotonic() - began
        if command in self.undisturbed:
            self.settled(self.undisturbed[command].state)
            return
        asked = tuple(self.proxy.asked)
        if any(each.writes for each in asked):
            self.quiet()
        self.undisturbed[command] = Undisturbed(asked, self.state(), took)

    def state(self) -> dict[str, Any]:
        """What all that there is comes to."""
        return states.canonical(self.read())

    def attempt(self, command: str, fault: str) -> None:
        """One cell of the table; the state afterwards is that of an undisturbed run."""
        wanted = expected()[command, fault]
        reads_only = not any(each.writes for each in self.undisturbed[command].asked)
        if wanted not in TRIED:
            if not reads_only:
                self.plain(command)
            return
        self.cells[command, fault] = "FAILED"
        began = time.monotonic()
        done = self._disturbed(command, fault)
        took = time.monotonic() - began
        assert self.proxy.played, f"{command}: {fault} was not played"
        wrote = any(each.writes for each in self.proxy.asked)
        if wanted == GOES_ON:
            ok(done)
        else:
            self._told(command, fault, done)
            self._again(command)
        # One that reads changes nothing: then there is nothing to compare.
        assert not (reads_only and wrote)
        if not reads_only:
            self.settled(self.undisturbed[command].state)
        self.cells[command, fault] = f"{wanted} {took:.1f}"

    def kill_at(self, command: str, ordinal: int) -> None:
        """Kill it at one of its writes, which gets through or not by turns; and again."""
        cut = "before" if ordinal % 2 else ""
        fault = Fault(cut=cut, then=lambda: self._send(signal.SIGKILL))
        self.proxy.play(Rule(fault, lambda asked: asked.writes, frozenset({ordinal})))
        words = self.words(command)
        self._running = self.start(*words)
        assert self.finish(self._running, words).returncode == -signal.SIGKILL
        self._again(command)
        self.settled(self.undisturbed[command].state)

    def _again(self, command: str) -> None:
        self.proxy.play()
        done = self.run(*self.words(command))
        if done.returncode == 0 or DONE_ALREADY.get(command, "?") not in done.stderr:
            ok(done)

    def _disturbed(self, command: str, fault: str) -> subprocess.CompletedProcess[str]:
        played = FAULTS[fault]
        chance = random.Random(f"{SEED} {command} {fault}")
        scene = Scene(
            self.undisturbed[command].asked,
            chance,
            self._restart,
            self._send,
        )
        self.proxy.play(*played.make(scene))
        words = (*self.words(command), *played.words)
        try:
            if fault not in ENDED_BY:
                return self.run(*words)
            self._running = self.start(*words)
            return self.finish(self._running, words)
        finally:
            if self._revival is not None:
                self._revival.join()
                self._revival = None

    def _told(self, command: str, fault: str, done: subprocess.CompletedProcess[str]) -> None:
        if fault in ENDED_BY:
            status, word = ENDED_BY[fault]
            assert done.returncode == status, done.stderr
            if not word:
                return
            assert done.stderr.splitlines()[-1] == word
        else:
            told(done)
            # A sentence, and the next step.
            assert done.stderr.splitlines()[-1].startswith("       "), done.stderr
        wrote = any(asked.writes for asked in self.proxy.asked)
        hints = HOW_TO_GO_ON.get(command.removesuffix(" --undo"), ())
        if wrote and hints:
            assert any(hint in done.stderr for hint in hints), done.stderr

    def _send(self, number: int) -> None:
        assert self._running is not None
        self._running.send_signal(number)
        # So that it is there before the answer.
        time.sleep(0.1)

    def _restart(self) -> None:
        cluster = self.bed.cluster
        cluster.kill("apiserver")
        self._revival = threading.Thread(target=cluster.revive, args=("apiserver",))
        self._revival.start()

    def settled(self, wanted: dict[str, Any], *, but: Sequence[str] = ()) -> states.Objects:
        """See Stage."""
        return super().settled(_without_history(wanted), but=but)

    def canonical(self, objects: states.Objects) -> dict[str, Any]:
        """See Stage."""
        return _without_history(super().canonical(objects))

    def report(self) -> Iterator[str]:
        """The table with what was tried, line by line; seconds behind each word."""
        widths = {fault: max(len(fault), 10) for fault in FAULTS}
        yield " " * 20 + "".join(f"{fault:<{width}}" for fault, width in widths.items())
        for command in COMMANDS:
            cells = (self.cells.get((command, fault), _untried(command, fault)) for fault in FAULTS)
            row = (f"{cell:<{widths[fault]}}" for fault, cell in zip(FAULTS, cells, strict=True))
            yield f"{command:<20}" + "".join(row).rstrip()


def _untried(command: str, fault: str) -> str:
    cell = expected()[command, fault]
    return NOT_TRIED if cell in TRIED else cell


def _without_history(state: dict[str, Any]) -> dict[str, Any]:
    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without(each) for key, each in value.items() if key not in HISTORY}
        return value

    return {name: without(each) for name, each in state.items()}
