from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from kubectl_ingress.core.patch_host import ANNOTATION, Plan, plan_patch, plan_undo
from kubectl_ingress.errors import InputError, UsageError
from tests.manifests import path


def make(*hosts: str, tls: tuple[str, ...] = (), paths: tuple[str, ...] = ()) -> dict[str, Any]:
    rules = []
    for number, host in enumerate(hosts):
        rule = {"http": {"paths": [path(paths[number] if paths else f"/{number}")]}}
        rules.append({**({"host": host} if host else {}), **rule})
    spec: dict[str, Any] = {"rules": rules}
    if tls:
        spec["tls"] = [{"hosts": list(tls), "secretName": "t"}]
    return {"metadata": {"name": "web", "resourceVersion": "7"}, "spec": spec}


def applied(ingress: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """What the API server makes of the merge patch (RFC 7386)."""

    def merge(old: Any, new: Any) -> Any:
        if not isinstance(new, dict):
            return new
        result = dict(old) if isinstance(old, dict) else {}
        for key, value in new.items():
            if value is None:
                result.pop(key, None)
            else:
                result[key] = merge(result.get(key), value)
        return result

    merged: dict[str, Any] = merge(copy.deepcopy(ingress), copy.deepcopy(plan.patch))
    return merged


def hosts(ingress: dict[str, Any]) -> list[str | None]:
    return [rule.get("host") for rule in ingress["spec"]["rules"]]


def record(ingress: dict[str, Any]) -> Any:
    return json.loads(ingress["metadata"]["annotations"][ANNOTATION])


def test_rules_and_tls_hosts_change_and_the_record_has_the_contract_s_form() -> None:
    before = make("a", "a", tls=("a", "z"))
    after = applied(before, plan_patch(before, "lb"))
    assert hosts(after) == ["lb", "lb"]
    assert after["spec"]["tls"] == [{"hosts": ["lb", "z"], "secretName": "t"}]
    assert record(after) == {
        "v": 1,
        "rules": [{"index": 0, "from": "a", "to": "lb"}, {"index": 1, "from": "a", "to": "lb"}],
        "tls": [{"index": 0, "from": "a", "to": "lb"}],
    }


def test_undo_restores_all_and_removes_the_record() -> None:
    before = make("a", "", tls=("a",))
    patched = applied(before, plan_patch(before, "lb", every=True))
    restored = applied(patched, plan_undo(patched))
    assert restored["spec"] == before["spec"]
    assert ANNOTATION not in restored["metadata"]["annotations"]


def test_a_second_patch_keeps_the_first_host() -> None:
    ingress = make("a")
    ingress = applied(ingress, plan_patch(ingress, "lb"))
    ingress = applied(ingress, plan_patch(ingress, "other"))
    assert record(ingress)["rules"] == [{"index": 0, "from": "a", "to": "other"}]
    assert hosts(applied(ingress, plan_undo(ingress))) == ["a"]


def test_undo_leaves_what_somebody_else_changed_and_says_so() -> None:
    ingress = make("a", "a")
    ingress = applied(ingress, plan_patch(ingress, "lb"))
    ingress["spec"]["rules"][1]["host"] = "theirs"
    plan = plan_undo(ingress)
    assert plan.left == ("rules[1] is now theirs, not lb",)
    after = applied(ingress, plan)
    assert hosts(after) == ["a", "theirs"]
    assert record(after)["rules"] == [{"index": 1, "from": "a", "to": "lb"}]


def test_undo_of_what_somebody_has_restored_already_just_forgets_it() -> None:
    ingress = make("a", "a")
    ingress = applied(ingress, plan_patch(ingress, "lb"))
    for rule in ingress["spec"]["rules"]:
        rule["host"] = "a"
    plan = plan_undo(ingress)
    assert (plan.changes, plan.left) == ((), ())
    after = applied(ingress, plan)
    assert ANNOTATION not in after["metadata"]["annotations"]
    assert hosts(after) == ["a", "a"]


def test_undo_of_nothing_but_others_hosts_is_no_patch() -> None:
    ingress = make("a")
    ingress = applied(ingress, plan_patch(ingress, "lb"))
    ingress["spec"]["rules"][0]["host"] = "theirs"
    assert plan_undo(ingress).patch == {}


def test_the_patch_fails_if_anybody_was_faster() -> None:
    assert plan_patch(make("a"), "lb").patch["metadata"]["resourceVersion"] == "7"


def test_nothing_to_change_is_no_patch() -> None:
    assert plan_patch(make("lb"), "lb").changes == ()


def test_different_hosts_need_a_choice() -> None:
    with pytest.raises(UsageError, match="different hosts: a, b"):
        plan_patch(make("a", "b"), "lb")
    assert hosts(applied(make("a", "b"), plan_patch(make("a", "b"), "lb", "b"))) == ["a", "lb"]
    assert (
        hosts(applied(make("a", "b"), plan_patch(make("a", "b"), "lb", every=True))) == ["lb"] * 2
    )
    with pytest.raises(UsageError, match="no rule of Ingress web has the host 'c'"):
        plan_patch(make("a"), "lb", "c")


def test_two_rules_may_not_get_the_same_host_and_path() -> None:
    twins = make("a", "b", paths=("/x", "/x"))
    with pytest.raises(UsageError, match="would get host lb and path /x"):
        plan_patch(twins, "lb", every=True)
    assert hosts(applied(twins, plan_patch(twins, "lb", "a"))) == ["lb", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"v":2}',
        '{"v":1,"rules":[{}]}',
        '{"v":1,"rules":[{"index":-1,"from":"a","to":"b"}]}',
        '{"v":1,"rules":[{"index":true,"from":"a","to":"b"}]}',
        '{"v":1,"rules":{"a":1}}',
        '{"v":1,"tls":[{"index":0,"from":1,"to":"b"}]}',
        "[" * 60_000,
    ],
)
def test_a_record_that_cannot_be_read_is_our_error(text: str) -> None:
    ingress = make("a")
    ingress["metadata"]["annotations"] = {ANNOTATION: text}
    with pytest.raises(InputError, match="cannot be read"):
        plan_undo(ingress)


def test_undo_without_a_record() -> None:
    with pytest.raises(UsageError, match="no earlier host on record"):
        plan_undo(make("a"))


@pytest.mark.parametrize("spec", [None, {}, {"rules": None}, {"rules": "x"}, {"rules": [None]}])
def test_no_rules(spec: Any) -> None:
    with pytest.raises(UsageError, match="has no rules"):
        plan_patch({"metadata": {"name": "web"}, "spec": spec}, "lb")
