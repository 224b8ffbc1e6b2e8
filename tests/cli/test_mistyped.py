"""Words that make no command line: what is said of them, and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import COMMANDS, name_of
from tests.running import run

WITH_FILES = {words: command for words, command in COMMANDS.items() if command.option("-f")}


@pytest.mark.parametrize(
    ("words", "sentence", "step"),
    [
        (["tset"], "No such command 'tset'. Did you mean test?", "kubectl ingress --help"),
        (["nonsense"], "No such command 'nonsense'.", "kubectl ingress --help"),
        (["--tset"], "No such option: --tset", "kubectl ingress --help"),
        (["test", "--tset"], "No such option: --tset", "kubectl ingress test --help"),
        (["completion", "x"], "No such command 'x'.", "kubectl ingress completion --help"),
        (["patch-host"], "Missing argument 'INGRESS'.", "kubectl ingress patch-host --help"),
        (["test", "/", "-n"], "Option '-n' requires an argument.", "kubectl ingress test --help"),
        # kubectl has these two.
        (["version"], "No such command 'version'.", "kubectl ingress --version"),
        (["help"], "No such command 'help'.", "kubectl ingress --help"),
        (["help", "test"], "No such command 'help'.", "kubectl ingress test --help"),
        (["help", "tset"], "No such command 'help'.", "kubectl ingress --help"),
        # Only what is near is suggested.
        (["list", "--json"], "No such option: --json", "kubectl ingress list --help"),
        (["install", "--set", "x"], "No such option: --set", "kubectl ingress install --help"),
        (
            ["list", "--namspace", "x"],
            "No such option: --namspace. Did you mean --namespace or --all-namespaces?",
            "kubectl ingress list --help",
        ),
        (["certs"], "No such command 'certs'.", "kubectl ingress --help"),
        (["patch"], "No such command 'patch'. Did you mean patch-host?", "kubectl ingress --help"),
        (["completion", "x", "y"], "No such command 'x'.", "kubectl ingress completion --help"),
        (["status", "x"], "unexpected extra argument: x", "kubectl ingress status --help"),
        (
            ["list", "--username", "x"],
            "kubectl's --username is not taken here",
            "kubectl ingress options",
        ),
        (
            ["list", "--v", "9"],
            "No such option: --v. Did you mean -v?",
            "kubectl ingress list --help",
        ),
    ],
)
def test_mistyped(words: list[str], sentence: str, step: str) -> None:
    ran = run(words)
    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr == f"error: {sentence}\n       {step}\n"


def test_a_value_of_the_wrong_kind() -> None:
    ran = run(["test", "/", "--count", "x"])
    assert (ran.status, ran.stdout) == (2, "")
    first, step = ran.stderr.splitlines()
    assert "--count" in first
    assert step.strip() == "kubectl ingress test --help"


def test_an_escape_in_a_mistyped_word_is_shown_not_sent() -> None:
    ran = run(["\x1b[31mred"])
    assert ran.status == 2
    assert "\x1b" not in ran.stderr


@pytest.mark.parametrize(
    ("words", "step"),
    [
        (["-n", "shop", "status"], "kubectl ingress status -n shop"),
        (["-n", "test", "list", "-A"], "kubectl ingress list -n test -A"),
        (["-nshop", "test", "/a b"], "kubectl ingress test -nshop '/a b'"),
        (["--context=c", "lint", "--fix"], "kubectl ingress lint --context=c --fix"),
        (["-f", "a.yaml", "lint"], "kubectl ingress lint -f a.yaml"),
        (["-n", "x", "--token", "secret", "list"], "kubectl ingress list --help"),
    ],
)
def test_flags_before_the_command(words: list[str], step: str) -> None:
    ran = run(words)
    assert (ran.status, ran.stdout) == (2, "")
    flag = words[0].partition("=")[0] if words[0].startswith("--") else words[0][:2]
    sentence = f"{flag} stands before the command; flags come after it"
    assert ran.stderr == f"error: {sentence}\n       {step}\n"


@pytest.mark.parametrize("words", [["-n", "shop"], ["-n", "list"], ["--fix", "status"]])
def test_flags_that_belong_to_no_command(words: list[str]) -> None:
    ran = run(words)
    assert ran.stderr == f"error: No such option: {words[0]}\n       kubectl ingress --help\n"


@pytest.mark.parametrize("words", WITH_FILES, ids=name_of)
def test_a_file_without_its_flag(words: tuple[str, ...]) -> None:
    route = ["/x"] if words[0] in ("test", "trace") else []
    ran = run([*words, *route, "shop.yaml"])
    assert (ran.status, ran.stdout) == (2, "")
    assert "shop.yaml" in ran.stderr
    assert "files come after -f" in ran.stderr


def test_the_commands_with_files() -> None:
    assert {words[0] for words in WITH_FILES} >= {"convert", "lint", "list", "test", "trace"}


def test_files_without_their_flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("manifests").mkdir()
    for typed, step in (
        (["lint", "manifests"], "lint -f manifests"),
        (["lint", "no-such-file"], "lint --help"),
        (["convert", "-f", "a.yaml", "b.yaml"], "convert -f a.yaml -f b.yaml"),
        (["trace", "/x", "a b.yaml"], "trace /x -f 'a b.yaml'"),
        (["lint", "-f", "a.yaml", *(f"{n}.yaml" for n in range(9))], "lint -f DIRECTORY"),
    ):
        assert run(typed).stderr.splitlines()[1].strip() == f"kubectl ingress {step}"
