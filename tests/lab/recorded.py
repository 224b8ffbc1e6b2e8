"""What the real API server answered to the table of apply_cases."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

from tests.lab.apply_cases import CASES, Case

PLACE = Path(__file__).parent / "data"
TABLES = ("rows_apply", "rows_kinds", "rows_managers", "rows_patches")


def names_of_tables() -> list[Case]:
    """All cases; importing the tables fills the list."""
    for table in TABLES:
        importlib.import_module(f"tests.lab.{table}")
    return CASES


def text_of(step: int) -> str:
    """The time of a step, from 1."""
    return f"2026-01-01T00:00:{step:02}Z"


def _number_ports(obj: dict[str, Any]) -> None:
    """Give a Service's ports on the nodes, which are chance, numbers in their order."""
    spec = obj.get("spec") or {}
    if "healthCheckNodePort" in spec:
        spec["healthCheckNodePort"] = 32000
    for rank, port in enumerate(spec.get("ports") or []):
        if "nodePort" in port:
            port["nodePort"] = 30000 + rank


def without_chance(found: dict[str, Any]) -> str:
    """An object as JSON, with the same text wherever the server draws lots or counts."""
    _number_ports(found)
    text = json.dumps(found)
    for ip in (found.get("spec") or {}).get("clusterIPs", []):
        text = text.replace(f'"{ip}"', '"10.96.0.99"')
    return told_without_chance(text)


def told_without_chance(text: str) -> str:
    """The same of a text in which an object may be quoted."""
    text = re.sub(r"kube-api-access-[a-z0-9]{5}", "kube-api-access-xxxxx", text)
    text = re.sub(r'(resourceVersion[\\]*":[\\]*")\d+', r"\g<1>1", text)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "uid", text)


def answers(group: str) -> dict[str, list[Any]]:
    """Case -> one [HTTP status, object or Status] a step."""
    return json.loads((PLACE / f"{group}.json").read_text())
