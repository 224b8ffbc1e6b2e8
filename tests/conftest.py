"""What all tests have alike, and the end of a run: what was counted, beside what passed."""

from __future__ import annotations

import signal
from collections import Counter
from typing import Any

from hypothesis import settings

# The same examples on every run: a failure on one machine is a failure on all.
settings.register_profile("seeded", derandomize=True, deadline=None)
settings.load_profile("seeded")

# Who runs in the background of a script ignores Ctrl-C, and hands that down to the programs
# that tests end with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# So does nohup with SIGHUP, which has to go on sparing this process alone.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda _number, _frame: None)

COUNTED = "counted"
"""The property (``record_property``) of a test that compared many things: (what, agreed, all)."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    agreed: Counter[str] = Counter()
    compared: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == COUNTED and report.when == "call":
                    what, good, of = value
                    agreed[what] += good
                    compared[what] += of
    if compared:
        terminalreporter.section("compared with the real thing")
    for what, count in sorted(compared.items()):
        share = agreed[what] / count
        terminalreporter.write_line(f"{what:<60} {agreed[what]:>7,} of {count:>7,}  {share:7.2%}")
