"""``python -m kubectl_ingress.lab DIRECTORY``: the lab's process, as ``lab up`` starts it.

Holds the directory's lock for as long as it lives, so that nobody needs to
trust a process number in a file.
"""

from __future__ import annotations

import argparse
import errno
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from kubectl_ingress.errors import ExitStatus
from kubectl_ingress.lab.clouds import PLACES
from kubectl_ingress.lab.home import Home, Running
from kubectl_ingress.lab.lab import ADDRESS, Lab, Setup

LOOK_SECONDS = 1.0


def main(arguments: Sequence[str]) -> ExitStatus:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="kubectl_ingress.lab", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--provider", choices=PLACES, default="aws")
    parser.add_argument("--port", type=int, default=0)
    typed = parser.parse_args(arguments)
    home = Home(typed.directory)
    with home.lock() as alone:
        if not alone:
            print("error: another lab runs in this directory already", file=sys.stderr)
            return ExitStatus.COULD_NOT_RUN
        return _serve(home, typed.provider, typed.port)


def _serve(home: Home, provider: str, port: int) -> ExitStatus:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    lab = Lab(Setup(home.directory, PLACES[provider], port))
    try:
        lab.start()
        home.announce(Running.now(provider, lab.url))
        # A lab whose files are gone could not be ended by anybody.
        while home.exists and not ended.wait(LOOK_SECONDS):
            pass
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        print(f"error: port {port} of {ADDRESS}: {error.strerror}", file=sys.stderr)
        return ExitStatus.COULD_NOT_RUN
    finally:
        lab.stop()
        for failure in lab.failures:
            print(failure, file=sys.stderr)
    return ExitStatus.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
