"""Start-up is a feature: what help and Tab import, read from sys.modules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.commands import COMMANDS, name_of

ROOT = Path(__file__).parents[2]
# click: typer has its own copy; the real one would be loaded beside it. msgspec is not here: what
# it takes to import, 6 ms, its records give back where a command has a dozen of them.
HEAVY = {
    "click",
    "cryptography",
    "dns",
    "httpcore",
    "httpx",
    "kubernetes",
    "pydantic",
    "rich",
    "ruamel",
    "tabulate",
    "urllib3",
    "yaml",
}
_REPORT = """
import json, sys
from kubectl_ingress import __main__
sys.argv[:] = json.loads(sys.argv[1])
try:
    __main__.run()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def heavy_imports(program: str, words: Sequence[str], kubeconfig: str = "/nowhere") -> set[str]:
    """Which heavy libraries one run of the program has loaded."""
    ran = subprocess.run(
        [sys.executable, "-c", _REPORT, json.dumps([program, *words])],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "KUBECONFIG": kubeconfig},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout
    modules = json.loads(ran.stderr.splitlines()[-1])
    assert "kubectl_ingress.cli" in modules
    return {module.partition(".")[0] for module in modules} & HEAVY


def test_help_of_the_program() -> None:
    assert heavy_imports("kubectl-ingress", ["--help"]) == set()


@pytest.mark.parametrize("words", COMMANDS, ids=name_of)
def test_help_of_every_command(words: tuple[str, ...]) -> None:
    assert heavy_imports("kubectl-ingress", [*words, "--help"]) == set()


@pytest.mark.parametrize(
    "words",
    [
        [""],
        ["te"],
        ["test", "--"],
        ["test", "--context", "x", "-n", "y", "--"],
        ["install", "--provider", ""],
        ["install", "--dry-run", ""],
        ["convert", "-f", ""],
    ],
    ids=" ".join,
)
def test_tab(words: list[str]) -> None:
    assert heavy_imports("kubectl_complete-ingress", words) == set()


def test_contexts_need_yaml_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("contexts: [{name: a}]")
    words = ["test", "--context", ""]
    assert heavy_imports("kubectl_complete-ingress", words, str(path)) == {"yaml"}


def test_a_name_in_the_cluster_loads_what_asks_it_and_not_the_client() -> None:
    # And so this way of looking sees it.
    found = heavy_imports("kubectl_complete-ingress", ["patch-host", ""])
    assert found == {"urllib3", "yaml"}
