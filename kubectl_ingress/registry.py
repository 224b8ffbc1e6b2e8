"""One file, one entry: the file's name is the entry's name.

Controllers, providers, recipes, commands (and later lint rules and migration
targets) are each a folder of modules. Adding one is adding a file; nothing else lists
them.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType


@cache
def names(folder: str) -> tuple[str, ...]:
    """The entries of kubectl_ingress/<folder>, sorted, underscores as dashes.

    Raises ModuleNotFoundError when there is no such folder.
    """
    package = importlib.import_module(f"kubectl_ingress.{folder}")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(name.replace("_", "-") for name in found if not name.startswith("_")))


def load(folder: str, name: str) -> ModuleType:
    """Import one entry. The caller has checked the name against `names`."""
    return importlib.import_module(f"kubectl_ingress.{folder}.{name.replace('-', '_')}")
