"""Lint against everything that was measured: what is frozen is told, and what works is not.

An error in a case all of whose requests were answered well is no false one: the cases hold rules
beside those that were asked for, and some ask for the very thing that works by chance. Which codes
these may be, and why, stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from kubectl_ingress.controllers._choice import find_controller
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.engine import all_rules
from kubectl_ingress.lint.subject import Compiled, Routes, Subject
from tests.conftest import COUNTED
from tests.routing.measured import Case, own_cases

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WHY = {
    "KI103": "a route beside, or a weighted share, whose Service is not there",
    "KI105": "a route beside whose Service has no endpoints",
    "KI110": "Traefik resolves localhost where ingress-nginx refuses",
    "KI302": "one of several hosts is not in the certificate, and another was asked for",
    "KI408": "200 without a guard is what is wrong",
    "KI502": "a host or path that another one has: the winner was asked",
    "KI503": "a winner by chance, which the run happened to have, or for paths that were not asked",
    "KI902": "what a version that is gone means was measured, and not that it is refused",
    "KI906": "stored past the API server's check of two classes",
}


def found_in(case: Case) -> list[Finding]:
    snapshot = case.snapshot()
    controller = find_controller(case.controller)
    classes = {one.class_name for one in snapshot.ingresses if one.class_name}
    only = min(classes) if classes and not snapshot.classes else ""
    told = Told(case.flags, router_flavor=case.flavour, ingress_class=only)
    settings = controller.settings_of(told, snapshot)
    compiled = Compiled(controller, settings, controller.compile(snapshot, settings))
    subject = Subject(snapshot, Routes((compiled,), snapshot), NOW)
    return [finding for rule in all_rules() for finding in rule.check(subject)]


def works(case: Case) -> bool:
    """All that was asked was answered with less than 400, and by no chance."""
    answers = [one.observed.get("status") or 0 for one in case.asked]
    return not case.frozen and all(status < 400 for status in answers)


def test_every_frozen_controller_is_told() -> None:
    frozen = [case for case in own_cases() if case.frozen]
    silent = [c.id for c in frozen if all(one.code != "KI501" for one in found_in(c))]
    assert len(frozen) > 15
    assert silent == []


def test_errors_on_what_works_are_explained(record_property: Callable[[str, Any], None]) -> None:
    working = [case for case in own_cases() if works(case)]
    errors = {
        case.id: codes
        for case in working
        if (codes := {one.code for one in found_in(case) if one.level == "error"})
    }
    quiet = len(working) - len(errors)
    record_property(COUNTED, ("lint, working cases without an error", quiet, len(working)))
    told = Counter(code for codes in errors.values() for code in codes)
    for code, count in sorted(told.items()):
        why = f"lint, working cases with {code}: {WHY.get(code, 'NOT EXPLAINED')}"
        record_property(COUNTED, (why, count, len(working)))
    assert {code for codes in errors.values() for code in codes} <= set(WHY)
    assert len(errors) / len(working) < 0.15
