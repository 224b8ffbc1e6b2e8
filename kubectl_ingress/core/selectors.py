"""Label selectors, as kubectl's -l takes them.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from kubectl_ingress.errors import UsageError

Labels = Mapping[str, str]
Selector = Callable[[Labels], bool]

_KEY = r"[A-Za-z0-9][\w./-]*"
_VALUE = r"[\w.-]*"
_TERM = re.compile(
    rf"""\s* (?: (?P<absent>!)\s*(?P<key0>{_KEY})
      | (?P<key1>{_KEY})\s*(?P<equal>==?|!=)\s*(?P<value>{_VALUE})
      | (?P<key2>{_KEY})\s+(?P<word>in|notin)\s*\((?P<values>[^()]*)\)
      | (?P<key3>{_KEY}) ) \s*(?:,|\Z)""",
    re.VERBOSE,
)


def parse_selector(typed: str) -> Selector:
    """Terms joined by commas, all of which must hold. Raises UsageError."""
    terms: list[Selector] = []
    place = 0
    while place < len(typed):
        found = _TERM.match(typed, place)
        if found is None:
            raise UsageError(
                f"-l {typed!r} is no label selector",
                "examples: app=web, tier!=test, 'env in (a,b)'",
            )
        terms.append(_term(found))
        place = found.end()
    return lambda labels: all(term(labels) for term in terms)


def _term(found: re.Match[str]) -> Selector:
    if found["absent"]:
        key = found["key0"]
        return lambda labels: key not in labels
    if found["equal"]:
        key, value, wanted = found["key1"], found["value"], found["equal"] != "!="
        return lambda labels: (labels.get(key) == value) is wanted
    if found["word"]:
        key, wanted = found["key2"], found["word"] == "in"
        values = {value.strip() for value in found["values"].split(",")}
        return lambda labels: (labels.get(key) in values) is wanted
    key = found["key3"]
    return lambda labels: key in labels
