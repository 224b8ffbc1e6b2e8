"""Who asks: the users behind bearer tokens, and tokens for ServiceAccounts.

Kubernetes' own: pkg/registry/core/serviceaccount/storage/token.go and
staging/src/k8s.io/apiserver/pkg/authentication/request/bearertoken.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.go_text import quoted
from kubectl_ingress.lab.apiserver.status import Cause, Refused, bad_request, invalid
from kubectl_ingress.lab.times import written

AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
_ACCOUNT = "system:serviceaccount:"
_AUDIENCE = "https://kubernetes.default.svc"
_SHORTEST, _USUAL, _LONGEST = 600, 3600, 2**32
# Whether the object is there is not looked up.
_BINDABLE = {("v1", "Pod"), ("v1", "Secret"), ("v1", "Node")}


class User(Struct, frozen=True):
    """Who somebody is to the API server."""

    name: str
    groups: tuple[str, ...]
    uid: str = ""


ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))


def account_groups(namespace: str) -> tuple[str, ...]:
    """The groups of every ServiceAccount of a namespace."""
    return ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")


def account_name(namespace: str, name: str) -> str:
    """The user name of a ServiceAccount."""
    return f"{_ACCOUNT}{namespace}:{name}"


def account_of(user_name: str) -> tuple[str, str] | None:
    """Namespace and name of the ServiceAccount with this user name; None for other users."""
    if not user_name.startswith(_ACCOUNT):
        return None
    namespace, colon, name = user_name.removeprefix(_ACCOUNT).partition(":")
    return (namespace, name) if namespace and name and ":" not in name and colon else None


class _Issued(Struct, frozen=True):
    user: User
    until: datetime


class Accounts:
    """The tokens known: those given, for ever, and those issued, until they expire."""

    def __init__(
        self, tokens: Mapping[str, User], clock: Callable[[], datetime] | None = None
    ) -> None:
        self._tokens = {token: _authenticated(user) for token, user in tokens.items()}
        self._issued: dict[str, _Issued] = {}
        self._clock = clock or (lambda: datetime.now(UTC))

    def authenticate(self, header: str) -> User | None:
        """The user of an Authorization header; None for a token that is not known.

        Whoever shows no bearer token is anonymous.
        """
        words = header.strip().split(" ")
        if len(words) < 2 or words[0].lower() != "bearer" or not words[1]:
            return ANONYMOUS
        self._forget_expired()
        found: User | None = None
        # All are compared, so that the time taken tells nothing of them.
        for token, user in self._all().items():
            if hmac.compare_digest(token.encode(), words[1].encode()):
                found = user
        return found

    def issue(self, namespace: str, name: str, request: Json, *, uid: str = "") -> Json:
        """Answer a TokenRequest for a ServiceAccount that exists; `uid` is its. Raises Refused.

        The token is opaque, where a real one is a JWT.
        """
        spec = dict(request.get("spec") or {})
        seconds = spec.get("expirationSeconds")
        spec["expirationSeconds"] = seconds = _USUAL if seconds is None else seconds
        spec["audiences"] = spec.get("audiences") or [_AUDIENCE]
        spec.setdefault("boundObjectRef", None)
        meta = _metadata(request.get("metadata") or {}, namespace, name)
        _check(seconds, spec["boundObjectRef"])
        now = self._clock()
        until = now + timedelta(seconds=seconds)
        token = secrets.token_urlsafe(32)
        user = User(account_name(namespace, name), account_groups(namespace), uid)
        self._issued[token] = _Issued(_authenticated(user), until)
        return {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {**meta, "uid": uid, "creationTimestamp": written(now)},
            "spec": spec,
            "status": {"token": token, "expirationTimestamp": written(until)},
        }

    def _all(self) -> dict[str, User]:
        return self._tokens | {token: issued.user for token, issued in self._issued.items()}

    def _forget_expired(self) -> None:
        now = self._clock()
        for token in [token for token, issued in self._issued.items() if issued.until <= now]:
            del self._issued[token]


def _authenticated(user: User) -> User:
    if AUTHENTICATED in user.groups:
        return user
    return replace(user, groups=(*user.groups, AUTHENTICATED))


def _metadata(given: Json, namespace: str, name: str) -> Json:
    if given.get("namespace") not in (None, "", namespace):
        what = "the namespace of the provided object"
        raise bad_request(f"{what} does not match the namespace sent on the request")
    if given.get("name") not in (None, "", name):
        why = "must match the service account name if specified"
        raise _faulty(name, "metadata.name", quoted(given["name"]), why)
    return {"name": name, "namespace": namespace}


def _check(seconds: int, bound: dict[str, Any] | None) -> None:
    where = "spec.expirationSeconds"
    if seconds < _SHORTEST:
        why = "may not specify a duration less than 10 minutes"
        raise _faulty("", where, str(seconds), why)
    if seconds > _LONGEST:
        why = "may not specify a duration larger than 2^32 seconds"
        raise _faulty("", where, str(seconds), why)
    if bound and (bound.get("apiVersion"), bound.get("kind")) not in _BINDABLE:
        group, _, version = str(bound.get("apiVersion", "")).rpartition("/")
        kind = f"{group}/{version}, Kind={bound.get('kind', '')}"
        raise bad_request(f"cannot bind token to object of type {kind}")


def _faulty(name: str, field: str, value: str, why: str) -> Refused:
    cause = Cause(field, "FieldValueInvalid", f"Invalid value: {value}: {why}")
    return invalid("authentication.k8s.io", "TokenRequest", name, [cause])
