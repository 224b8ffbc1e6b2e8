"""The difference that a plan makes, as lines for people: ``object: path: old -> new``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.install.plan import Fate, Step

# So many objects that change alike are named; more are counted.
_NAMED = 2


def lines(steps: Iterable[Step], removed: Iterable[str] = ()) -> Iterator[str]:
    """What happens to the objects, those to which the same happens on one line.

    `removed` are the titles of objects that go.
    """
    alike: dict[str, list[str]] = {}
    for title in removed:
        alike.setdefault("deleted", []).append(title)
    for step in steps:
        for text in _texts(step):
            alike.setdefault(text, []).append(step.title)
    for text, titles in alike.items():
        named = ", ".join(titles) if len(titles) <= _NAMED else f"{len(titles)} objects"
        yield f"{named}: {text}"


def _texts(step: Step) -> list[str]:
    if step.fate is Fate.CREATE:
        return ["created"]
    if step.fate is Fate.REPLACE:
        return ["deleted and created anew"]
    if step.fate is not Fate.CHANGE:
        return []
    # Without any, it is only marked with another version of this program.
    return [f"{each.path}: {each.theirs} -> {each.ours}" for each in step.changes]
