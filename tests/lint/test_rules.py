"""Every rule on its own files: ``# fire`` stands on each line that a finding has to name."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from kubectl_ingress.controllers._profile import Meant, Told
from kubectl_ingress.core.codes import CODES
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.report import LEVELS
from kubectl_ingress.lint.engine import Rule, all_rules
from kubectl_ingress.lint.manual import SECTIONS, page_of_rule
from kubectl_ingress.lint.subject import Routes, Subject
from kubectl_ingress.linting import compiled_by_files, compiled_live
from kubectl_ingress.livechoice import live_tables
from kubectl_ingress.ports.manifests import read_what_can_be
from kubectl_ingress.ports.places import Places
from kubectl_ingress.routing import snapshot_of_files
from tests.lint.watching import Watching

HERE = Path(__file__).parent
NOW = datetime(2026, 6, 1, tzinfo=UTC)
RULES = {rule.NAME: rule for rule in all_rules()}
FILES = sorted(HERE.glob("*/*.yaml"))
# What only a cluster that refuses something tells: test_lint_command.
WITHOUT_FILES = {"not-readable"}
MARK = "# fire"


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def subject_of(path: Path) -> Subject:
    """As lint makes it of a file, or where its name has "live" of a cluster with these objects."""
    text = path.read_text(encoding="utf-8")
    if "-live-" in path.name:
        items = read_what_can_be([str(path)], io.StringIO()).objects
        snapshot = parse_snapshot(items)
        compiled = tuple(compiled_live(one, snapshot) for one in live_tables(snapshot))
        return Subject(snapshot, Routes(compiled, snapshot), NOW)
    said = dict(re.findall(r"^# (controller|flag): (\S+)$", text, re.M))
    flags = (said["flag"],) if "flag" in said else ()
    meant = Meant(said.get("controller", ""), told=Told(flags))
    snapshot = snapshot_of_files([str(path)], io.StringIO())
    compiled = tuple(compiled_by_files(snapshot, meant))
    return Subject(snapshot, Routes(compiled, snapshot), NOW)


def found_in(path: Path) -> list[Finding]:
    return list(dict.fromkeys(RULES[path.parent.name].check(subject_of(path))))


@pytest.mark.parametrize("path", [p for p in FILES if p.name.startswith("fire")], ids=name_of)
def test_fires_on_the_marked_lines(path: Path) -> None:
    rule, found = RULES[path.parent.name], found_in(path)
    assert found
    for finding in found:
        assert finding.code == rule.CODE
        assert finding.message
        assert LEVELS.index(finding.level) >= LEVELS.index(rule.LEVEL)
    if "-live-" in path.name:
        return
    places = Places(io.StringIO)
    lines = path.read_text(encoding="utf-8").split("\n")
    marked = {number for number, line in enumerate(lines, 1) if line.endswith(MARK)}
    told = {(places.place_of(one.origin, one.field) or (0, 0))[0] for one in found}
    assert told == marked, [one.message for one in found]


@pytest.mark.parametrize("path", [p for p in FILES if p.name.startswith("dont")], ids=name_of)
def test_does_not_fire(path: Path) -> None:
    assert [one.message for one in found_in(path)] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_has_files_that_fire_and_files_that_do_not(rule: Rule) -> None:
    if rule.NAME not in WITHOUT_FILES:
        names = [path.name for path in FILES if path.parent.name == rule.NAME]
        assert any(name.startswith("fire") for name in names)
        assert any(name.startswith("dont-fire") for name in names)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_reads_what_it_says(rule: Rule) -> None:
    """No kind that READS lacks, and none in READS that it never looks at."""
    seen: set[str] = set()
    paths = [path for path in FILES if path.parent.name == rule.NAME]
    for path in paths or FILES[:1]:
        watching = Watching(subject_of(path))
        list(rule.check(cast(Subject, watching)))
        seen |= watching.seen
    assert sorted(seen) == sorted(rule.READS)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_has_a_page_and_a_permanent_code(rule: Rule) -> None:
    text = page_of_rule(rule).text
    lines = text.split("\n")
    assert [line for line in lines if line in SECTIONS] == list(SECTIONS)
    assert lines[0].endswith(".")
    assert rule.CODE in CODES
    assert rule.LEVEL in LEVELS
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", rule.NAME)


def test_one_code_one_rule() -> None:
    codes = [rule.CODE for rule in RULES.values()]
    assert len(codes) == len(set(codes)) == len(all_rules())


def test_every_folder_is_a_rule() -> None:
    assert {path.parent.name for path in FILES} == set(RULES) - WITHOUT_FILES
