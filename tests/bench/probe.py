"""What sending costs: python -m tests.bench.probe

All against one nginx on loopback, in one run. One after the other, each probe with
a connection of its own: CPU time, beside a loop over bare sockets, which is the
limit. Fifty at a time: the rate, beside httpx.AsyncClient with the same
connections kept, and with none. One `test` and a file of 1,000 route tests, as
commands. Memory while 100,000 requests are sent.

Exit status 1 if a target is missed. Not a test: a noisy machine is no bug.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import repeat
from pathlib import Path
from statistics import median

import httpx

from kubectl_ingress.core.answer import Answer, Plan, Wire
from kubectl_ingress.core.request import Request
from kubectl_ingress.dataplane.process import find_nginx
from kubectl_ingress.ports.probe import HttpProber
from tests.bench.startup import api_server
from tests.completion.programs import make_programs
from tests.fakes import FakeCluster
from tests.manifests import controller, ingress, ingress_class, path, service, slice_of
from tests.ports_free import free_ports
from tests.waiting import wait_for

SEQUENTIAL, AT_ONCE, MANY, TESTS = 1_000, 50, 100_000, 1_000
CPU_MS, FASTER, START, SPEC_SECONDS, GROWTH_MIB = 0.8, 3.0, 1.8, 3.0, 4.0
HOST, POD = "echo.example", "echo-7d9c-x2x4z"
CONF = """\
worker_processes 1;
error_log stderr crit;
pid {folder}/pid;
daemon off;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{ default_type text/plain; return 200 "Hostname: {pod}\\n$request\\n"; }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path) -> Iterator[int]:
    """The port of one that answers with the pod's name and the request line."""
    binary = find_nginx()
    if binary is None:
        raise SystemExit("error: no nginx on this machine, so nothing was measured")
    (port,) = free_ports(1)
    conf = folder / "nginx.conf"
    conf.write_text(CONF.format(folder=folder, port=port, pod=POD))
    process = subprocess.Popen([str(binary), "-p", str(folder), "-c", str(conf)])

    def listens() -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_for(listens, 5, "nginx listens")
        yield port
    finally:
        process.terminate()
        process.wait()


def cpu_milliseconds(probe: Callable[[], object]) -> float:
    """Of this process for one, the median of five rounds."""
    rounds = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(SEQUENTIAL):
            probe()
        rounds.append((time.process_time() - begun) / SEQUENTIAL * 1000)
    return median(rounds)


def bare(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nConnection: close\r\n\r\n")
        while connection.recv(65536):
            pass


def our_rate(plan: Plan, count: int) -> float:
    """Requests a second."""
    begun = time.perf_counter()
    for sent in HttpProber().send_all(repeat(plan, count), concurrency=AT_ONCE):
        assert isinstance(sent.result, Answer), sent
    return count / (time.perf_counter() - begun)


async def httpx_rate(url: str, count: int, kept: int) -> float:
    """The same of AsyncClient, with so many idle connections kept."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=kept)
    async with httpx.AsyncClient(trust_env=False, limits=limits) as client:
        turns = iter(range(count))

        async def work() -> None:
            for _ in turns:
                (await client.get(url)).raise_for_status()

        begun = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return count / (time.perf_counter() - begun)


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


class Report:
    """Prints rows; knows whether every target is met."""

    def __init__(self) -> None:
        self.good = True

    def row(self, name: str, value: str, target: str = "", met: bool = True) -> None:
        self.good = self.good and met
        verdict = f"{target} {'met' if met else 'MISSED'}" if target else ""
        print(f"{name:<46} {value:>12}  {verdict}".rstrip(), flush=True)


def sequential(report: Report, port: int) -> None:
    plan = Plan(Request(HOST), "127.0.0.1", port)
    prober = HttpProber()
    ours = cpu_milliseconds(lambda: prober.send(plan))
    report.row("a probe, own connection: CPU", f"{ours:.3f} ms", f"≤ {CPU_MS} ms", ours <= CPU_MS)
    report.row("  bare sockets", f"{cpu_milliseconds(lambda: bare(port)):.3f} ms")


def at_once(report: Report, port: int) -> None:
    plan = Plan(Request(HOST), "127.0.0.1", port, wire=Wire(keep_alive=True))
    url = f"http://127.0.0.1:{port}/"
    ours, kept, fresh, theirs = [], [], [], []
    for _ in range(3):
        ours.append(our_rate(plan, 5_000))
        theirs.append(asyncio.run(httpx_rate(url, 1_000, AT_ONCE)))
        fresh.append(our_rate(Plan(Request(HOST), "127.0.0.1", port), 5_000))
        kept.append(asyncio.run(httpx_rate(url, 1_000, 0)))
    best = max(median(theirs), median(kept))
    ratio = median(ours) / best
    report.row(f"{AT_ONCE} at a time, connections kept", f"{median(ours):.0f}/s")
    report.row("  httpx.AsyncClient, connections kept", f"{median(theirs):.0f}/s")
    report.row("  httpx.AsyncClient, a connection each", f"{median(kept):.0f}/s")
    report.row("  ours by the better one", f"{ratio:.1f}", f"≥ {FASTER}", ratio >= FASTER)
    report.row(f"{AT_ONCE} at a time, a connection each", f"{median(fresh):.0f}/s")


def memory(report: Report, port: int) -> None:
    plan = Plan(Request(HOST), "127.0.0.1", port, wire=Wire(keep_alive=True))
    our_rate(plan, 5_000)
    before = resident_mib()
    our_rate(plan, MANY)
    grown = resident_mib() - before
    report.row(
        f"memory grown by {MANY:,} requests",
        f"{grown:.1f} MiB",
        f"≤ {GROWTH_MIB} MiB",
        grown <= GROWTH_MIB,
    )


def spent(command: list[str], variables: dict[str, str]) -> tuple[float, float]:
    """CPU milliseconds and seconds by the clock of a command that passes."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = process.stdout.read() if process.stdout else b""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} failed: {said.decode(errors='replace')[-2000:]}")
    return (used.ru_utime + used.ru_stime) * 1000, time.perf_counter() - begun


def commands(report: Report, port: int, folder: Path, stack: ExitStack) -> None:
    routed = ingress("echo", HOST, path("/", "echo"))
    objects = [ingress_class(), *controller(address="127.0.0.1"), routed, service("echo")]
    cluster = FakeCluster([*objects, slice_of("echo", POD)])
    programs = make_programs(folder)
    kubeconfig = stack.enter_context(api_server(folder, cluster))
    variables = {**programs.variables, "KUBECONFIG": str(kubeconfig)}
    there = ["--connect-to", f"::127.0.0.1:{port}"]
    ours = str(programs.folder / "kubectl-ingress")
    one = [ours, "test", f"http://{HOST}/", *there]
    imports = [sys.executable, "-c", "import kubernetes, httpx"]
    ratios = []
    for _ in range(12):
        ratios.append(spent(one, variables)[0] / spent(imports, variables)[0])
    ratio = median(ratios[1:])
    met = ratio <= START
    report.row("one test by import kubernetes, httpx: CPU", f"{ratio:.2f}", f"≤ {START}", met)
    spec = folder / "spec.yaml"
    tests = [
        {
            "name": f"path {number}",
            "request": {"url": f"http://{HOST}/{number}"},
            "expect": {"status": 200, "backend": "default/echo:80"},
        }
        for number in range(TESTS)
    ]
    head = {"apiVersion": "kubectl-ingress/v1", "kind": "RouteTest"}
    spec.write_text(json.dumps({**head, "tests": tests}))
    seconds = median(
        spent([ours, "test", "--spec", str(spec), *there], variables)[1] for _ in range(3)
    )
    met = seconds <= SPEC_SECONDS
    report.row(f"{TESTS:,} route tests sent", f"{seconds:.2f} s", f"≤ {SPEC_SECONDS} s", met)


def main() -> int:
    """Measure and print; 1 if a target is missed."""
    report = Report()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = stack.enter_context(nginx(folder))
        sequential(report, port)
        at_once(report, port)
        commands(report, port, folder, stack)
        memory(report, port)
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
