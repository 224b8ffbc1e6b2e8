"""Both ways of saying "not this one", for the findings of every rule."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_ingress.controllers._profile import Meant, Told
from kubectl_ingress.core.report import Found
from kubectl_ingress.lint.engine import IGNORE, Rule, all_rules
from kubectl_ingress.linting import Files, Wanted, look_at
from kubectl_ingress.ports.manifests import read_what_can_be
from tests.lint.test_rules import FILES, RULES, name_of
from tests.running import run

FIRING = [one for one in FILES if one.name.startswith("fire") and "-live-" not in one.name]
# About the text of a file, in which no object is known.
OF_NO_OBJECT = {"unreadable"}
# About what is no longer there where the objects are written anew.
OF_TEXT = {"defined-twice/fire-key"}


def found_in(path: Path, headed: str) -> list[Found]:
    """What lint tells of a file, by the controller and flags that the rule's own file names."""
    said = dict(re.findall(r"^# (controller|flag): (\S+)$", headed, re.M))
    flags = (said["flag"],) if "flag" in said else ()
    meant = Meant(said.get("controller", ""), told=Told(flags))
    files = Files([str(path)], io.StringIO, "default", False, meant, all_rules(), Wanted())
    return list(look_at(files).report.found)


def of(rule: Rule, found: list[Found]) -> list[Found]:
    return [one for one in found if one.rule == rule.NAME]


@pytest.mark.parametrize("file", FIRING, ids=name_of)
def test_a_comment_on_the_line(file: Path, tmp_path: Path) -> None:
    rule, text = RULES[file.parent.name], file.read_text(encoding="utf-8")
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    before = of(rule, found_in(path, text))
    assert before
    lines = text.split("\n")
    for line in {one.place[0] for one in before if one.place}:
        lines[line - 1] = f"{lines[line - 1]}  # kubectl-ingress:ignore {rule.CODE} known"
    path.write_text("\n".join(lines), encoding="utf-8")
    after = found_in(path, text)
    assert of(rule, after) == [one for one in before if one.place is None]
    assert [one for one in after if one.finding.code == "KI907"] == []


@pytest.mark.parametrize(
    "file",
    [f for f in FIRING if f.parent.name not in OF_NO_OBJECT and name_of(f) not in OF_TEXT],
    ids=name_of,
)
@pytest.mark.parametrize("by", ["code", "name"])
def test_an_annotation_of_the_object(file: Path, by: str, tmp_path: Path) -> None:
    rule, text = RULES[file.parent.name], file.read_text(encoding="utf-8")
    path = tmp_path / "x.yaml"
    objects = [one for one, _ in read_what_can_be([str(file)], io.StringIO()).objects]
    path.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    before = of(rule, found_in(path, text))
    assert before
    about = {one.finding.object for one in before}
    for one in objects:
        if any(_is_about(one, named) for named in about):
            words = f"{rule.CODE if by == 'code' else rule.NAME} because; KI999 never"
            meta = one["metadata"]
            meta["annotations"] = {**(meta.get("annotations") or {}), IGNORE: words}
    path.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    assert of(rule, found_in(path, text)) == []


def test_an_annotation_of_an_object_with_a_key_that_stands_twice(tmp_path: Path) -> None:
    file = next(one for one in FIRING if name_of(one) in OF_TEXT)
    text, path = file.read_text(encoding="utf-8"), tmp_path / "x.yaml"
    quiet = f'  name: web\n  annotations: {{{IGNORE}: "KI903 meant"}}\n'
    path.write_text(text.replace("  name: web\n", quiet, 1), encoding="utf-8")
    assert of(RULES["defined-twice"], found_in(file, text)) != []
    assert of(RULES["defined-twice"], found_in(path, text)) == []


def _is_about(one: dict[str, Any], named: str) -> bool:
    kind, _, key = named.partition(" ")
    return one["kind"] == kind and key.rpartition("/")[2] == one["metadata"].get("name")


TWO = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    kubectl-ingress/ignore: "KI403 ours, KI406: theirs; KI201"
    nginx.ingress.kubernetes.io/rewrite-taget: /
    nginx.org/rewrites: x
spec:
  ingressClassName: nginx
  rules:
  - host: a.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""


def codes(text: str) -> list[str]:
    ran = run(["lint", "-f", "-", "-o", "json"], stdin=text)
    return [one["code"] for one in yaml.safe_load(ran.stdout)["findings"]]


def test_several_codes_in_one_annotation() -> None:
    assert codes(TWO.replace("KI403 ours, KI406: theirs; KI201", "KI403 ours; KI406 theirs")) == []
    assert codes(TWO.replace("KI403 ours, KI406: theirs; KI201", "KI403, KI406 ours")) == []
    assert codes(TWO.replace("KI403 ours, KI406: theirs; KI201", "KI403 ours")) == ["KI406"]


def test_an_unknown_code_beside_a_known_one_is_said() -> None:
    text = TWO.replace("KI403 ours, KI406: theirs; KI201", "KI403; KI406; KI994 misspelt")
    ran = run(["lint", "-f", "-"], stdin=text)
    assert "KI907" in ran.stdout
    assert "KI994 is no code" in ran.stdout
