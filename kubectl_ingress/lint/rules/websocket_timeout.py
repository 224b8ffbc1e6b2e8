"""An idle connection is cut by the read timeout.

What it does
Finds backends that say they speak WebSocket (appProtocol kubernetes.io/ws or wss) on Ingresses
of ingress-nginx whose proxy-read-timeout is a minute or less. Of long polling nothing tells.

Why it is bad
Where the backend says nothing for 60 seconds, nginx ends the connection; an ordinary request ends
in 504.

Example

    kind: Service
    spec:
      ports: [{port: 80, appProtocol: kubernetes.io/ws}]

Use instead

    kind: Ingress
    metadata:
      annotations:
        nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"
        nginx.ingress.kubernetes.io/proxy-send-timeout: "3600"
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.remedies import annotated
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI117"
NAME = "websocket-timeout"
LEVEL = "warning"
READS = (ROUTES, "Service")

_TIMEOUT = "nginx.ingress.kubernetes.io/proxy-read-timeout"
_WEBSOCKET = ("kubernetes.io/ws", "kubernetes.io/wss")
_SHORT = 60


def check(subject: Subject) -> Iterable[Finding]:
    """Nothing to do where no Service says so."""
    if not any(p.app_protocol in _WEBSOCKET for s in subject.snapshot.services for p in s.ports):
        return
    told = set()
    for one in subject.routes.backed:
        owner, meta = subject.routes.owners.get(one.ingress.meta.key), one.ingress.meta
        if owner is None or one.port.app_protocol not in _WEBSOCKET or meta.key in told:
            continue
        if isinstance(owner.settings, Settings):
            text = meta.annotations.get(_TIMEOUT, "")
            seconds = int(text) if text.isdecimal() else owner.settings.config.read_timeout
            if seconds <= _SHORT:
                told.add(meta.key)
                message = (
                    f"Service {one.service.meta.key} speaks WebSocket, and a connection on which"
                    f" it says nothing for {seconds} s is cut"
                )
                place = ("metadata", "annotations", _TIMEOUT) if text else ("metadata",)
                fix = annotated("Ingress", meta, _TIMEOUT, "3600")
                yield finding_on(one.ingress, CODE, LEVEL, message, place, fix)
