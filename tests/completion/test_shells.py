"""The scripts in the shells themselves: what a Tab makes of the line.

PowerShell's script is not run anywhere here: there is no PowerShell for the
machines these tests run on. Only that its file is what the command prints is
tested.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.completion.programs import ARN, ROOT, Programs, make_programs
from tests.completion.terminal import SECONDS, Terminal, needs

COMPLETIONS = ROOT / "completions"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    folder = tmp_path_factory.mktemp("home")
    made = make_programs(folder)
    (folder / "work").mkdir()
    (folder / "work" / "config-file").touch()
    return made


# Calls the function as readline does; compopt works only inside a completion.
_BASH = """
source "$1"
compopt() { printf 'compopt %s\\n' "$*"; }
COMP_LINE=$2 COMP_POINT=$3
shift 3
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_kubectl_ingress
((${#COMPREPLY[@]})) && printf '%s\\n' "${COMPREPLY[@]}"
exit 0
"""


def in_bash(programs: Programs, words: Sequence[str], line: str = "", point: int = -1) -> list[str]:
    """What COMPREPLY holds; `words` as readline splits them, the last being completed."""
    line = line or " ".join(words)
    point = len(line) if point < 0 else point
    script = str(COMPLETIONS / "kubectl-ingress.bash")
    arguments = [script, line, str(point), *words]
    ran = subprocess.run(
        ["bash", "--norc", "-c", _BASH, "bash", *arguments],
        env=programs.variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout.splitlines()


NAME = "kubectl-ingress"


@needs("bash")
class TestBash:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ((NAME, "te"), ["test"]),
            ((NAME, "test", "--count", "3", "--cl"), ["--class"]),
            ((NAME, "install", "--dry-run", "c"), ["client"]),
            ((NAME, "test", "--context", "st"), ["staging"]),
            ((NAME, "test", "/x", ""), []),
            ((NAME, "tset", ""), []),
        ],
    )
    def test_words(self, programs: Programs, words: Sequence[str], expected: list[str]) -> None:
        assert in_bash(programs, words) == expected

    def test_all_commands(self, programs: Programs) -> None:
        found = in_bash(programs, (NAME, ""))
        assert {"install", "test", "patch-host"} <= set(found)
        assert not any("\t" in value or ":" in value for value in found)

    @pytest.mark.parametrize(
        ("words", "line", "expected"),
        [
            ((NAME, "install", "--dry-run", "=", "c"), "--dry-run=c", ["client"]),
            ((NAME, "install", "--dry-run", "=", ""), "--dry-run=", ["none", "client", "server"]),
            ((NAME, "test", "--context", "arn", ":", "a"), "--context arn:a", [ARN[4:]]),
            (
                (NAME, "test", "--context", "=", "arn", ":", "aws", ":", ""),
                "--context=arn:aws:",
                [ARN[8:]],
            ),
        ],
    )
    def test_readline_splits_at_equals_and_colon(
        self, programs: Programs, words: Sequence[str], line: str, expected: list[str]
    ) -> None:
        assert in_bash(programs, words, f"{words[0]}  {words[1]} {line}") == expected

    def test_the_cursor_inside_a_word(self, programs: Programs) -> None:
        line = f"{NAME} texyz"
        assert in_bash(programs, (NAME, "texyz"), line, len(line) - 3) == ["test"]

    def test_files(self, programs: Programs) -> None:
        assert in_bash(programs, (NAME, "test", "--kubeconfig", "")) == ["compopt -o default"]

    def test_no_completer_on_path(self, programs: Programs, tmp_path: Path) -> None:
        without = Programs(tmp_path, {**programs.variables, "PATH": os.environ["PATH"]})
        assert in_bash(without, (NAME, "te")) == []


_SHOW = "kubectl-ingress() { local IFS='|'; printf '[[%s]]\\n' \"$*\"; }\n"


@pytest.fixture
def bash(programs: Programs, tmp_path: Path) -> Iterator[Terminal]:
    rc = tmp_path / "bashrc"
    rc.write_text(f"PS1='READY>'\nsource {COMPLETIONS}/kubectl-ingress.bash\n{_SHOW}")
    program = shutil.which("bash") or ""
    terminal = Terminal(
        [program, "--noprofile", "--rcfile", str(rc), "-i"],
        dict(programs.variables),
        programs.folder.parent / "work",
    )
    yield terminal
    terminal.close()


_SOURCED = f"autoload -Uz compinit && compinit -u -D\nsource {COMPLETIONS}/_kubectl-ingress\n"
_FROM_FPATH = f"fpath=({COMPLETIONS} $fpath)\nautoload -Uz compinit && compinit -u -D\n"


@pytest.fixture(params=[_SOURCED, _FROM_FPATH], ids=["sourced", "fpath"])
def zsh(request: pytest.FixtureRequest, programs: Programs, tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / ".zshrc").write_text(f"{request.param}{_SHOW}PS1='READY>'\n")
    terminal = Terminal(
        [shutil.which("zsh") or "", "-d", "-i"],
        {**programs.variables, "ZDOTDIR": str(tmp_path)},
        programs.folder.parent / "work",
    )
    yield terminal
    terminal.close()


TYPED = [
    ("te\t/x", ["test", "/x"]),
    ("test --clu\tx", ["test", "--cluster", "x"]),
    ("install --dry-run c\t", ["install", "--dry-run", "client"]),
    ("install --dry-run=c\t", ["install", "--dry-run=client"]),
    ("test --context arn:a\t/x", ["test", "--context", ARN, "/x"]),
    ("test --context=arn:a\t/x", ["test", f"--context={ARN}", "/x"]),
    ("test --kubeconfig con\t/x", ["test", "--kubeconfig", "config-file", "/x"]),
    ("test --kubeconfig=con\t/x", ["test", "--kubeconfig=config-file", "/x"]),
]


@needs("bash")
@pytest.mark.parametrize(("typed", "words"), TYPED)
def test_tab_in_bash(bash: Terminal, typed: str, words: list[str]) -> None:
    assert bash.words_after(f"kubectl-ingress {typed}") == words


@needs("zsh")
@pytest.mark.parametrize(("typed", "words"), TYPED)
def test_tab_in_zsh(zsh: Terminal, typed: str, words: list[str]) -> None:
    assert zsh.words_after(f"kubectl-ingress {typed}") == words


@needs("fish")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("te", ["test\tTest a route: send a request and say why it fails."]),
        ("install --dry-run c", ["client"]),
        ("install --dry-run=c", ["--dry-run=client"]),
        ("test --context arn:a", [ARN]),
        ("test --clu", ["--cluster\tCluster of the kubeconfig to use."]),
        ("test --kubeconfig con", ["config-file"]),
        ("test --kubeconfig=con", ["--kubeconfig=config-file"]),
        ("test /x ", []),
    ],
)
def test_fish(programs: Programs, typed: str, expected: list[str]) -> None:
    script = f"source {COMPLETIONS}/kubectl-ingress.fish; complete -C 'kubectl-ingress {typed}'"
    ran = subprocess.run(
        ["fish", "--no-config", "-c", script],
        env=programs.variables,
        cwd=programs.folder.parent / "work",
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == expected


@needs("fish")
def test_fish_after_the_programs_name_alone(programs: Programs) -> None:
    script = f"source {COMPLETIONS}/kubectl-ingress.fish; complete -C 'kubectl-ingress '"
    ran = subprocess.run(
        ["fish", "--no-config", "-c", script],
        env=programs.variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    values = {line.partition("\t")[0] for line in ran.stdout.splitlines()}
    assert {"install", "test", "completion"} <= values
