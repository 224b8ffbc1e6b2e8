"""Programs of this package as processes of their own.

Where the package was found is told to them: it may be a clone, or a folder
that krew unpacked, of which a new Python knows nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_HOME = str(Path(__file__).parents[2])


def command(module: str) -> list[str]:
    """What runs a module of the package: ``python -m MODULE``, to be followed by its words."""
    return [sys.executable, "-m", module]


def variables(given: Mapping[str, str]) -> dict[str, str]:
    """An environment in which `command` finds the package."""
    others = given.get("PYTHONPATH")
    return {**given, "PYTHONPATH": os.pathsep.join([_HOME, others]) if others else _HOME}
