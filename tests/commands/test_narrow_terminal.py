"""What is written in sentences and tables, on a terminal that is narrower than they are."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kubectl_ingress.__main__ import main
from kubectl_ingress.core.codes import CODES
from kubectl_ingress.env import Environment
from tests.golden import HERE
from tests.terminals import Terminal


def shown(columns: int | None, *words: str) -> tuple[str, str]:
    """What stands on stdout and stderr, which are terminals of so many columns, or none."""
    out, err = (io.StringIO() if columns is None else Terminal(columns) for _ in range(2))
    assert main(words, Environment(io.StringIO(), out, err, {"NO_COLOR": "1"})) == 0
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("code", CODES)
def test_a_page_has_the_same_words_on_lines_that_fit(code: str) -> None:
    whole, folded = (shown(columns, "explain", code)[0] for columns in (None, 72))
    assert folded.split() == whole.split()
    examples = [line for line in whole.splitlines() if line.startswith("  ")]
    assert [line for line in folded.splitlines() if line.startswith("  ")] == examples
    assert all(len(line) < 72 for line in folded.splitlines() if line not in examples)
    headings = [line for line in whole.splitlines() if line in ("What it means", "What it does")]
    assert headings
    assert set(headings) <= set(folded.splitlines())


@pytest.mark.parametrize("columns", [100, 200])
def test_a_page_stays_as_it_is_written_where_it_has_room(columns: int) -> None:
    assert shown(columns, "explain", "KI101") == shown(None, "explain", "KI101")


def test_what_can_be_installed_stands_in_columns_that_fit() -> None:
    out, _ = shown(80, "install", "--list")
    assert max(map(len, out.splitlines())) < 80
    assert out.split() == shown(None, "install", "--list")[0].split()


def test_what_was_converted_is_told_on_lines_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE / "convert")
    words = ("convert", "-f", str(Path("seed")))
    _, err = shown(80, *words)
    assert max(map(len, err.splitlines())) < 80
    assert err.split() == shown(None, *words)[1].split()
    assert "Check  kubectl get ingressclass nginx    (" in err
