"""Whole outputs, kept as files: UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent


def check(name: Path, text: str) -> None:
    """Compare `text` with the file of that name in this folder."""
    path = HERE / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no golden file {name}: run with UPDATE_GOLDEN=1 and look at it"
    assert text == path.read_text(encoding="utf-8"), f"differs from {name}"
