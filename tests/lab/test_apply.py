"""Server-side apply and who owns what, against what the real API server did."""

from __future__ import annotations

import copy
import json

import pytest

from kubectl_ingress.lab.apiserver.apply import apply
from kubectl_ingress.lab.apiserver.managed_fields import track, with_old_times
from kubectl_ingress.lab.apiserver.resources import BY_KIND
from kubectl_ingress.lab.apiserver.schema import type_of
from kubectl_ingress.lab.apiserver.status import Refused
from tests.lab.apply_cases import Json
from tests.lab.replay import (
    Replayed,
    comparable,
    finished,
    given_owners,
    is_apply,
    replayed,
    without_late,
)

STEPS = replayed()
# Refused by others: the decoder, the strategy, validation, the checks of names and versions.
_OTHERS = (
    "is invalid:",
    "failed to convert new object",
    "the name of the object",
    "the namespace of the provided object",
    "the object has been modified",
)


def applied(each: Replayed):
    live = copy.deepcopy(each.live)
    made = apply(
        live,
        copy.deepcopy(each.step.body),
        manager=each.step.manager,
        force=each.step.force,
        type=each.type,
        api_version=each.case.api_version,
        now=each.now,
        subresource=each.step.subresource,
    )
    assert live == each.live, "the live object was changed"
    return made


def check_owners(each: Replayed, made: Json):
    owners = made["metadata"].get("managedFields", [])
    if each.live is not None:
        # As it comes to the store: all but the owners as the real server had it.
        kept = {"resourceVersion": each.live["metadata"]["resourceVersion"]}
        metadata = each.answer["metadata"] | kept | {"managedFields": owners}
        stored = with_old_times(each.live, each.answer | {"metadata": metadata})
        owners = stored["metadata"]["managedFields"]
    expected = each.answer["metadata"].get("managedFields", [])
    assert owners == expected
    assert json.dumps(owners) == json.dumps(expected), "in another order"


def in_one_order(message: str) -> list[str]:
    """The real server tells several faults in the random order of a Go map."""
    return sorted(message.replace("errors:", "errors:\n").splitlines())


def is_refused_here(each: Replayed) -> bool:
    return not each.succeeded and not any(o in each.answer["message"] for o in _OTHERS)


@pytest.mark.parametrize(
    "each", [each for each in STEPS if is_apply(each) and each.succeeded], ids=lambda e: e.name
)
def test_applied(each: Replayed):
    made = applied(each)
    assert comparable(each, finished(each, made)) == comparable(each, without_late(each))
    check_owners(each, made)


@pytest.mark.parametrize(
    "each",
    [each for each in STEPS if is_apply(each) and is_refused_here(each)],
    ids=lambda e: e.name,
)
def test_refused(each: Replayed):
    with pytest.raises(Refused) as caught:
        applied(each)
    refused = caught.value
    assert refused.code == each.code
    assert in_one_order(refused.message) == in_one_order(each.answer["message"])
    assert refused.reason == each.answer.get("reason", "")
    told, expected = (found or {} for found in (refused.details, each.answer.get("details")))
    assert sorted(map(str, told.pop("causes", []))) == sorted(map(str, expected.pop("causes", [])))
    assert told == expected


@pytest.mark.parametrize(
    "each",
    [each for each in STEPS if is_apply(each) and not each.succeeded and not is_refused_here(each)],
    ids=lambda e: e.name,
)
def test_refused_by_others(each: Replayed):
    assert applied(each)["metadata"] is not None


@pytest.mark.parametrize(
    "each",
    [each for each in STEPS if not is_apply(each) and each.succeeded],
    ids=lambda e: e.name,
)
def test_tracked(each: Replayed):
    after = without_late(each)
    after["metadata"].pop("managedFields", None)
    if (given := given_owners(each)) is not None:
        after["metadata"]["managedFields"] = copy.deepcopy(given)
    before = copy.deepcopy(each.live)
    track(
        before,
        after,
        manager=each.step.manager or "agent",
        type=each.type,
        api_version=each.case.api_version,
        now=each.now,
        subresource=each.step.subresource,
    )
    assert before == each.live
    check_owners(each, after)


def config_map(**data: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


CONFIG_MAP = type_of(BY_KIND["", "ConfigMap"])


def test_what_is_made_shares_nothing_with_what_was_given():
    given = config_map(x="1")
    live = None
    for _ in range(2):
        made = apply(
            live, given, manager="a", force=False, type=CONFIG_MAP, api_version="v1", now="n"
        )
        made["data"]["x"] = "2"
        made["metadata"]["labels"] = {}
        assert given == config_map(x="1")
        live = config_map(x="1", y="2")


def test_owners_in_a_version_that_there_is_not_are_forgotten():
    entry = {"operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:x": {}}}}
    live = config_map(x="1")
    live["metadata"]["managedFields"] = [
        entry | {"manager": "old", "apiVersion": "v0"},
        entry | {"manager": "new", "apiVersion": "v1"},
    ]
    made = apply(
        live,
        config_map(y="1"),
        manager="a",
        force=False,
        type=CONFIG_MAP,
        api_version="v1",
        now="n",
    )
    assert [e["manager"] for e in made["metadata"]["managedFields"]] == ["new", "a"]


def test_events_have_two_versions():
    kind = type_of(BY_KIND["", "Event"])
    event = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "uid": "u"}}
    before = copy.deepcopy(event)
    track(None, before, manager="x", type=kind, api_version="v1", now="1")
    noted = event | {"count": 1, "metadata": {"name": "e", "uid": "u"}}
    track(None, noted, manager="x", type=kind, api_version="v1", now="1")
    after = copy.deepcopy(noted) | {"reason": "R"}
    track(noted, after, manager="y", type=kind, api_version="events.k8s.io/v1", now="2")
    assert [e["apiVersion"] for e in after["metadata"]["managedFields"]] == [
        "v1",
        "events.k8s.io/v1",
    ]


@pytest.mark.parametrize(
    ("subresource", "owned"),
    [("", {"f:spec": {"f:paused": {}}}), ("status", {"f:status": {"f:replicas": {}}})],
)
def test_nobody_owns_what_a_write_cannot_change(subresource, owned):
    before: Json = {"kind": "Deployment", "metadata": {"name": "d"}, "spec": {}, "status": {}}
    kind = type_of(BY_KIND["apps", "Deployment"])
    after = copy.deepcopy(before) | {"spec": {"paused": True}, "status": {"replicas": 1}}
    if subresource:
        after["metadata"]["labels"] = {"a": "b"}
    track(
        before,
        after,
        manager="x",
        type=kind,
        api_version="apps/v1",
        now="1",
        subresource=subresource,
    )
    (entry,) = after["metadata"]["managedFields"]
    assert entry["fieldsV1"] == owned


def test_items_without_a_key():
    kind = type_of(BY_KIND["", "ServiceAccount"])
    before: Json = {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": "s"}}
    track(None, before, manager="a", type=kind, api_version="v1", now="1")
    noted = copy.deepcopy(before) | {"imagePullSecrets": [{"name": "x"}]}
    track(None, noted, manager="a", type=kind, api_version="v1", now="1")
    after = copy.deepcopy(noted) | {"secrets": [{"namespace": "n"}]}
    after["metadata"].pop("managedFields")
    track(noted, after, manager="b", type=kind, api_version="v1", now="2")
    assert after["metadata"]["managedFields"] == noted["metadata"]["managedFields"]
    with pytest.raises(Refused, match="omits all key fields"):
        apply(after, before, manager="a", force=False, type=kind, api_version="v1", now="3")


def test_times_alone_are_no_change():
    before, after = config_map(x="1"), config_map(x="1")
    track(None, before, manager="a", type=CONFIG_MAP, api_version="v1", now="1")
    track(None, after, manager="a", type=CONFIG_MAP, api_version="v1", now="2")
    assert after != before
    assert with_old_times(before, after) == before
    after["data"]["y"] = "1"
    assert with_old_times(before, after) is after
