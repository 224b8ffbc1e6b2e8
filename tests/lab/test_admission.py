"""Webhooks: who is asked, what, and what is said when that fails; as a real API server did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.lab.apiserver.accounts import User
from kubectl_ingress.lab.apiserver.admission import Denied, Review, Webhooks, request_of
from kubectl_ingress.lab.apiserver.resources import BY_PLURAL
from kubectl_ingress.lab.apiserver.status import Refused
from kubectl_ingress.lab.apiserver.webhook_answer import CallFailed, response_of
from kubectl_ingress.lab.background import Background
from kubectl_ingress.lab.fetch import Answer
from tests.lab.access import recorded
from tests.lab.access.webhook_server import ANSWERS, WebhookServer, reviewed
from tests.lab.access.webhooks import (
    ACTS,
    CALLS,
    RULES,
    Act,
    Call,
    backends,
    faceless,
    matching,
    neutral,
)
from tests.lab.test_rbac import told

Json = dict[str, Any]
HOOKS = ("admissionregistration.k8s.io", "validatingwebhookconfigurations")
ADMIN = User("admin", ("system:masters", "system:authenticated"), "admin")
CONFIGMAPS = BY_PLURAL["", "v1", "configmaps"]
# Known to differ, with what is said here.
OTHERWISE = {
    "hook-allow-other-ca": "certificate signed by unknown authority",
    "same-name-allow": "certificate signed by unknown authority",
    "garbage-allow": "http: server gave HTTP response to HTTPS client",
    "hook-cut-head": ": unexpected EOF",
}


class Played:
    """The webhook server on a loop of its own, and what is stored."""

    def __init__(self, background: Background) -> None:
        self.server = WebhookServer("127.0.0.1")
        self._background = background
        background.call(self.server.open())
        self.stored: dict[tuple[str, str], list[Json]] = {}
        for path, body in backends(self.server):
            group = path.split("/")[2] if path.startswith("/apis/") else ""
            self.stored.setdefault((group, path.rsplit("/", 1)[1]), []).append(body)

    def objects(self, group: str, plural: str) -> Iterable[Json]:
        return self.stored.get((group, plural), [])

    def review(self, review: Review) -> list[str]:
        return self._background.call(Webhooks(self.objects).review(review))


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    background = Background()
    background.start()
    found = Played(background)
    try:
        yield found
    finally:
        background.call(found.server.close())
        background.cancel()
        background.stop()
    assert not background.failures, "\n".join(background.failures)


def config_map(case: str) -> Review:
    meta = {"name": "x-1", "namespace": "default", "labels": {"case": case}}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}
    return Review("CREATE", CONFIGMAPS, "default", "x-1", body, None, ADMIN)


def called(played: Played, call: Call) -> tuple[Any, list[str]]:
    played.stored[HOOKS] = [call.configuration(played.server)]
    try:
        warnings = played.review(config_map(call.id))
    except Refused as refused:
        told_anyway = list(getattr(refused, "warnings", ()))
        return json.loads(neutral(json.dumps(told(refused)), played.server)), told_anyway
    return "created", warnings


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
def test_calls(played: Played, call: Call) -> None:
    expected, headers = recorded("calls")[call.id]
    answer, warnings = called(played, call)
    if call.id in OTHERWISE:
        start = f'Internal error occurred: failed calling webhook "{call.name}": '
        assert answer["message"].startswith(start)
        assert answer["message"].endswith(OTHERWISE[call.id])
        assert (answer["code"], answer["reason"]) == (expected["code"], expected["reason"])
        return
    assert answer == expected
    assert [f'299 - "{warning}"' for warning in warnings] == headers


def test_the_head_of_a_call(played: Played) -> None:
    played.server.heads.clear()
    called(played, Call("/deny"))
    first, *fields = played.server.heads[0].decode().split("\r\n")
    assert first == "POST /deny?timeout=10s HTTP/1.1"
    ours = dict(field.split(": ", 1) for field in fields if field)
    del ours["Content-Length"]
    theirs = recorded("head")
    # Nothing is compressed here, and no connection kept.
    del theirs["Accept-Encoding"]
    assert ours == theirs | {"Connection": "close"}


def test_a_hanging_webhook_does_not_hold_up_the_others(played: Played) -> None:
    slow, quick = Call("/hang", timeout=1), Call("/deny")
    both = [slow.configuration(played.server), quick.configuration(played.server)]
    for each in both:
        each["webhooks"][0]["objectSelector"] = {}
    played.stored[HOOKS] = both
    with pytest.raises(Denied) as denied:
        played.review(config_map("any"))
    assert f'"{quick.name}" denied the request' in denied.value.message


def test_warnings_of_several(played: Played) -> None:
    configuration = Call("/warn").configuration(played.server)
    other = json.loads(json.dumps(configuration["webhooks"][0]))
    other["clientConfig"]["service"]["path"] = "/allow"
    configuration["webhooks"] = [other, configuration["webhooks"][0], configuration["webhooks"][0]]
    played.stored[HOOKS] = [configuration]
    assert played.review(config_map(Call("/warn").id)) == ["be careful", "ü"] * 2


def test_a_warning_that_no_header_can_hold_is_dropped(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = ["two\nlines", "one"]
    monkeypatch.setitem(
        ANSWERS,
        "/warn-lines",
        lambda uid: (200, "application/json", reviewed(uid, allowed=True, warnings=several)),
    )
    call = Call("/warn-lines")
    played.stored[HOOKS] = [call.configuration(played.server)]
    assert played.review(config_map(call.id)) == ["one"]


def test_a_bundle_that_is_none(played: Played) -> None:
    configuration = Call().configuration(played.server)
    configuration["webhooks"][0]["clientConfig"]["caBundle"] = "aGVsbG8="
    played.stored[HOOKS] = [configuration]
    with pytest.raises(Refused, match="could not get REST client: unable to load root certif"):
        played.review(config_map(Call().id))


def test_nobody_to_ask(played: Played) -> None:
    played.stored[HOOKS] = [
        {"metadata": {"name": "a"}},
        {"metadata": {"name": "b"}, "webhooks": []},
    ]
    assert played.review(config_map("any")) == []


# What is reviewed in tests/live, rebuilt from what the real server sent.
def review_of(request: Json) -> Review:
    resource, user = request["resource"], request["userInfo"]
    return Review(
        operation=request["operation"],
        resource=BY_PLURAL[resource["group"], resource["version"], resource["resource"]],
        namespace="" if resource["resource"] == "namespaces" else request.get("namespace", ""),
        name=request.get("name", ""),
        obj=request["object"],
        old=request["oldObject"],
        user=User(user["username"], tuple(user["groups"]), user["uid"]),
        dry_run=request["dryRun"],
        subresource=request.get("subResource", ""),
        options=request["options"],
    )


REVIEWED = [act for act in ACTS if recorded("matching")[act.id]["request"]]


@pytest.mark.parametrize("act", REVIEWED, ids=lambda act: act.id)
def test_what_is_sent(act: Act) -> None:
    expected = recorded("matching")[act.id]["request"]
    assert faceless(request_of(review_of(expected), "UID")) == expected


@pytest.mark.parametrize("act", REVIEWED, ids=lambda act: act.id)
def test_who_is_asked(played: Played, act: Act) -> None:
    expected = recorded("matching")[act.id]
    played.stored[HOOKS] = [matching(rule, played.server) for rule in RULES]
    played.stored["", "namespaces"] = [
        {"metadata": {"name": "red", "labels": {"colour": "red"}}},
        {"metadata": {"name": "blue", "labels": {}}},
    ]
    played.server.requests.clear()
    played.review(review_of(expected["request"]))
    found = {target.split("/")[2].partition("?")[0] for target, _ in played.server.requests}
    # Known to differ: an Event is not offered to those who know its other group.
    assert found == set(expected["called"]) - (
        {"events-new"} if act.id == "create event" else set()
    )


@pytest.mark.parametrize(
    "act", [act for act in ACTS if act not in REVIEWED], ids=lambda act: act.id
)
def test_what_is_never_reviewed(played: Played, act: Act) -> None:
    body = act.body or {}
    plural = act.path.rsplit("/", 1)[1]
    group, _, version = body["apiVersion"].rpartition("/")
    resource = BY_PLURAL[group, version, plural]
    played.stored[HOOKS] = [matching("everything", played.server)]
    played.server.requests.clear()
    body = {"metadata": {"name": "x"}} | body
    assert played.review(Review("CREATE", resource, "", "x", body, None, ADMIN)) == []
    assert played.server.requests == []


def test_a_namespace_that_is_not_there(played: Played) -> None:
    played.stored[HOOKS] = [matching("in-red", played.server)]
    played.stored["", "namespaces"] = []
    with pytest.raises(Refused) as refused:
        played.review(replace(config_map("any"), namespace="gone"))
    assert refused.value.code == 404
    assert refused.value.message == 'namespaces "gone" not found'


def test_the_namespace_that_is_deleted_counts_as_it_was(played: Played) -> None:
    played.stored[HOOKS] = [matching("in-red", played.server)]
    body = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "red", "labels": {"colour": "red"}},
    }
    namespaces = BY_PLURAL["", "v1", "namespaces"]
    played.server.requests.clear()
    played.review(Review("DELETE", namespaces, "", "red", None, body, ADMIN))
    assert len(played.server.requests) == 1


def test_a_namespace_is_of_the_cluster_whatever_it_is_said_to_be_in(played: Played) -> None:
    played.stored[HOOKS] = [matching(rule, played.server) for rule in ("cluster", "namespaced")]
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "red"}}
    played.server.requests.clear()
    namespaces = BY_PLURAL["", "v1", "namespaces"]
    played.review(Review("CREATE", namespaces, "red", "red", body, None, ADMIN))
    assert [target for target, _ in played.server.requests] == ["/note/cluster?timeout=10s"]


WRONG: tuple[tuple[Json | str, str], ...] = (
    (
        {"apiVersion": 3, "kind": "AdmissionReview"},
        "cannot unmarshal number into Go struct field .apiVersion of type string",
    ),
    (
        {"apiVersion": None, "kind": []},
        "cannot unmarshal array into Go struct field .kind of type string",
    ),
    ({"response": 3}, "webhook response was absent"),
    (
        {"response": {"uid": 7}},
        "number into Go struct field AdmissionResponse.response.uid of type types.UID",
    ),
    (
        {"response": {"warnings": {}}},
        "object into Go struct field AdmissionResponse.response.warnings of type []string",
    ),
    (
        {"response": {"status": True}},
        "bool into Go struct field AdmissionResponse.response.status of type v1.Status",
    ),
    ("[" * 100_000, "unexpected end of JSON input"),
    ("\xff", "cannot unmarshal string into Go value of type struct"),
)


@pytest.mark.parametrize(("body", "why"), WRONG, ids=range(len(WRONG)))
def test_answers_of_wrong_types(body: Json | str, why: str) -> None:
    content = body.encode("latin-1") if isinstance(body, str) else json.dumps(body).encode()
    with pytest.raises(CallFailed) as failed:
        response_of(Answer(200, {"content-type": "application/json"}, content), "1")
    assert why in str(failed.value)


@pytest.mark.parametrize(
    ("status", "code"),
    [({"code": 403}, 403), ({"code": "403"}, 400), ({"code": 4030}, 400), ({"details": []}, 400)],
)
def test_denials_of_wrong_types(
    monkeypatch: pytest.MonkeyPatch, played: Played, status: Json, code: int
) -> None:
    def said(uid: str) -> tuple[int, str, object]:
        return 200, "application/json", reviewed(uid, status=status)

    monkeypatch.setitem(ANSWERS, "/deny", said)
    played.stored[HOOKS] = [Call("/deny").configuration(played.server)]
    with pytest.raises(Denied) as denied:
        played.review(config_map(Call("/deny").id))
    assert denied.value.code == code
    assert denied.value.details is None
