"""Texts that are derived from the code say what the code says."""

import re
from pathlib import Path

from kubectl_ingress import registry
from kubectl_ingress.core.codes import CODES
from kubectl_ingress.errors import ExitStatus
from kubectl_ingress.lint.engine import all_rules
from tests.live import fault_table
from tests.live.fault_kinds import FAULTS

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"KI\d{3}")


def test_every_code_is_listed_where_it_is_explained() -> None:
    rows = dict(re.findall(r"^\| (KI\d{3}) \| (.*) \|$", (ROOT / "docs/json.md").read_text(), re.M))
    assert rows == CODES


def test_every_code_that_the_program_says_is_in_the_table() -> None:
    used = {
        code
        for file in (ROOT / "kubectl_ingress").rglob("*.py")
        for code in CODE.findall(file.read_text())
    }
    assert used - set(CODES) == set()


def test_the_readme_lists_every_command_and_exit_status() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in registry.names("commands"):
        assert f"kubectl ingress {name}" in readme
    for status in ExitStatus:
        assert f"| {int(status)} |" in readme


def test_the_table_of_faults_is_whole_and_in_its_readme() -> None:
    cells = fault_table.expected()
    assert set(cells) == {(c, f) for c in fault_table.COMMANDS for f in FAULTS}
    assert set(cells.values()) <= {*fault_table.TRIED, fault_table.NOT_TRIED, fault_table.NOTHING}
    # Written anew by: python -m tests.live.fault_table
    assert fault_table.README.read_text() == fault_table.readme()


def test_the_table_of_failures_has_every_row_with_codes_and_tests_that_exist() -> None:
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", (ROOT / "docs/failures.md").read_text(), re.M)
    assert [int(number) for number, _ in rows] == list(range(53))
    for number, text in rows:
        *_, lint, others, produced = (cell.strip() for cell in text.split("|"))
        assert set(CODE.findall(text)) <= set(CODES), number
        assert CODE.search(lint + others), number
        tests = re.findall(r"`(test_\w+)::(test_\w+)`", produced)
        for module, name in tests:
            source = (ROOT / "tests/scenarios" / f"{module}.py").read_text()
            assert f"def {name}(" in source, f"{number}: {module}::{name}"
        assert tests or produced.startswith("not here: "), number


def test_the_tests_that_the_table_of_test_names_exist() -> None:
    table = fault_table.README.read_text().partition("line by line")[2]
    sources: dict[str, str] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        sources[path.stem] = sources.get(path.stem, "") + path.read_text()
    named = re.findall(r"`(test_\w+)(?:::(test_\w+))?`", table)
    assert named
    for module, name in named:
        assert module in sources, module
        assert not name or f"def {name}(" in sources[module], f"{module}::{name}"


def test_codes_in_the_lint_column_are_those_of_rules() -> None:
    rows = re.findall(r"^\| \d+ \|(.*)\|$", (ROOT / "docs/failures.md").read_text(), re.M)
    lint = {code for text in rows for code in CODE.findall(text.split("|")[2])}
    assert lint <= {rule.CODE for rule in all_rules()}
