"""Where servers compete: equal rules, and rules that may be missing."""

from __future__ import annotations

from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.matching import Matcher, MatchKind
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Route
from kubectl_ingress.core.table import Dialect, Entry, RouteTable, Server

EVERYTHING = Matcher(MatchKind.PREFIX, "/")


def entry(rank: int, *actions: Action, name: str = "") -> Entry:
    route = Route(name or f"n/r{rank}", "", "/", "Prefix")
    return Entry(EVERYTHING, actions, route, precedence=(rank,), standing=f"rank {rank}")


def decide(*entries: Entry, ties: bool = True) -> Outcome:
    last = Entry(EVERYTHING, (Reply(404),), None, precedence=(99,))
    default = Server("", (*entries, last))
    table = RouteTable("c", "k", (), default, dialect=Dialect(every_server=True, ties=ties))
    return table.decide(Request("a.test", "/x")).outcome


def statuses(outcome: Outcome) -> set[int | None]:
    return {one.status for one in outcome.candidates}


def test_equal_rules_are_a_tie() -> None:
    outcome = decide(entry(1, Reply(201)), entry(1, Reply(202)), entry(2, Reply(203)))
    assert outcome.kind is OutcomeKind.UNDEFINED
    assert statuses(outcome) == {201, 202}


def test_one_that_may_be_missing_leaves_the_request_to_the_next() -> None:
    assert statuses(decide(entry(1, Reply(201)), entry(1), entry(2, Reply(202)))) == {201, 202}
    assert statuses(decide(entry(1, Reply(201)), entry(1))) == {201, 404}


def test_several_that_may_be_missing() -> None:
    outcome = decide(entry(1, Reply(201)), entry(1), entry(2, Reply(202)), entry(2))
    assert statuses(outcome) == {201, 202, 404}


def test_the_same_answer_either_way_is_no_tie() -> None:
    assert decide(entry(1, Reply(201)), entry(1), entry(2, Reply(201))) == Outcome(
        OutcomeKind.REPLY, 201
    )


def test_without_ties_the_first_decides() -> None:
    assert decide(entry(1, Reply(201)), entry(1, Reply(202)), ties=False).status == 201
