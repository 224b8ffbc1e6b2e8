"""Our tables beside those of a real API server."""

from __future__ import annotations

from pathlib import Path

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.resources import RESOURCES, Resource

LISTED = [resource for resource in RESOURCES if "list" in resource.verbs]


def file_of(resource: Resource) -> Path:
    """Where tests/live/tables_bed.py has written down what a real API server says of a kind."""
    group = f"_{resource.group}" if resource.group else ""
    return Path(__file__).parent / "data" / f"tables_{resource.plural}{group}.json"


def called(resource: Resource) -> str:
    """A name for the tests of a kind."""
    return f"{resource.plural}.{resource.group}".strip(".")


def columns_of(table: Json) -> list[list[object]]:
    """Name, type, format and priority of each column: all but upstream's descriptions."""
    keys = "name", "type", "format", "priority"
    return [[column[key] for key in keys] for column in table["columnDefinitions"]]


def differences(names: list[str], theirs: list[Json], ours: list[Json]) -> list[str]:
    """Cell by cell, so that a failure says what is wrong."""
    return [
        f"{real_row['cells'][0]}, {name}: {real!r}, ours {mine!r}"
        for real_row, row in zip(theirs, ours, strict=True)
        for name, real, mine in zip(names, real_row["cells"], row["cells"], strict=True)
        # To Python 1 is True.
        if (real, type(real)) != (mine, type(mine))
    ]
