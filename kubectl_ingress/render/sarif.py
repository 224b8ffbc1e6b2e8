"""A lint report as SARIF 2.1.0 (OASIS), which code scanning of GitHub and others reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote

from kubectl_ingress.core.codes import CODES

if TYPE_CHECKING:
    from kubectl_ingress.core.report import Found, Page, Report

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render_sarif(report: Report, pages: Sequence[Page], version: str, stream: TextIO) -> None:
    """One run; the rules that were asked, with their pages."""
    by_code = {page.code: page for page in pages}
    codes = sorted({*by_code, *(one.finding.code for one in report.found)})
    places = {code: number for number, code in enumerate(codes)}
    driver = {
        "name": "kubectl-ingress",
        "version": version,
        "rules": [_rule(code, by_code.get(code)) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, places) for one in report.found],
    }
    print(
        json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2), file=stream
    )


def _rule(code: str, page: Page | None) -> dict[str, object]:
    rule: dict[str, object] = {"id": code, "shortDescription": {"text": CODES[code]}}
    if page is not None:
        rule["name"] = page.rule
        rule["fullDescription"] = {"text": page.title}
        rule["help"] = {"text": page.text}
        rule["defaultConfiguration"] = {"level": _LEVELS[page.level]}
    return rule


def _result(found: Found, places: dict[str, int]) -> dict[str, object]:
    finding = found.finding
    text = finding.message + (f"\nfix: {finding.fix}" if finding.fix else "")
    location: dict[str, object] = {}
    if finding.object:
        name = finding.object.partition(" ")[2]
        kind = "object"
        location["logicalLocations"] = [
            {"name": name, "fullyQualifiedName": finding.object, "kind": kind}
        ]
    if found.place is not None:
        line, column = found.place
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(finding.origin.source)},
            "region": {"startLine": line, "startColumn": column},
        }
    return {
        "ruleId": finding.code,
        "ruleIndex": places[finding.code],
        "level": _LEVELS[finding.level],
        "message": {"text": text},
        "locations": [location] if location else [],
    }
