"""What every command tells about itself, and what becomes of a mistyped one."""

from __future__ import annotations

import ast
import io
import itertools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest

import kubectl_ingress.commands
from kubectl_ingress import registry
from kubectl_ingress.__main__ import main
from kubectl_ingress.completion.grammar import Command
from kubectl_ingress.completion.line import read_line
from kubectl_ingress.connection import FLAGS, ClusterOptions, Flag
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import KubeconfigError
from tests.cli.commands import COMMANDS, ROOT, name_of
from tests.running import Ran
from tests.running import run as run_with_fakes


def run(words: Sequence[str]) -> Ran:
    """Of help, typer writes to the process's own streams."""
    with redirect_stdout(io.StringIO()) as stdout:
        ran = run_with_fakes(words)
    return replace(ran, stdout=ran.stdout + stdout.getvalue())


# Examples are indented; prose is not so far.
EXAMPLE = r"(?m)^ {4,}.*\bkubectl[ -]ingress ([^|>)\n]*)"
LEAVES = {words: command for words, command in COMMANDS.items() if not command.commands}


@pytest.mark.parametrize("words", COMMANDS, ids=name_of)
def test_help_has_an_example(words: tuple[str, ...]) -> None:
    ran = run([*words, "--help"])
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"Usage: kubectl ingress {' '.join(words)} ")
    examples = examples_in(ran.stdout)
    assert examples, "its docstring needs a paragraph that begins with Example: or Examples:"
    assert any(f"ingress {' '.join(words)}" in line for line in examples)


def examples_in(text: str) -> list[str]:
    """The lines of the paragraph that begins so."""
    _, _, rest = text.partition("\n  Example")
    return rest.partition("\n\n")[0].splitlines()[1:]


@pytest.mark.parametrize("words", [(), *COMMANDS], ids=name_of)
def test_an_example_and_what_a_command_does_fit_into_80_columns(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = run([*words, "--help"]).stdout
    typed = re.findall(r"(?m)^ {4,}.*\bkubectl[ -]ingress .*", text)
    assert [line for line in typed if len(line) > 80] == []
    listed = text.partition("\nCommands:\n")[2].splitlines()
    assert [line for line in listed if line.endswith("...")] == []


@pytest.mark.parametrize("words", [(), *COMMANDS], ids=name_of)
def test_examples_use_what_there_is(words: tuple[str, ...]) -> None:
    for example in re.findall(EXAMPLE, run([*words, "--help"]).stdout):
        typed = shlex.split(example)
        line = read_line(ROOT, [*typed, ""])
        assert line.command is not None, example
        # What follows -- is another program's.
        for word in itertools.takewhile(lambda word: word != "--", typed):
            name = word.partition("=")[0]
            if name.startswith("--") or re.fullmatch("-[A-Za-z]", name):
                assert line.command.option(name), f"{name} in: {example}"


@pytest.mark.parametrize("words", COMMANDS, ids=name_of)
def test_every_flag_explains_itself(words: tuple[str, ...]) -> None:
    text = run([*words, "--help"]).stdout
    for option in COMMANDS[words].options:
        # A list of all values, as in none|client|server, says enough.
        assert option.help, f"{option.names} has no help"
        if not option.hidden:
            assert option.names[-1] in text or option.names[0] in text


@pytest.mark.parametrize("words", COMMANDS, ids=name_of)
def test_short_help_is_one_line_that_ends(words: tuple[str, ...]) -> None:
    summary = COMMANDS[words].help
    assert summary.endswith(".")
    assert not summary.endswith("...")
    assert "\n" not in summary


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_of_the_program_names_every_command(flag: str) -> None:
    ran = run([flag])
    assert (ran.status, ran.stderr) == (0, "")
    for name in registry.names("commands"):
        assert f"\n  {name} " in ran.stdout


def test_no_command_at_all() -> None:
    ran = run([])
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout.rstrip("\n") == run(["--help"]).stdout.rstrip("\n")


def test_a_group_without_a_command() -> None:
    ran = run(["completion"])
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Usage: kubectl ingress completion ")


def test_version() -> None:
    ran = run(["--version"])
    assert (ran.status, ran.stdout) == (0, f"kubectl-ingress {kubectl_ingress.__version__}\n")


def talks_to_the_cluster(name: str) -> bool:
    """Whether the command's module says how to reach a cluster, or calls ``….cluster(…)``."""
    folder = Path(kubectl_ingress.commands.__path__[0])
    tree = ast.parse((folder / f"{name.replace('-', '_')}.py").read_text())
    return any(
        (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "cluster"
        )
        or (isinstance(node, ast.arg) and ast.unparse(node.annotation or node) == "ClusterOptions")
        for node in ast.walk(tree)
    )


CLUSTER_COMMANDS = {
    words: command for words, command in LEAVES.items() if talks_to_the_cluster(words[0])
}


def test_the_commands_that_talk_to_the_cluster() -> None:
    names = {words[0] for words in CLUSTER_COMMANDS}
    assert {"install", "scaffold", "address", "patch-host", "test"} <= names
    assert not {"options", "completion", "convert"} & names


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.field)
@pytest.mark.parametrize("words", CLUSTER_COMMANDS, ids=name_of)
def test_every_connection_flag_after_every_such_command(words: tuple[str, ...], flag: Flag) -> None:
    for name in flag.names:
        typed = [name] if flag.type is bool else [name, "x"]
        # All words are read before --help is acted upon.
        ran = run([*words, *typed, "--help"])
        assert (ran.status, ran.stderr) == (0, "")


def test_connection_flags_reach_the_cluster() -> None:
    seen: list[ClusterOptions] = []

    def make_cluster(environment: Environment, options: ClusterOptions) -> object:
        seen.append(options)
        raise KubeconfigError("seen enough")

    words = ["address"]
    expected: dict[str, object] = {}
    for flag in FLAGS:
        words.append(flag.names[-1])
        if flag.type is bool:
            expected[flag.field] = True
        else:
            words.append(f"the-{flag.field}")
            value = f"the-{flag.field}"
            expected[flag.field] = value if flag.type is str else (value,)
    environment = Environment(
        stdout=io.StringIO(),
        stderr=io.StringIO(),
        variables={},
        make_cluster=make_cluster,  # type: ignore[arg-type]  # raises
    )
    assert main(words, environment) == 2
    assert seen == [ClusterOptions(**expected)]  # type: ignore[arg-type]


def test_options_lists_every_connection_flag() -> None:
    text = run(["options"]).stdout
    for flag in FLAGS:
        assert ", ".join(flag.names) in text
        assert flag.help in text


def test_no_option_is_declared_twice() -> None:
    def check(command: Command) -> None:
        names = [name for option in command.options for name in option.names]
        assert len(names) == len(set(names))

    for command in (ROOT, *COMMANDS.values()):
        check(command)


def test_a_stream_without_our_marks_is_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kubectl_ingress", "install", "--provider=aws", "--dry-run=client"],
        env={"PYTHONIOENCODING": "ascii", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("columns", [60, 80, 100])
@pytest.mark.parametrize("words", COMMANDS, ids=name_of)
def test_a_default_stands_in_one_line(
    words: tuple[str, ...], columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = run([*words, "--help"]).stdout
    assert text.count("[default: ") == len(re.findall(r"\[default: [^]\n]+\]", text))
    assert not re.search(r"\w-$", text.partition("\nOptions:")[2], re.MULTILINE)
    assert text == text.replace("\N{NO-BREAK SPACE}", "").replace("\N{NON-BREAKING HYPHEN}", "")


@pytest.mark.parametrize("words", COMMANDS, ids=name_of)
def test_a_value_has_a_name_of_ours(words: tuple[str, ...]) -> None:
    assert not re.search("<(str|text|int|float)>", run([*words, "--help"]).stdout)


def test_the_command_of_lab_run_is_in_its_usage() -> None:
    first, *_ = run(["lab", "run", "--help"]).stdout.splitlines()
    assert first == "Usage: kubectl ingress lab run [OPTIONS] -- COMMAND [ARGUMENT]..."
