"""The routing model at size: compiling, deciding, and what growth costs.

Each table is made in a process of its own, so that one's memory is not the other's.
"""

from __future__ import annotations

import gc
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from kubectl_ingress.__main__ import COLLECT_AFTER
from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.core.objects import (
    Endpoint,
    EndpointSlice,
    HostRule,
    Ingress,
    IngressClass,
    Meta,
    PathRule,
    PortRef,
    Service,
    ServiceBackend,
    ServicePort,
    Snapshot,
)
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import RouteTable

HOSTS, PATHS = 20_000, 5
DECISIONS = 50_000
SEED = 20261126

# The figures.
COMPILE_SECONDS, COMPILE_MIB = 4.0, 400
DECISIONS_PER_SECOND = 50_000
GROWTH = 1.5
REGEX_MILLISECONDS = 1.0


def meta(name: str, annotations: dict[str, str] | None = None) -> Meta:
    return Meta("default", name, {}, annotations or {}, "2026-01-01T00:00:00Z")


def world(ingresses: tuple[Ingress, ...], services: int) -> Snapshot:
    return Snapshot(
        ingresses=ingresses,
        classes=(IngressClass(Meta("", "nginx", {}, {}), "k8s.io/ingress-nginx", False),),
        services=tuple(
            Service(
                meta(f"s{number}"),
                "ClusterIP",
                (ServicePort("", 80, 8080, "TCP", None),),
                {"app": "x"},
                "",
                f"10.96.{number // 250}.{number % 250}",
                (),
            )
            for number in range(services)
        ),
        slices=tuple(
            EndpointSlice(
                meta(f"s{number}-x"),
                f"s{number}",
                {"": 8080},
                tuple(
                    Endpoint(f"10.{pod}.{number // 250}.{number % 250}", True, f"s{number}-{pod}")
                    for pod in range(3)
                ),
            )
            for number in range(services)
        ),
    )


def path(text: str, service: int, path_type: str = "Prefix") -> PathRule:
    return PathRule(text, path_type, ServiceBackend(f"s{service}", PortRef(80)))


def many_hosts(hosts: int) -> Snapshot:
    """One Ingress a host, with five paths; every tenth has TLS redirects, every 50th a rewrite."""
    ingresses = tuple(
        Ingress(
            meta(f"web{number}", _annotations(number)),
            "nginx",
            (
                HostRule(
                    f"h{number}.example.com",
                    tuple(
                        path(f"/p{at}/{number % 97}", (number + at) % 2000) for at in range(PATHS)
                    ),
                ),
            ),
            None,
            (),
            (),
        )
        for number in range(hosts)
    )
    return world(ingresses, min(2000, hosts))


def _annotations(number: int) -> dict[str, str]:
    prefix = "nginx.ingress.kubernetes.io/"
    if number % 50 == 0:
        return {f"{prefix}rewrite-target": "/$1"}
    return {f"{prefix}force-ssl-redirect": "true"} if number % 10 == 0 else {}


def one_regex_host(rules: int) -> Snapshot:
    """One host whose paths are all regexes."""
    ingress = Ingress(
        meta("web", {"nginx.ingress.kubernetes.io/use-regex": "true"}),
        "nginx",
        (
            HostRule(
                "regex.example.com",
                tuple(
                    path(f"/team{n % 40}/service{n}/[0-9]+/(.*)", n % 100, "ImplementationSpecific")
                    for n in range(rules)
                ),
            ),
        ),
        None,
        (),
        (),
    )
    return world((ingress,), 100)


def asked(hosts: int) -> list[Request]:
    """Requests to random hosts and paths of `many_hosts`, one in ten to no path of the host."""
    pick = random.Random(SEED)
    found = []
    for _ in range(DECISIONS):
        number = pick.randrange(hosts)
        at = pick.randrange(PATHS) if pick.random() < 0.9 else 9
        found.append(Request(f"h{number}.example.com", f"/p{at}/{number % 97}/x?y=1"))
    return found


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def per_decision(table: RouteTable, requests: list[Request]) -> float:
    """Seconds of CPU, the median of five rounds after one that fills what is filled on demand."""

    def all_of_them() -> None:
        for request in requests:
            table.decide(request)

    all_of_them()
    return median(timed(all_of_them) for _ in range(5)) / len(requests)


def measure(what: str, size: int) -> dict[str, float]:
    """What the child process prints."""
    gc.set_threshold(*COLLECT_AFTER)
    snapshot = many_hosts(size) if what == "hosts" else one_regex_host(size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tables: list[RouteTable] = []
    seconds = timed(
        lambda: tables.append(ingress_nginx.compile(snapshot, ingress_nginx.Settings()))
    )
    if what == "hosts":
        requests = asked(size)
    else:
        pick = random.Random(SEED)
        numbers = [pick.randrange(size) for _ in range(2000)]
        requests = [Request("regex.example.com", f"/team{n % 40}/service{n}/17/x") for n in numbers]
    each = per_decision(tables[0], requests)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"compile": seconds, "mib": (after - before) / 1024, "decision": each}


def in_a_process_of_its_own(what: str, size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.routing", what, str(size)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


def main() -> None:
    large = in_a_process_of_its_own("hosts", HOSTS)
    # What is measured apart may fall into another phase of the machine: in pairs, the median.
    pairs = [
        (in_a_process_of_its_own("hosts", HOSTS), in_a_process_of_its_own("hosts", HOSTS // 100))
        for _ in range(3)
    ]
    growth = median(one["decision"] / other["decision"] for one, other in pairs)
    regex = in_a_process_of_its_own("regex", 10_000)
    best = min(large["decision"], *(one["decision"] for one, _ in pairs))
    rules = HOSTS * PATHS
    print(f"{rules:,} rules over {HOSTS:,} hosts (CPU time; ingress-nginx)")
    print(f"  compiled in         {large['compile']:.2f} s        at most {COMPILE_SECONDS} s")
    print(f"  memory              {large['mib']:.0f} MiB       at most {COMPILE_MIB} MiB")
    print(f"  decisions           {1 / best:,.0f} /s   at least {DECISIONS_PER_SECOND:,} /s")
    print(f"  1,000 → {rules:,}   {growth:.2f} x          at most {GROWTH} x a decision")
    print("one host of 10,000 regexes")
    regex_ms = regex["decision"] * 1000
    print(f"  a decision          {regex_ms:.3f} ms      at most {REGEX_MILLISECONDS} ms")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
