"""JSON objects one after another in a text, and where they and their items stand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]

from kubectl_ingress.ports.yaml_words import as_json_number

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SPACE = re.compile(r"[ \t\r\n]*")


def read_json(text: str) -> list[tuple[dict[str, object], int, int, list[int]]]:
    """Each object with its start, its end, and the starts of the members of its `items`.

    Offsets are in characters. The standard decoder tells no positions below
    the object it reads, so the outermost level is read here. Raises ValueError
    where the text is not JSON, RecursionError where it is nested too deeply.
    """
    found = []
    # Half a surrogate pair is text to Python and to nobody else: it could not be printed.
    halves = _ESCAPED_SURROGATE.search(text) is not None
    place = _skip(text, 0)
    while place < len(text):
        data, starts, end = _read_object(text, place)
        if halves:
            data = {_whole(key): _mended(value) for key, value in data.items()}
        found.append((data, place, end, starts))
        place = _skip(text, end)
    return found


def _mended(value: object) -> object:
    """With U+FFFD in place of half surrogate pairs, as Go's decoder does."""
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _mended(item) for key, item in value.items()}
    return value


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is not JSON")


_DECODER = json.JSONDecoder(
    parse_float=lambda word: as_json_number(float(word)),
    parse_int=lambda word: as_json_number(int(word)),
    parse_constant=_refuse,
)


def _read_object(text: str, place: int) -> tuple[dict[str, object], list[int], int]:
    data: dict[str, object] = {}
    starts: list[int] = []

    def member(place: int) -> int:
        nonlocal starts
        key, place = scanstring(text, _expect(text, place, '"'))
        place = _skip(text, _expect(text, _skip(text, place), ":"))
        if key == "items" and text.startswith("[", place):
            data[key], starts, place = _read_items(text, place)
        else:
            data[key], place = _DECODER.raw_decode(text, place)
        return place

    end = _members(text, _expect(text, place, "{"), "}", member)
    return data, starts, end


def _read_items(text: str, place: int) -> tuple[list[object], list[int], int]:
    items: list[object] = []
    starts: list[int] = []

    def member(place: int) -> int:
        starts.append(place)
        item, place = _DECODER.raw_decode(text, place)
        items.append(item)
        return place

    end = _members(text, _expect(text, place, "["), "]", member)
    return items, starts, end


def _members(text: str, place: int, closer: str, member: Callable[[int], int]) -> int:
    """Read members parted by commas up to the closer; the offset after it."""
    place = _skip(text, place)
    if text.startswith(closer, place):
        return place + 1
    while True:
        place = _skip(text, member(_skip(text, place)))
        if text.startswith(closer, place):
            return place + 1
        place = _expect(text, place, ",")


def _expect(text: str, place: int, wanted: str) -> int:
    if not text.startswith(wanted, place):
        raise ValueError(f"{wanted} expected at {place}")
    return place + 1


def _skip(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place
