"""Shows the table of tests/providers/test_upstream.py at the end of a run."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "upstream":
                terminalreporter.write_line(f"\n{text}")
