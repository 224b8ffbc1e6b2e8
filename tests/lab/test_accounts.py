"""Tokens: whose they are, and what a real API server says to a TokenRequest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kubectl_ingress.lab.apiserver.accounts import ANONYMOUS, Accounts, User, account_of
from kubectl_ingress.lab.apiserver.status import Refused
from tests.lab.access import recorded
from tests.lab.access.tokens import HEADERS, REQUESTS, neutral
from tests.lab.test_rbac import told

Json = dict[str, Any]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
UID = "11111111-2222-3333-4444-555555555555"
ADMIN = User("admin", ("system:masters",))
# The API server looks for the account before, and these need other objects.
ELSEWHERE = {"of nobody", "bound to no pod"}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def issue(accounts: Accounts, **spec: object) -> str:
    answer = accounts.issue("a", "robot", {"spec": spec}, uid=UID)
    return str(answer["status"]["token"])


@pytest.mark.parametrize("name", [name for name in REQUESTS if name not in ELSEWHERE])
def test_requests(name: str) -> None:
    accounts = Accounts({}, Clock())
    who, body = REQUESTS[name]
    expected = recorded("tokens")[name]
    # Known to differ.
    expected["metadata"].pop("managedFields", None)
    if expected["kind"] == "Status":
        with pytest.raises(Refused) as refused:
            accounts.issue("a", who, body, uid=UID)
        assert told(refused.value) == expected
        return
    answer = accounts.issue("a", who, body, uid=UID)
    assert neutral(answer, UID) == expected
    user = accounts.authenticate(f"Bearer {answer['status']['token']}")
    assert user is not None
    known = recorded("tokens")[f"{name}: who"]["status"]["userInfo"]
    assert (user.name, list(user.groups)) == (known["username"], known["groups"])
    assert user.uid == UID
    until = NOW + timedelta(seconds=answer["spec"]["expirationSeconds"])
    assert answer["status"]["expirationTimestamp"] == until.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("name", HEADERS)
def test_headers(name: str) -> None:
    found = Accounts({"right": ADMIN}).authenticate(HEADERS[name])
    code = recorded("tokens")[f"header {name}"]["code"]
    assert found == {401: None, 403: ANONYMOUS}[code]


@pytest.mark.parametrize(
    "header", ["Bearer right", "bearer right", " BEARER right ", "Bearer right x"]
)
def test_a_token_that_is_known(header: str) -> None:
    found = Accounts({"right": ADMIN, "other": User("x", ())}).authenticate(header)
    assert found == User("admin", ("system:masters", "system:authenticated"))


def test_a_token_of_no_ascii_is_not_known() -> None:
    assert Accounts({"right": ADMIN}).authenticate("Bearer rïght") is None


def test_a_token_expires() -> None:
    clock = Clock()
    accounts = Accounts({"right": ADMIN}, clock)
    token = issue(accounts, expirationSeconds=600)
    clock.now += timedelta(seconds=599)
    assert accounts.authenticate(f"Bearer {token}") is not None
    clock.now += timedelta(seconds=1)
    assert accounts.authenticate(f"Bearer {token}") is None
    assert accounts.authenticate("Bearer right") is not None


def test_every_token_is_another() -> None:
    accounts = Accounts({})
    assert issue(accounts) != issue(accounts)


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("system:serviceaccount:a:robot", ("a", "robot")),
        ("system:serviceaccount:a", None),
        ("system:serviceaccount::robot", None),
        ("system:serviceaccount:a:", None),
        ("system:serviceaccount:a:b:c", None),
        ("dev", None),
    ],
)
def test_names_of_accounts(name: str, account: tuple[str, str] | None) -> None:
    assert account_of(name) == account
