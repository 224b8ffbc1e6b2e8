"""Every recorded write through the lab's whole API server, against the real one's answer.

Each step starts from the object as the real server had it, so that no
difference makes others.
"""

from __future__ import annotations

import asyncio
import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.lab.apiserver.accounts import Accounts, User
from kubectl_ingress.lab.apiserver.requests import Call
from kubectl_ingress.lab.apiserver.server import ApiServer, Streamed
from kubectl_ingress.lab.apiserver.status import Refused
from tests.lab.apply_cases import APPLY, Case, Json, Step
from tests.lab.recorded import told_without_chance, without_chance
from tests.lab.replay import Replayed, replayed

USER = User("admin", ("system:masters", "system:authenticated"))

# What the lab still answers otherwise: the case, or one step of it -> why.
_SHOWN = "the refusal quotes the whole object, which has another resourceVersion here"
DIFFERENT: dict[str, str] = {
    "job-2": "the real server stores an unchanged Job anew, once",
    "refused-apply-16": "an unreadable int-or-string in an apply: our decoder answers, with 400",
    "refused-apply-25": "a wrong uid in an apply is 409 here, 422 there",
    "refused-apply-27": "a wrong namespace in an apply is told by the validation here",
    "refused-operations-46": _SHOWN,
    "merge-patches-7": _SHOWN,
    "merge-patches-9": _SHOWN,
}


def call(case: Case, step: Step) -> Call:
    method, path, kind = "PATCH", [case.path, case.name, step.subresource], step.verb
    if step.verb in ("POST", "PUT"):
        method, kind = step.verb, "application/json"
    query = {"fieldManager": step.manager} if step.manager else {}
    if step.verb == APPLY:
        query["force"] = str(step.force).lower()
    return Call(
        method=method,
        path=case.path if method == "POST" else "/".join(path).rstrip("/"),
        user=USER,
        query=query,
        body=copy.deepcopy(step.body),
        content_type=kind,
        agent="agent",
    )


async def answered(server: ApiServer, asked: Call) -> tuple[int, Any]:
    try:
        answer = await server.answer(asked)
    except Refused as refused:
        return refused.code, refused.body()
    except (AttributeError, KeyError, TypeError) as error:
        # What the lab crashes on is an answer too, and no right one.
        return 500, {"message": repr(error)}
    assert not isinstance(answer, Streamed)
    return answer.code, answer.body


async def written(each: Replayed) -> tuple[int, Any, bool]:
    """The answer to a step, and whether the object has another version now."""
    second = each.rank
    server = ApiServer(Accounts({}), lambda *_: Path(), lambda: _time(second))
    await answered(server, _post("/api/v1/namespaces", "Namespace"))
    await answered(server, _post("/api/v1/namespaces/default/serviceaccounts", "ServiceAccount"))
    store, before = server.store, "0"
    if each.live is not None:
        kept = store.put(each.resource.storage, copy.deepcopy(each.live))
        before = kept["metadata"]["resourceVersion"]
    code, body = await answered(server, call(each.case, each.step))
    if code < 300 and each.step.subresource == "scale":
        path = f"{each.case.path}/{each.case.name}"
        _, body = await answered(server, Call(method="GET", path=path, user=USER))
    after = body.get("metadata", {}).get("resourceVersion", before)
    return code, body, after != before


def _time(second: int) -> datetime:
    return datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)


def _post(path: str, kind: str) -> Call:
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "default"}}
    return Call(method="POST", path=path, user=USER, body=body)


def settled(each: Replayed, code: int, body: Json) -> Json:
    """An answer without what is chance, or the random order of a Go map."""
    if code >= 300:
        told = {key: body[key] for key in ("message", "reason", "details") if key in body}
        told["message"] = sorted(told["message"].replace("errors:", "errors:\n").split("\n"))
        if causes := told.get("details", {}).get("causes"):
            told["details"] = told["details"] | {"causes": sorted(causes, key=str)}
        return json.loads(told_without_chance(json.dumps(told)))
    found = copy.deepcopy(body)
    found["metadata"] |= {"uid": "uid", "resourceVersion": "1"}
    if each.live is None:
        found["metadata"]["creationTimestamp"] = each.now
    return json.loads(without_chance(found))


@pytest.mark.parametrize("each", replayed(), ids=lambda each: each.name)
def test_as_the_real_server(each: Replayed):
    code, body, changed = asyncio.run(written(each))
    expected = settled(each, each.code, each.answer)
    same = code == each.code and settled(each, code, body) == expected
    if each.succeeded:
        version = (each.live or {"metadata": {}})["metadata"].get("resourceVersion")
        same = same and changed == (each.answer["metadata"]["resourceVersion"] != version)
    if not same and (why := DIFFERENT.get(each.name) or DIFFERENT.get(each.case.name)):
        pytest.xfail(why)
    assert (code, settled(each, code, body)) == (each.code, expected)
    assert same, "stored anew, or not"
