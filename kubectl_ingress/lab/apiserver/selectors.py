"""Label selectors: as text in a request, and as objects in webhooks and workloads.

Kubernetes' own: staging/src/k8s.io/apimachinery/pkg/labels/selector.go, whose grammar and
messages these are, and pkg/apis/meta/v1/helpers.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.field_selectors import FieldSelector, parse_fields
from kubectl_ingress.lab.apiserver.go_text import quoted
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.status import bad_request
from kubectl_ingress.lab.apiserver.validation_names import label_key, label_value

_WORDS = re.compile(r"([^ \t\r\n=!(),<>]+)|([=!(),<>]+)")
_SIGNS = ("==", "!=", "=", "!", "(", ")", ",", ">", "<")
_SPELT = {"=": "=", "==": "=", "!=": "!=", "in": "in", "notin": "notin", ">": "gt", "<": "lt"}
_BINARY = "in, notin, =, ==, !=, gt, lt"
_WHOLE = re.compile(r"[+-]?[0-9]+")
_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


class Requirement(Struct, frozen=True):
    """One condition; `operator` is ``=``, ``!=``, ``in``, ``notin``, ``exists``, ``!``, ``gt``
    or ``lt``.
    """

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels meets it."""
        value = labels.get(self.key)
        match self.operator:
            case "=" | "in":
                return value in self.values
            case "!=" | "notin":
                return value not in self.values
            case "exists":
                return value is not None
            case "!":
                return value is None
        if value is None or not _WHOLE.fullmatch(value):
            return False
        limit = int(self.values[0])
        return int(value) > limit if self.operator == "gt" else int(value) < limit


class LabelSelector(Struct, frozen=True):
    """Conditions that must all be met; without any, everything matches."""

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False

    def matches(self, labels: Mapping[str, str] | None) -> bool:
        """Whether an object with these labels is selected."""
        if self.nothing:
            return False
        return all(requirement.matches(labels or {}) for requirement in self.requirements)


class Selection(Struct, frozen=True):
    """What a list or a watch is narrowed to."""

    labels: LabelSelector
    fields: FieldSelector

    def matches(self, item: Json) -> bool:
        """Whether an object, as it is stored, is selected."""
        return self.labels.matches(item["metadata"].get("labels")) and self.fields.matches(item)


def parse_selection(resource: Resource, labels: str, fields: str) -> Selection:
    """The queries labelSelector and fieldSelector. Raises Refused: 400."""
    return Selection(parse_labels(labels), parse_fields(resource, fields))


def parse_labels(text: str) -> LabelSelector:
    """``a=b,c in (d,e),!f``. Raises Refused: 400."""
    try:
        return LabelSelector(tuple(_Parser(text).requirements()))
    except _SyntaxFault as fault:
        raise bad_request(str(fault)) from None


def selector_of(value: Json | None) -> LabelSelector:
    """A LabelSelector object (matchLabels, matchExpressions); none selects nothing, {} all.

    It has been validated: an operator that is not known selects nothing.
    """
    if value is None:
        return LabelSelector(nothing=True)
    found = [Requirement(k, "=", (v,)) for k, v in (value.get("matchLabels") or {}).items()]
    for expression in value.get("matchExpressions") or []:
        operator = _OPERATORS.get(expression.get("operator"), "")
        if not operator:
            return LabelSelector(nothing=True)
        values = tuple(expression.get("values") or ())
        found.append(Requirement(expression["key"], operator, values))
    return LabelSelector(tuple(found))


def selects(value: Json | None, labels: Mapping[str, str] | None) -> bool:
    """Whether a LabelSelector object takes these labels."""
    return selector_of(value).matches(labels)


class _SyntaxFault(Exception):
    """The selector cannot be read; the message says why, as the API server does."""


class _RequirementFault(_SyntaxFault):
    """The same, within one requirement."""

    def __init__(self, why: str) -> None:
        super().__init__(f"unable to parse requirement: {why}")


class _Parser:
    """Recursive descent over the tokens; ``""`` is the end of the text."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def requirements(self) -> list[Requirement]:
        found: list[Requirement] = []
        lexeme = self._peek()
        if lexeme and not _starts(lexeme):
            raise _SyntaxFault(f"found '{lexeme}', expected: !, identifier, or 'end of string'")
        while self._peek():
            found.append(self._requirement())
            lexeme = self._next()
            if lexeme not in (",", ""):
                raise _SyntaxFault(f"found '{lexeme}', expected: ',' or 'end of string'")
            if lexeme == "," and not _starts(self._peek()):
                raise _SyntaxFault(f"found '{self._peek()}', expected: identifier after ','")
        return found

    def _requirement(self) -> Requirement:
        absent = self._peek() == "!"
        if absent:
            self._next()
        key = self._word("found '{}', expected: identifier")
        if faults := list(label_key(key)):
            raise _RequirementFault(_invalid("<nil>", key, faults))
        if absent:
            return Requirement(key, "!")
        if self._peek() in ("", ","):
            return Requirement(key, "exists")
        lexeme = self._next()
        if lexeme not in _SPELT:
            raise _RequirementFault(f"found '{lexeme}', expected: {_BINARY}")
        values = self._list() if lexeme in ("in", "notin") else [self._value()]
        return _checked(key, _SPELT[lexeme], sorted(set(values)))

    def _list(self) -> list[str]:
        lexeme = self._next()
        if lexeme != "(":
            raise _RequirementFault(f"found '{lexeme}' expected: '('")
        if self._peek() != ")" and not _is_word(self._peek()) and self._peek() != ",":
            raise _RequirementFault(f"found '{self._peek()}', expected: ',', ')' or identifier")
        found: list[str] = []
        while True:
            found.append(self._next() if _is_word(self._peek()) else "")
            lexeme = self._next()
            if lexeme == ")":
                return found
            if lexeme != ",":
                raise _RequirementFault(f"found '{lexeme}', expected: ',' or ')'")
            if self._peek() != ")" and not _is_word(self._peek()) and self._peek() != ",":
                raise _RequirementFault(f"found '{self._peek()}', expected: ',', or identifier")

    def _value(self) -> str:
        if self._peek() in ("", ","):
            return ""
        return self._word("found '{}', expected: identifier")

    def _word(self, complaint: str) -> str:
        lexeme = self._next()
        if not _is_word(lexeme):
            raise _RequirementFault(complaint.format(lexeme))
        return lexeme

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _next(self) -> str:
        lexeme = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return lexeme


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for word, signs in _WORDS.findall(text):
        if word:
            found.append(word)
        while signs:
            sign = next(each for each in _SIGNS if signs.startswith(each))
            found.append(sign)
            signs = signs.removeprefix(sign)
    return [*found, ""]


def _is_word(lexeme: str) -> bool:
    return bool(lexeme) and lexeme not in _SIGNS


def _starts(lexeme: str) -> bool:
    return _is_word(lexeme) or lexeme == "!"


def _checked(key: str, operator: str, values: Sequence[str]) -> Requirement:
    faults: list[str] = []
    if operator in ("gt", "lt"):
        why = "for 'Gt', 'Lt' operators, the value must be an integer"
        faults += [_invalid("values[0]", v, [why]) for v in values if not _WHOLE.fullmatch(v)]
    for index, value in enumerate(values):
        if wrong := list(label_value(value)):
            faults.append(_invalid(f"values[{index}][{key}]", value, wrong))
    if faults:
        told = faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]"
        raise _RequirementFault(told)
    return Requirement(key, operator, tuple(values))


def _invalid(path: str, value: str, faults: Sequence[str]) -> str:
    return f"{path}: Invalid value: {quoted(value)}: {'; '.join(faults)}"
