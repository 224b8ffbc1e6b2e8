"""Readiness probes, really sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from .api import Json

Report = Callable[[bool, str], Awaitable[None]]


def port_number(container: Json, port: int | str) -> int:
    """A port given by its number or by its name in the container."""
    if isinstance(port, int):
        return port
    for item in container.get("ports", []):
        if item.get("name") == port:
            return int(item["containerPort"])
    return int(port)


async def keep_probing(container: Json, ip: str, cap: float, report: Report) -> None:
    """Probe for ever, and report when the thresholds say ready or not, with the reason.

    Delay and period are those of the probe but at most ``cap`` seconds: nothing here warms
    up, and the tests would wait for nothing.
    """
    probe = container["readinessProbe"]
    ready, row, failures = False, 0, 0
    await asyncio.sleep(min(probe.get("initialDelaySeconds", 0), cap))
    while True:
        problem = await _try(container, probe, ip)
        row = 0 if problem else row + 1
        failures = failures + 1 if problem else 0
        if problem:
            ready = ready and failures < probe.get("failureThreshold", 3)
        else:
            ready = ready or row >= probe.get("successThreshold", 1)
        await report(ready, problem)
        await asyncio.sleep(min(probe.get("periodSeconds", 10), cap))


async def _try(container: Json, probe: Json, ip: str) -> str:
    """What is wrong, in a kubelet's words; empty if nothing is."""
    timeout = float(probe.get("timeoutSeconds", 1))
    if "httpGet" in probe:
        return await _http(container, probe["httpGet"], ip, timeout)
    if "tcpSocket" in probe:
        port = port_number(container, probe["tcpSocket"]["port"])
        return await _tcp(ip, port, timeout)
    # There is nothing to run a command in.
    return ""


async def _http(container: Json, action: Json, ip: str, timeout: float) -> str:
    port = port_number(container, action["port"])
    scheme = action.get("scheme", "HTTP").lower()
    host = action.get("host", ip)
    url = f"{scheme}://{host}:{port}{action.get('path', '/')}"
    headers = {item["name"]: item["value"] for item in action.get("httpHeaders", [])}
    options: dict[str, Any] = {"trust_env": False, "timeout": timeout, "verify": _no_check()}
    try:
        # A kubelet opens a new connection for every probe, too.
        async with httpx.AsyncClient(**options) as client:
            answer = await client.get(url, headers={"User-Agent": "kube-probe/1.37"} | headers)
    except httpx.TimeoutException:
        return f'Get "{url}": context deadline exceeded'
    except httpx.ConnectError:
        return f'Get "{url}": dial tcp {host}:{port}: connect: connection refused'
    except httpx.TransportError as error:
        return f'Get "{url}": {error or "EOF"}'
    if 200 <= answer.status_code < 400:
        return ""
    return f"HTTP probe failed with statuscode: {answer.status_code}"


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
