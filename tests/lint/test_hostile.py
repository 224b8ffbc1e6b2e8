"""Objects that nobody would write: every rule says what it can, and none raises."""

from __future__ import annotations

import copy
import io
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from kubectl_ingress.controllers._profile import Meant
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.report import LEVELS
from kubectl_ingress.lint.engine import Looking, all_rules, lint
from kubectl_ingress.lint.subject import Routes, Subject
from kubectl_ingress.linting import compiled_by_files
from kubectl_ingress.ports.manifests import read_what_can_be
from tests.lint.test_rules import FILES

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STRANGE: tuple[Any, ...] = (
    None, True, 0, -1, 2**70, 1.5, "", " ", "/", "//", "*", "*.*", "~^(", "$1", "\x00", "\ud800",
    "ü" * 300, "a" * 5000, "1.2.3.4", "[::1]", [], {}, [None], [[]], {"": None}, {"name": []},
)  # fmt: skip


def mutated(thing: Any, dice: random.Random) -> Any:
    """The same with one part changed, taken out, or doubled."""
    thing = copy.deepcopy(thing)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        inner = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in inner:
            if key not in ("kind", "apiVersion"):
                places.append((node, key))
            if isinstance(value, dict | list):
                walk(value)

    walk(thing)
    node, key = dice.choice(places)
    what = dice.random()
    if what < 0.2:
        del node[key]
    elif what < 0.3 and isinstance(node, list):
        node.append(copy.deepcopy(node[key]))
    else:
        node[key] = dice.choice(STRANGE)
    return thing


@pytest.mark.parametrize("seed", range(2))
def test_no_rule_raises(seed: int) -> None:
    dice = random.Random(seed)
    rules = all_rules()
    for path in FILES:
        items = [one for one, _ in read_what_can_be([str(path)], io.StringIO()).objects]
        for _ in range(2):
            changed = [mutated(one, dice) for one in items]
            placed = [(one, Origin("x.yaml", 1)) for one in changed]
            snapshot = parse_snapshot(placed, offline=dice.random() < 0.8)
            compiled = tuple(compiled_by_files(snapshot, Meant()))
            subject = Subject(snapshot, Routes(compiled, snapshot), NOW)
            report = lint(subject, rules, Looking(lambda origin, field: (1, 1)))
            assert all(one.finding.level in LEVELS for one in report.found)
