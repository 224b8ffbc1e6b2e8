"""Rows of a table: which routes answer, and how sure it is that one never does."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.actions import Forward, Reply
from kubectl_ingress.core.matching import Matcher, MatchKind
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.request import Backend, Request, Route
from kubectl_ingress.core.routes import Row, rows
from kubectl_ingress.core.table import Dialect, Entry, RouteTable, Server

EXACT, PREFIX, ELEMENTS, REGEX = (
    MatchKind.EXACT,
    MatchKind.PREFIX,
    MatchKind.ELEMENTS,
    MatchKind.REGEX,
)
NOTHING = Entry(Matcher(PREFIX, "/"), (Reply(404),), None)


class Post:
    def met(self, request: Request) -> bool:
        return request.method == "POST"

    def __str__(self) -> str:
        return "method POST"


def entry(name: str, kind: MatchKind, text: str, **how: object) -> Entry:
    ignore = bool(how.pop("ignore_case", False))
    route = Route(f"default/{name}", "a.example", text, "Prefix")
    action = Forward((Backend("default", name, "80"),))
    return Entry(Matcher(kind, text, ignore), (action,), route, **how)  # type: ignore[arg-type]


def table(*entries: Entry, host: str = "a.example", **how: object) -> RouteTable:
    server = Server(host, (*entries, NOTHING))
    return RouteTable("c", "c", (server,), Server("", (NOTHING,)), **how)  # type: ignore[arg-type]


def of(*entries: Entry, **how: object) -> dict[str, Row]:
    return {row.name: row for row in rows(table(*entries, **how), Snapshot())}


@pytest.mark.parametrize(
    ("first", "second", "sure"),
    [
        (entry("a", PREFIX, "/x"), entry("b", PREFIX, "/x/y"), True),
        (entry("a", PREFIX, "/x"), entry("b", EXACT, "/xy"), True),
        (entry("a", ELEMENTS, "/x"), entry("b", PREFIX, "/x/"), True),
        (entry("a", ELEMENTS, "/x"), entry("b", EXACT, "/x"), True),
        (entry("a", EXACT, "/x"), entry("b", EXACT, "/x"), True),
        (entry("a", REGEX, "^/x", ignore_case=True), entry("b", REGEX, "^/X/y",
        ignore_case=True), True),
        (entry("a", REGEX, "^/x", ignore_case=True), entry("b", PREFIX, "/X"), True),
        (entry("a", REGEX, "^/[a-z]+"), entry("b", PREFIX, "/x"), False),
        (entry("a", REGEX, "/"), entry("b", REGEX, "^/x[0-9]"), False),
    ],
)  # fmt: skip
def test_dead_routes(first: Entry, second: Entry, sure: bool) -> None:
    found = of(first, second)
    assert (found["a"].state, found["a"].by) == ("served", "")
    assert (found["b"].state, found["b"].by, found["b"].sure) == ("dead", "default/a", sure)


def test_shadowed_in_part() -> None:
    found = of(entry("a", EXACT, "/x"), entry("b", PREFIX, "/x"))
    assert (found["b"].state, found["b"].by) == ("shadowed", "default/a")


def test_what_cannot_be_met_by_an_example_is_not_judged() -> None:
    found = of(entry("a", PREFIX, "/"), entry("b", REGEX, "^/(?!x)"))
    assert found["b"].state == "served"


def test_conditions_are_met_first() -> None:
    post = entry("a", PREFIX, "/", conditions=(Post(),))
    found = of(post, entry("b", PREFIX, "/"))
    assert [row.state for row in found.values()] == ["served", "served"]
    assert found["a"].conditions == ("method POST",)
    found = of(entry("a", PREFIX, "/"), entry("b", PREFIX, "/", conditions=(Post(),)))
    assert (found["b"].state, found["b"].by) == ("dead", "default/a")


def test_left_to_chance() -> None:
    dialect = Dialect(every_server=True, ties=True)
    one, other = (entry(name, PREFIX, "/x", precedence=(-1,)) for name in "ab")
    found = of(one, other, dialect=dialect)
    assert [row.state for row in found.values()] == ["chance", "chance"]


def test_wildcards_and_every_other_host_have_witnesses_too() -> None:
    two = (entry("a", PREFIX, "/x"), entry("b", PREFIX, "/x/y"))
    found = {row.name: row for row in rows(table(*two, host="*.example"), Snapshot())}
    assert found["b"].state == "dead"
    default = RouteTable("c", "c", (), Server("", (*two, NOTHING)))
    assert [row.state for row in rows(default, Snapshot())] == ["served", "dead"]


def test_several_entries_of_one_route_are_one_row() -> None:
    route = Route("default/a", "a.example", "/x", "Prefix")
    action = Forward((Backend("default", "a", "80", 9), Backend("default", "b", "80", 1)))
    pair = [
        Entry(Matcher(kind, text), (action,), route)
        for kind, text in ((EXACT, "/x"), (PREFIX, "/x/"))
    ]
    [row] = rows(table(*pair), Snapshot())
    assert [one.weight for one in row.destinations] == [9, 1]
    assert (row.matcher, row.state) == ("/x", "served")
