"""Rights, tokens, selectors and webhooks: what is asked, and what a real API server answered.

The answers are files in tests/lab/data/access; tests/live/test_lab_rbac.py compares and
writes them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data" / "access"


def recorded(name: str) -> Any:
    """The recorded answers of one part."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def check(name: str, answers: Any) -> None:
    """Compare with what was recorded; UPDATE_GOLDEN=1 records anew."""
    if os.environ.get("UPDATE_GOLDEN"):
        text = json.dumps(answers, indent=1, ensure_ascii=False, sort_keys=True)
        (DATA / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    before = recorded(name)
    assert answers.keys() == before.keys()
    changed = {key: (answers[key], before[key]) for key in answers if answers[key] != before[key]}
    assert not changed, f"{name}: now, and as recorded: {json.dumps(changed, indent=1)}"
