"""Where a lab keeps its files, and whether one runs there.

The lab's process holds a lock on ``lock``. A lock goes with its process,
however that ends; so what a killed lab left is told from one that runs, and a
process number is only believed while the lock is held.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from kubectl_ingress.errors import InputError, NotReady
from kubectl_ingress.lab import programs

START_SECONDS = 20.0
STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02
_LOG_LINES = 5
# Whoever looks whether a lab runs holds its lock for a moment.
_LOOKING_SECONDS = 1.0


class Running(Struct, frozen=True):
    """What a lab that runs says of itself. `started` is in seconds since 1970."""

    pid: int
    provider: str
    server: str
    started: float

    @classmethod
    def now(cls, provider: str, server: str) -> Running:
        """This very process."""
        return cls(os.getpid(), provider, server, time.time())


class Home(Struct, frozen=True):
    """A directory for one lab."""

    directory: Path

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Home:
        """The user's: below $XDG_STATE_HOME, else ~/.local/state (XDG Base Directory 0.8)."""
        state = variables.get("XDG_STATE_HOME") or ""
        base = Path(state) if Path(state).is_absolute() else _user(variables) / ".local/state"
        return cls(base / "kubectl-ingress" / "lab")

    @property
    def kubeconfig(self) -> Path:
        """Leads to the lab; there while it runs."""
        return self.directory / "admin.kubeconfig"

    @property
    def curl_home(self) -> Path:
        """CURL_HOME for a curl that shall reach the lab's load balancers."""
        return self.directory / "curl"

    @property
    def log(self) -> Path:
        """What the lab's process printed."""
        return self.directory / "lab.log"

    @property
    def exists(self) -> bool:
        """Whether the files of a lab are here."""
        return (self.directory / "lock").exists()

    @contextlib.contextmanager
    def lock(self) -> Iterator[bool]:
        """Hold the lab's lock; gives False where another process does."""
        with _open(self.directory / "lock") as descriptor:
            deadline = time.monotonic() + _LOOKING_SECONDS
            while not (held := _try(descriptor, fcntl.LOCK_EX)) and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
            if held:
                os.ftruncate(descriptor, 0)
                os.write(descriptor, str(os.getpid()).encode())
            yield held

    def is_held(self) -> bool:
        """Whether a lab's process lives here, ready or not."""
        if not self.directory.is_dir():
            return False
        with _open(self.directory / "lock") as descriptor:
            return not _try(descriptor, fcntl.LOCK_SH)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else starts or ends a lab here meanwhile."""
        beside = self.directory.parent
        try:
            beside.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The folder itself is what is locked: nothing is left to remove.
            descriptor = os.open(beside, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise _unwritable(self.directory, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def announce(self, running: Running) -> None:
        """Say that the lab is ready; by its own process."""
        unfinished = self.directory / "ready.new"
        unfinished.write_text(json.dumps(asdict(running)))
        unfinished.replace(self.directory / "ready")

    def running(self) -> Running | None:
        """The lab that runs here and is ready, None where there is none."""
        if not self.is_held():
            return None
        try:
            return Running(**json.loads((self.directory / "ready").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def is_stale(self) -> bool:
        """Whether a lab was here that ended without tidying up."""
        return self.directory.is_dir() and not self.is_held()

    def start(self, provider: str, port: int) -> Running:
        """The lab that runs here, started if need be. Raises NotReady, InputError."""
        with self._alone():
            return self.running() or self._start(provider, port)

    def _start(self, provider: str, port: int) -> Running:
        self._make()
        command = [*programs.command("kubectl_ingress.lab"), str(self.directory)]
        flags = ["--provider", provider, "--port", str(port)]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*command, *flags],
                env=programs.variables(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                # A Ctrl-C in this terminal is not meant for it.
                start_new_session=True,
            )
        try:
            return self._await_ready(process, port)
        except BaseException:
            # Also a Ctrl-C: nobody would know of a lab that begins after it.
            process.terminate()
            process.wait()
            raise

    def _await_ready(self, process: subprocess.Popen[bytes], port: int) -> Running:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise self._failed(port)
            if (running := self.running()) is not None and running.pid == process.pid:
                return running
            time.sleep(_POLL_SECONDS)
        raise NotReady(f"the lab was not ready within {START_SECONDS:g} s", f"see {self.log}")

    def stop(self) -> bool:
        """End the lab's process, if one runs, and remove all files; whether there was anything."""
        if not self.directory.is_dir():
            return False
        with self._alone():
            self._stop()
        return True

    def _stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + STOP_SECONDS
            self._signal(number)
            while self.is_held() and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
        if self.is_held():
            raise NotReady("the lab's process does not end", f"see {self.log}")
        shutil.rmtree(self.directory)

    def _signal(self, number: signal.Signals) -> None:
        if self.is_held():
            # Believed because the lock is held: whoever holds it wrote it.
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int((self.directory / "lock").read_text()), number)

    def _make(self) -> None:
        try:
            if self.directory.is_dir():
                shutil.rmtree(self.directory)
            self.directory.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise _unwritable(self.directory, error) from error

    def _failed(self, port: int) -> NotReady | InputError:
        lines = self.log.read_text(errors="replace").splitlines()
        said = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        if said and port:
            return InputError(said[-1], "choose another port, or leave --port out: any free one")
        last = "; ".join(lines[-_LOG_LINES:]) or "it said nothing"
        return NotReady(f"the lab's process ended: {last}", f"see {self.log}")


def _user(variables: Mapping[str, str]) -> Path:
    return Path(variables["HOME"]) if variables.get("HOME") else Path.home()


@contextlib.contextmanager
def _open(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _try(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unwritable(directory: Path, error: OSError) -> InputError:
    return InputError(
        f"{directory} cannot be written: {error.strerror}",
        "name another place: XDG_STATE_HOME=DIRECTORY kubectl ingress lab up",
    )
