"""Which programs kubectl runs for ``kubectl ingress``: it looks for them on PATH.

https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/: the longest name
that fits the words wins, dashes within a word are written as underscores, and of
one name the first on PATH.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from kubectl_ingress import registry
from kubectl_ingress.doctor.case import Plugins

NAME = "kubectl-ingress"
_ENDINGS = ("", ".exe", ".cmd", ".bat")


def plugins_on(variables: Mapping[str, str], own: str = "") -> Plugins:
    """What is on PATH; `own` is the program that runs, by default this one."""
    own = own or sys.argv[0]
    path = variables.get("PATH", "")
    found = [*_programs(path, NAME)]
    commands = [
        program
        for command in registry.names("commands")
        for program in _programs(path, f"{NAME}-{command.replace('-', '_')}")
    ]
    first = found[0] if found else ""
    others = [one for one in found if not _same(one, first)]
    mine = own if Path(own).name.startswith(NAME) else ""
    return Plugins(first, mine, tuple(others), tuple(commands))


def is_other(plugins: Plugins) -> bool:
    """Whether kubectl would run another program than this one."""
    return bool(plugins.first and plugins.own) and not _same(plugins.first, plugins.own)


def _programs(path: str, name: str) -> Iterator[str]:
    for directory in path.split(os.pathsep):
        for ending in _ENDINGS:
            file = Path(directory or ".", name + ending)
            if file.is_file() and os.access(file, os.X_OK):
                yield str(file)
                break


def _same(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False
