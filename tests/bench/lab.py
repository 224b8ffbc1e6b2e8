"""What the lab costs: python -m tests.bench.lab

Wall times in seconds of `lab up`, `lab down` and the whole demo, each beside
bare Python's in the same round, since a busy machine disturbs all of them
alike; and the memory of an installed lab, resident (shared pages counted in each
process) and proportional (counted once).

Targets: `lab up` within 2 s and the demo within 30 s where bare Python starts
in 20 ms, so 100 and 1500 times that; 120 MiB. Exit status 1 if one is missed.
Not a test: a noisy machine is no bug. Memory is read from /proc: Linux only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

PROGRAM = [sys.executable, "-m", "kubectl_ingress"]
UP_TARGET, DEMO_TARGET = 100.0, 1500.0
MEMORY_TARGET = 120.0


def wall(command: Sequence[str], state: Path) -> float:
    """Seconds that a command takes. Raises CalledProcessError where it fails."""
    variables = os.environ | {
        "XDG_STATE_HOME": str(state),
        "KUBECONFIG": str(state / "kubectl-ingress" / "lab" / "admin.kubeconfig"),
    }
    began = time.perf_counter()
    subprocess.run(command, env=variables, check=True, capture_output=True)
    return time.perf_counter() - began


def once(state: Path) -> dict[str, float]:
    """Seconds by what was done."""
    return {
        "bare Python": wall([sys.executable, "-c", ""], state),
        "lab up": wall([*PROGRAM, "lab", "up"], state),
        "lab down": wall([*PROGRAM, "lab", "down"], state),
        "lab demo": wall([*PROGRAM, "lab", "demo"], state),
    }


@contextmanager
def installed(state: Path) -> Iterator[int]:
    """A lab with a controller and three pods; the number of its process."""
    wall([*PROGRAM, "lab", "up"], state)
    try:
        wall([*PROGRAM, "install"], state)
        words = "scaffold web --replicas 3 --host a.example --path / --apply"
        wall([*PROGRAM, *words.split()], state)
        time.sleep(3.0)
        yield int((state / "kubectl-ingress" / "lab" / "lock").read_text())
    finally:
        wall([*PROGRAM, "lab", "down"], state)


def family(process: int) -> list[int]:
    """A process, and all that it started."""
    found = [process]
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def memory(process: int, field: str) -> float:
    """MiB of Rss or Pss."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"{field} of {process} is not told")


def report_times(rounds: list[dict[str, float]]) -> bool:
    """Print the table; whether the targets are met."""
    good = True
    print(f"{'':<14} {'seconds':>8} {'ratio':>8}  target")
    targets = {"lab up": UP_TARGET, "lab demo": DEMO_TARGET}
    for name in rounds[0]:
        ratio = median(each[name] / each["bare Python"] for each in rounds)
        row = f"{name:<14} {median(each[name] for each in rounds):8.2f} {ratio:8.1f}"
        if name in targets:
            met = ratio <= targets[name]
            good = good and met
            row += f"  {targets[name]:.0f} {'met' if met else 'MISSED'}"
        print(row)
    return good


def report_memory(process: int) -> bool:
    """Print what each process has; whether the target is met."""
    total = shared = 0.0
    print(f"{'':<46} {'RSS MiB':>8} {'PSS MiB':>8}")
    for each in family(process):
        words = Path(f"/proc/{each}/cmdline").read_text().replace("\0", " ")
        total, shared = total + memory(each, "Rss"), shared + memory(each, "Pss")
        name = words.removeprefix(sys.executable).strip()[:44]
        print(f"{name:<46} {memory(each, 'Rss'):8.1f} {memory(each, 'Pss'):8.1f}")
    met = total <= MEMORY_TARGET
    verdict = f"{MEMORY_TARGET:.0f} {'met' if met else 'MISSED'}"
    print(f"{'all':<46} {total:8.1f} {shared:8.1f}  {verdict}")
    return met


def main() -> int:
    """Measure and print; 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.lab",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default: 5")
    typed = parser.parse_args()
    if typed.rounds < 1:
        parser.error("--rounds must be 1 or more")
    with tempfile.TemporaryDirectory() as directory:
        good = report_times([once(Path(directory)) for _ in range(typed.rounds)])
        with installed(Path(directory)) as process:
            return 0 if report_memory(process) and good else 1


if __name__ == "__main__":
    sys.exit(main())
