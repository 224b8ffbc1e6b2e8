"""Readiness probes, really sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.fetch import FetchError, fetch
from kubectl_ingress.lab.kubelet.workload import Container

Report = Callable[[bool, str], Awaitable[None]]


def port_number(container: Json, port: int | str) -> int:
    """A port given by its number or by its name in the container."""
    if isinstance(port, int):
        return port
    for item in container.get("ports", []):
        if item.get("name") == port:
            return int(item["containerPort"])
    return int(port)


async def keep_probing(container: Container, cap: float, report: Report) -> None:
    """Probe for ever, and report when the thresholds say ready or not, with the reason.

    Delay and period are those of the probe but at most ``cap`` seconds: nothing here warms
    up, and the tests would wait for nothing.
    """
    probe = container.spec["readinessProbe"]
    ready, row, failures = False, 0, 0
    await asyncio.sleep(min(probe.get("initialDelaySeconds", 0), cap))
    while True:
        problem = await _try(container, probe)
        row = 0 if problem else row + 1
        failures = failures + 1 if problem else 0
        if problem:
            ready = ready and failures < probe.get("failureThreshold", 3)
        else:
            ready = ready or row >= probe.get("successThreshold", 1)
        await report(ready, problem)
        await asyncio.sleep(min(probe.get("periodSeconds", 10), cap))


async def _try(container: Container, probe: Json) -> str:
    """What is wrong, in a kubelet's words; empty if nothing is."""
    timeout = float(probe.get("timeoutSeconds", 1))
    if "httpGet" in probe:
        return await _http(container, probe["httpGet"], timeout)
    if "tcpSocket" in probe:
        port = port_number(container.spec, probe["tcpSocket"]["port"])
        return await _tcp(container.ip, container.ports.dial(port), timeout)
    # There is nothing to run a command in.
    return ""


async def _http(container: Container, action: Json, timeout: float) -> str:
    port = container.ports.dial(port_number(container.spec, action["port"]))
    scheme, target = action.get("scheme", "HTTP").lower(), action.get("path", "/")
    host = action.get("host", container.ip)
    headers = {item["name"]: item["value"] for item in action.get("httpHeaders", [])}
    headers = {"User-Agent": "kube-probe/1.37"} | headers
    tls = _no_check() if scheme == "https" else None
    try:
        # A kubelet opens a new connection for every probe, too.
        answer = await fetch("GET", host, port, target, headers=headers, tls=tls, timeout=timeout)
    except FetchError as error:
        return f'Get "{scheme}://{host}:{port}{target}": {error.words}'
    if 200 <= answer.status < 400:
        return ""
    return f"HTTP probe failed with statuscode: {answer.status}"


async def _tcp(ip: str, port: int, timeout: float) -> str:
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(ip, port)
    except OSError:
        return f"dial tcp {ip}:{port}: connect: connection refused"
    writer.close()
    return ""


def _no_check() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
