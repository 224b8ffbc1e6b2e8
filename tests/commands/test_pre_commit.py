"""The hooks of .pre-commit-hooks.yaml, run as pre-commit runs them.

The real pre-commit ran both once (version 4, from a clone of this repository); it wants a package
index for the environment that it makes, so that here its way of starting a hook is played: the
entry's words, then the arguments, in the root of the repository that is checked.
"""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_ingress import registry
from tests.running import Ran, run

ROOT = Path(__file__).parents[2]
HOOKS: dict[str, Any] = {
    one["id"]: one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
}


@pytest.fixture(autouse=True)
def in_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "manifests").mkdir()
    shutil.copy(ROOT / "tests/golden/lint/shop.yaml", tmp_path / "manifests")
    monkeypatch.chdir(tmp_path)


def hooked(name: str, *args: str) -> Ran:
    hook = HOOKS[name]
    program, *words = shlex.split(hook["entry"])
    assert program == "kubectl-ingress"
    return run([*words, *(args or hook["args"])])


def test_the_definitions() -> None:
    """The keys of pre-commit's manifest (https://pre-commit.com/#new-hooks)."""
    assert sorted(HOOKS) == ["kubectl-ingress-fix", "kubectl-ingress-lint"]
    for hook in HOOKS.values():
        assert {"id", "name", "entry", "language"} <= set(hook)
        assert hook["language"] == "python"
        assert hook["pass_filenames"] is False
        assert shlex.split(hook["entry"])[1] in registry.names("commands")
    scripts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'kubectl-ingress = "kubectl_ingress.__main__:run"' in scripts


@pytest.mark.parametrize("args", [(), ("manifests/",), ("manifests/", "--level", "error")])
def test_lint_fails_and_changes_nothing(args: tuple[str, ...]) -> None:
    before = Path("manifests/shop.yaml").read_bytes()
    ran = hooked("kubectl-ingress-lint", *args)
    assert ran.status == 1
    assert "KI501" in ran.stdout
    assert Path("manifests/shop.yaml").read_bytes() == before


def test_fix_changes_files_once() -> None:
    assert hooked("kubectl-ingress-fix").status == 1
    once = Path("manifests/shop.yaml").read_bytes()
    assert b"proxy-body-size" in once
    assert hooked("kubectl-ingress-fix").status == 1
    assert Path("manifests/shop.yaml").read_bytes() == once


def test_a_clean_repository_passes() -> None:
    Path("manifests/shop.yaml").write_text(
        (ROOT / "tests/golden/scaffold/seed.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    assert hooked("kubectl-ingress-lint").status == 0
    assert hooked("kubectl-ingress-fix").status == 0
