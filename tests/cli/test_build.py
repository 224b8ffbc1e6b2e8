"""Only the command that was asked for is built; the rest of the line does not notice."""

from contextlib import redirect_stdout
from io import StringIO

import pytest
from typer.main import get_command

from kubectl_ingress import cli, registry
from kubectl_ingress.completion.grammar import read_grammar
from tests.cli.commands import ROOT
from tests.running import run


@pytest.mark.parametrize("name", registry.names("commands"))
def test_one_command(name: str) -> None:
    built = read_grammar(cli.build(name))
    assert built.commands == {name: ROOT.commands[name]}
    assert built.options == ROOT.options


@pytest.mark.parametrize("word", ["", "tset", "--help", "/x"])
def test_names_and_summaries(word: str) -> None:
    built = read_grammar(cli.build(word))
    assert built.options == ROOT.options
    assert {name: command.help for name, command in built.commands.items()} == {
        name: command.help for name, command in ROOT.commands.items()
    }


@pytest.mark.parametrize("word", [None, "--"])
def test_all_in_full(word: str | None) -> None:
    assert read_grammar(cli.build(word)) == ROOT
    assert set(ROOT.commands) == set(registry.names("commands"))


def test_help_is_the_same() -> None:
    summaries, full = StringIO(), StringIO()
    for word, stream in (("--help", summaries), (None, full)):
        with redirect_stdout(stream):
            get_command(cli.build(word)).main(["--help"], "x", standalone_mode=False)
    assert summaries.getvalue() == full.getvalue()


def test_a_command_after_two_dashes() -> None:
    ran = run(["--", "test", "no-path"])
    assert ran.status == 2
    assert "no-path" in ran.stderr
