"""The completer as the real kubectl runs it: the program in $KUBECTL, else on PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.completion.programs import Programs, make_programs
from tests.completion.terminal import SECONDS, Terminal, needs

KUBECTL = shutil.which(os.environ.get("KUBECTL") or "kubectl")

pytestmark = pytest.mark.skipif(
    KUBECTL is None,
    reason="COMPLETION THROUGH KUBECTL WAS NOT TESTED: no kubectl on PATH, nor named by $KUBECTL",
)


def with_kubectl(folder: Path, plugin: str = "ingress") -> Programs:
    made = make_programs(folder, plugin)
    (made.folder / "kubectl").symlink_to(KUBECTL or "")
    return made


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return with_kubectl(tmp_path_factory.mktemp("kubectl"))


def completed(programs: Programs, *words: str) -> tuple[dict[str, str], str]:
    """What kubectl hands to the shell: values with descriptions, and the directive."""
    ran = subprocess.run(
        [programs.folder / "kubectl", "__complete", *words],
        env=programs.variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    *lines, directive = ran.stdout.splitlines()
    pairs = [line.partition("\t") for line in lines]
    return {value: text for value, _, text in pairs}, directive


def test_commands(programs: Programs) -> None:
    values, directive = completed(programs, "ingress", "")
    assert {"install", "scaffold", "test", "patch-host"} <= set(values)
    assert directive == ":4"


def test_a_command_by_its_prefix(programs: Programs) -> None:
    expected = {"test": "Test a route: send a request and say why it fails."}
    assert completed(programs, "ingress", "te") == (expected, ":4")


def test_options(programs: Programs) -> None:
    values, directive = completed(programs, "ingress", "test", "--")
    assert {"--count", "--expect-status", "--namespace"} <= set(values)
    assert directive == ":4"


def test_values(programs: Programs) -> None:
    assert completed(programs, "ingress", "install", "--dry-run=c") == ({"client": ""}, ":4")
    assert completed(programs, "ingress", "test", "--context", "st") == ({"staging": ""}, ":4")


def test_files(programs: Programs) -> None:
    assert completed(programs, "ingress", "test", "--kubeconfig", "") == ({}, ":0")


def test_the_name_that_krew_gives_the_plugin(tmp_path: Path) -> None:
    made = with_kubectl(tmp_path, "ingress_proof")
    assert "test" in completed(made, "ingress-proof", "te")[0]


def test_what_install_puts_on_path_is_found(tmp_path: Path) -> None:
    made = with_kubectl(tmp_path)
    (made.folder / "kubectl_complete-ingress").unlink()
    assert completed(made, "ingress", "te")[0] == {}
    subprocess.run(
        [made.folder / "kubectl", "ingress", "completion", "install"],
        env=made.variables,
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
    assert "test" in completed(made, "ingress", "te")[0]


TYPED = [
    ("te\t/x", ["ingress", "test", "/x"]),
    ("install --dry-run=c\t", ["ingress", "install", "--dry-run=client"]),
    ("test --context sta\t/x", ["ingress", "test", "--context", "staging", "/x"]),
]


@needs("zsh")
@pytest.mark.parametrize(("typed", "words"), TYPED)
def test_tab_after_kubectl_in_zsh(
    programs: Programs, tmp_path: Path, typed: str, words: list[str]
) -> None:
    (tmp_path / ".zshrc").write_text(
        "autoload -Uz compinit && compinit -u -D\n"
        "source <(command kubectl completion zsh)\n"
        "kubectl() {\n"
        '  [[ $1 == __complete ]] && { command kubectl "$@"; return; }\n'
        "  local IFS='|'; printf '[[%s]]\\n' \"$*\"\n"
        "}\n"
        "PS1='READY>'\n"
    )
    terminal = Terminal(
        [shutil.which("zsh") or "", "-d", "-i"],
        {**programs.variables, "ZDOTDIR": str(tmp_path)},
        tmp_path,
    )
    try:
        assert terminal.words_after(f"kubectl ingress {typed}") == words
    finally:
        terminal.close()


@needs("fish")
def test_kubectl_in_fish(programs: Programs) -> None:
    script = "kubectl completion fish | source; complete -C 'kubectl ingress install --dry-run=c'"
    ran = subprocess.run(
        ["fish", "--no-config", "-c", script],
        env=programs.variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert ran.stdout.splitlines() == ["--dry-run=client"]
