"""completions/ holds what the command prints."""

import pytest

from kubectl_ingress.completion.scripts import FILE_NAMES, SCRIPTS
from tests.completion.programs import ROOT
from tests.running import run

UPDATE = "kubectl-ingress completion {} > completions/{}"


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_committed_file_is_what_the_command_prints(shell: str) -> None:
    ran = run(["completion", shell])
    committed = (ROOT / "completions" / FILE_NAMES[shell]).read_text()
    assert (ran.status, ran.stderr) == (0, "")
    assert committed == ran.stdout, UPDATE.format(shell, FILE_NAMES[shell])


def test_there_is_no_other_file() -> None:
    assert {path.name for path in (ROOT / "completions").iterdir()} == set(FILE_NAMES.values())
