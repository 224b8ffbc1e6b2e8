"""The annotations of the AWS Load Balancer Controller, read as Go reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from kubectl_ingress.controllers._go import TRUE, is_flag, parse_int, words

PREFIX = "alb.ingress.kubernetes.io/"


class BadAnnotation(ValueError):
    """A value that stops the controller from building the load balancer."""


Annotations = Mapping[str, str]
Fields = Mapping[str, object]
"""A JSON object, its keys in lower case: encoding/json compares them without case."""


def text_of(annotations: Annotations, name: str) -> str | None:
    """The value of an annotation by its name without prefix, None where absent."""
    return annotations.get(PREFIX + name)


def integer_of(annotations: Annotations, name: str) -> int | None:
    """A whole number, as strconv.ParseInt takes it. Raises BadAnnotation."""
    text = text_of(annotations, name)
    if text is None:
        return None
    if (number := parse_int(text)) is None:
        raise BadAnnotation(f"{name} is no whole number: {text!r}")
    return number


def flag_of(annotations: Annotations, name: str) -> bool:
    """True or false, as strconv.ParseBool takes it. Raises BadAnnotation."""
    text = text_of(annotations, name)
    if text is not None and not is_flag(text):
        raise BadAnnotation(f"{name} is neither true nor false: {text!r}")
    return text in TRUE


def words_of(annotations: Annotations, name: str) -> tuple[str, ...]:
    """Words separated by commas."""
    return words(text_of(annotations, name) or "")


def json_of(annotations: Annotations, name: str, *, folded: bool = True) -> object:
    """The JSON in an annotation, None where absent. Raises BadAnnotation.

    Keys are in lower case; they are as written where it is not `folded`.
    """
    text = text_of(annotations, name)
    if text is None:
        return None
    try:
        value = json.loads(text)
        return _folded(value) if folded else value
    except (ValueError, RecursionError) as error:
        raise BadAnnotation(f"{name} is not JSON: {error}") from None


def _folded(value: object) -> object:
    if isinstance(value, dict):
        return {key.lower(): _folded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_folded(inner) for inner in value]
    return value


def fields(value: object, what: str) -> Fields:
    """A JSON object, {} for null. Raises BadAnnotation."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadAnnotation(f"{what} is no JSON object")
    return value


def items(value: object, what: str) -> list[object]:
    """A JSON array, [] for null. Raises BadAnnotation."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadAnnotation(f"{what} is no JSON array")
    return value


def string(holder: Fields, name: str) -> str | None:
    """A string of a JSON object, None where absent. Raises BadAnnotation."""
    value = holder.get(name.lower())
    if value is not None and not isinstance(value, str):
        raise BadAnnotation(f"{name} is not a string")
    return value


def strings(holder: Fields, name: str) -> tuple[str, ...]:
    """An array of strings of a JSON object, () where absent. Raises BadAnnotation."""
    values = items(holder.get(name.lower()), name)
    if not all(isinstance(value, str) for value in values):
        raise BadAnnotation(f"{name} is not a list of strings")
    return tuple(value for value in values if isinstance(value, str))
