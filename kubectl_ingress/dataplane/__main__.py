"""``python -m kubectl_ingress.dataplane``: serve a class's Ingresses for real.

By the nginx of this machine, or by the proxy of this package where there is none.

Takes the flags of the controller, so that it can stand in for the controller's container.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from msgspec.structs import replace

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.controllers.ingress_nginx import Settings, settings_of
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.dataplane.flags import parse
from kubectl_ingress.dataplane.server import Listen, WebServer
from kubectl_ingress.dataplane.sync import DataPlane
from kubectl_ingress.errors import ExitStatus, IngressError
from kubectl_ingress.ports.cluster import connect


def settings_of_flags(arguments: Sequence[str]) -> Callable[[Snapshot], Settings]:
    """What the flags, and the ConfigMap that they name, make of the controller's settings."""
    told = Told(tuple(arguments), namespace=os.environ.get("POD_NAMESPACE", ""))

    def settings(snapshot: Snapshot) -> Settings:
        # Where this process listens is its own affair: redirects name the controller's ports.
        return replace(settings_of(told, snapshot), http_port=80, https_port=443)

    return settings


def server_of(wanted: str, listen: Listen, directory: Path, log: TextIO) -> WebServer:
    """``nginx``, ``proxy``, or ``auto``: nginx where there is one. Raises InputError."""
    from kubectl_ingress.dataplane.process import Nginx, find_nginx

    if wanted == "nginx" or (wanted == "auto" and find_nginx() is not None):
        return Nginx(listen, directory, log)
    # asyncio, for who needs it.
    from kubectl_ingress.dataplane.proxy import Proxy

    return Proxy(listen, log)


def _at_end_of_stdin(stop: Callable[[], None]) -> None:
    # Not sys.stdin: its lock, held here, would be waited for at the exit.
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    stop()


def main(arguments: Sequence[str]) -> ExitStatus:
    """Serve until SIGTERM or SIGINT."""
    typed = parse(arguments)
    listen = Listen(typed.listen, typed.http_port, typed.https_port, typed.health_port)
    options = ClusterOptions(kubeconfig=typed.kubeconfig)
    with tempfile.TemporaryDirectory(prefix="kubectl-ingress-dataplane-") as directory:
        try:
            plane = DataPlane(
                lambda: connect(options, os.environ, sys.stderr),
                settings_of_flags(arguments),
                server_of(typed.server, listen, Path(directory), sys.stderr),
                Path(directory),
                typed.publish_service,
                tuple(filter(None, typed.publish_status_address.split(","))),
                log=sys.stderr,
            )
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: plane.stop())
            if typed.exit_with_stdin:
                threading.Thread(target=_at_end_of_stdin, args=(plane.stop,), daemon=True).start()
            plane.run()
        except IngressError as error:
            print(f"error: {error.sentence}\n       {error.next_step}", file=sys.stderr)
            return error.exit_status
    return ExitStatus.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
