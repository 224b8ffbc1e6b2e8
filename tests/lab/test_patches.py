"""JSON patches, merge patches and strategic merge patches, against the real API server."""

from __future__ import annotations

import copy

import pytest

from kubectl_ingress.lab.apiserver.decoding import decode_patched
from kubectl_ingress.lab.apiserver.patches import json_patch, merge_patch, strategic_merge
from kubectl_ingress.lab.apiserver.status import Refused
from tests.lab.apply_cases import JSON_PATCH, MERGE, STRATEGIC
from tests.lab.replay import Replayed, comparable, finished, is_patch, replayed, without_late

STEPS = [each for each in replayed() if is_patch(each) and each.step.subresource != "scale"]
# Refused by the decoder, and by those after it: validation, the check of names.
_UNREADABLE = ' "" is invalid: patch: Invalid value: "'
_OTHERS = ("is invalid: spec.", "is invalid: [spec.", "the name of the object")


def patched(each: Replayed):
    assert each.live is not None
    live, body = copy.deepcopy(each.live), copy.deepcopy(each.step.body)
    if each.step.verb == JSON_PATCH:
        made = json_patch(live, body)
    elif each.step.verb == MERGE:
        made = merge_patch(live, body)
    else:
        made = strategic_merge(live, body, each.type)
    assert live == each.live, "the live object was changed"
    assert body == each.step.body, "the patch was changed"
    return made


def by_decoder(each: Replayed) -> bool:
    return each.answer["message"].startswith(_UNREADABLE) and "version/kind" not in str(each.answer)


def by_others(each: Replayed) -> bool:
    return any(other in each.answer["message"] for other in _OTHERS)


def check_refused(each: Replayed, refused: Refused):
    assert (refused.code, refused.reason) == (each.code, each.answer.get("reason", ""))
    assert refused.message == each.answer["message"]
    assert (refused.details or {}) == each.answer.get("details", {})


@pytest.mark.parametrize("each", [e for e in STEPS if e.succeeded], ids=lambda e: e.name)
def test_patched(each: Replayed):
    made = patched(each)
    assert comparable(each, finished(each, made)) == comparable(each, without_late(each))


REFUSED = [each for each in STEPS if not each.succeeded]


@pytest.mark.parametrize(
    "each", [e for e in REFUSED if not by_decoder(e) and not by_others(e)], ids=lambda e: e.name
)
def test_refused(each: Replayed):
    with pytest.raises(Refused) as caught:
        patched(each)
    check_refused(each, caught.value)


@pytest.mark.parametrize("each", [e for e in REFUSED if by_decoder(e)], ids=lambda e: e.name)
def test_made_what_the_decoder_refuses(each: Replayed):
    made = patched(each)
    strategic = each.step.body if each.step.verb == STRATEGIC else None
    with pytest.raises(Refused) as caught:
        decode_patched(each.type, made, strategic)
    told = caught.value.message
    # The whole object is in the message, with versions and times that are not the recorded ones.
    assert told.rpartition('"')[2] == each.answer["message"].rpartition('"')[2]


@pytest.mark.parametrize("each", [e for e in REFUSED if by_others(e)], ids=lambda e: e.name)
def test_made_what_others_refuse(each: Replayed):
    assert isinstance(patched(each), dict)


def test_too_many_operations():
    with pytest.raises(Refused) as caught:
        json_patch({}, [{"op": "add", "path": "/x", "value": 1}] * 10001)
    assert caught.value.code == 413
    assert "10000, got 10001" in caught.value.message


def test_escapes_in_pointers():
    live = {"a/b": 1, "c~d": 2, "e~1f": 3}
    made = json_patch(
        live,
        [
            {"op": "replace", "path": "/a~1b", "value": 4},
            {"op": "remove", "path": "/c~0d"},
            {"op": "add", "path": "/e~01f", "value": 5},
        ],
    )
    assert made == {"a/b": 4, "e~1f": 5}


def test_what_is_copied_is_not_shared():
    made = json_patch({"a": {"b": []}}, [{"op": "copy", "from": "/a", "path": "/c"}])
    made["c"]["b"].append(1)
    assert made["a"] == {"b": []}


def test_a_null_is_pruned_from_what_is_new_and_kept_in_what_is_replaced():
    live = {"list": [1]}
    new = [{"a": None, "b": [None]}]
    assert merge_patch(live, {"list": new, "fresh": new}) == {
        "list": new,
        "fresh": [{"b": [None]}],
    }
