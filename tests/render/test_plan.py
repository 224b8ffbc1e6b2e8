"""Lines of a plan: folded, and a command that somebody will copy left whole."""

from __future__ import annotations

import pytest

from kubectl_ingress.render.plan import show_facts, show_warning
from tests.terminals import Terminal

COMMAND = "kubectl ingress install --list"


@pytest.mark.parametrize("columns", range(45, 120))
def test_the_command_at_the_end_is_on_one_line(columns: int) -> None:
    stream = Terminal(columns)
    text = f"ingress-nginx was retired in March 2026. Living controllers: {COMMAND}"
    show_warning(stream, "KI701", text)
    lines = stream.getvalue().splitlines()
    assert lines[-1].endswith(COMMAND)
    assert max(map(len, lines)) < columns
    assert " ".join(stream.getvalue().split()) == f"! KI701 {text}"


def test_one_that_is_too_long_is_folded_at_its_words() -> None:
    stream = Terminal(60)
    command = "kubectl ingress scaffold NAME --controller haproxytech --host HOST --apply"
    show_facts(stream, [("Next", command)])
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) < 60
    assert " ".join(stream.getvalue().split()) == f"Next {command}"
