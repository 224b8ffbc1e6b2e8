"""One nginx process: started, reloaded when its configuration changes, stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.text import printable
from kubectl_ingress.dataplane.carried_out import Remarks, carried_out
from kubectl_ingress.dataplane.nginx import TEMPORARY, Configuration
from kubectl_ingress.dataplane.server import Certificates, Listen
from kubectl_ingress.errors import InputError

ALSO_IN = "/usr/sbin:/usr/local/sbin"

_STOP_SECONDS = 5
_POLL_SECONDS = 0.01


def find_nginx() -> str | None:
    """The nginx of this machine; it is often where only root's PATH leads."""
    return shutil.which("nginx") or shutil.which("nginx", path=ALSO_IN)


class Nginx:
    """Runs the nginx on PATH with a configuration in a directory of its own."""

    def __init__(self, listen: Listen, directory: Path, log: TextIO = sys.stderr) -> None:
        program = find_nginx()
        if program is None:
            raise InputError(
                "nginx is not on PATH",
                "install nginx, version 1.22 or newer, or use --server proxy",
            )
        self.program = program
        self.listen = listen
        self.directory = directory
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._loaded = ""
        self._remarks = Remarks(log)

    def version(self) -> str:
        """As nginx says it."""
        said = subprocess.run([self.program, "-v"], capture_output=True, text=True, check=False)
        return said.stderr.strip().rpartition(" ")[2]

    def load(self, table: RouteTable, certificates: Certificates) -> bool:
        """See WebServer. What nginx can load, nginx says too, and not the model alone."""
        table, said = carried_out(table)
        writing = Configuration(table, self.listen, self.directory, certificates)
        configuration = writing.text()
        self._remarks.say((*said, *writing.said))
        if configuration == self._loaded and self._alive:
            return True
        for name in TEMPORARY:
            (self.directory / name).mkdir(exist_ok=True)
        path = self.directory / "nginx.conf"
        candidate = self.directory / "nginx.conf.new"
        candidate.write_text(configuration, encoding="latin-1")
        tested = subprocess.run(
            self._command(candidate, "-t", "-q"), capture_output=True, text=True, check=False
        )
        if tested.returncode != 0:
            print(f"nginx refused the configuration: {tested.stderr.strip()}", file=self.log)
            return False
        if table.refused is not None:
            # In directives that are not written here.
            why = printable(table.refused.message)
            print(f"the real nginx would refuse the configuration: {why}", file=self.log)
            return False
        candidate.replace(path)
        self._loaded = configuration
        if self._process is not None and self._listens_to_signals():
            self._process.send_signal(signal.SIGHUP)
        else:
            self._process = subprocess.Popen(self._command(path), stderr=self.log)
        return True

    def _command(self, configuration: Path, *more: str) -> list[str]:
        # -e: else nginx opens the log file of its own package first.
        prefix = str(self.directory) + os.sep
        return [self.program, "-p", prefix, "-e", "stderr", "-c", str(configuration), *more]

    @property
    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _listens_to_signals(self) -> bool:
        """Whether it lives; one that is only starting is waited for: a signal would end it."""
        file = self.directory / "nginx.pid"
        while self._alive:
            # Written once its handlers are there.
            with contextlib.suppress(OSError, ValueError):
                if self._process is not None and int(file.read_text()) == self._process.pid:
                    return True
            time.sleep(_POLL_SECONDS)
        return False

    def stop(self) -> None:
        """See WebServer; politely first."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
