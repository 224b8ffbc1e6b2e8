"""The API server: who asks, whether they may, and who answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import discovery, rbac
from kubectl_ingress.lab.apiserver.accounts import Accounts, User
from kubectl_ingress.lab.apiserver.admission import Webhooks
from kubectl_ingress.lab.apiserver.deleting import delete, delete_all
from kubectl_ingress.lab.apiserver.impersonation import impersonated
from kubectl_ingress.lab.apiserver.rbac import Attributes, Authorizer, forbidden
from kubectl_ingress.lab.apiserver.reading import Reader
from kubectl_ingress.lab.apiserver.requests import Call, Target, parse_path, verb_of
from kubectl_ingress.lab.apiserver.status import Refused
from kubectl_ingress.lab.apiserver.store import Store
from kubectl_ingress.lab.apiserver.subresources import Forwarding, LogOf, Subresources
from kubectl_ingress.lab.apiserver.writing import Answer, Writer

_VERBS = {"POST": "post", "PUT": "put", "PATCH": "patch", "DELETE": "delete"}
_ENDPOINTS = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"


class Streamed(Struct, frozen=True):
    """An answer that goes on: a line of JSON at a time."""

    lines: AsyncIterator[bytes]


class ApiServer:
    """Answers requests; HTTP is somebody else's."""

    def __init__(
        self, accounts: Accounts, log_of: LogOf, clock: Callable[[], datetime] | None = None
    ) -> None:
        clock = clock or _now
        self.store = store = Store()
        self.accounts = accounts
        self._authorizer = Authorizer(lambda plural: store.list((rbac.GROUP, plural)))
        webhooks = Webhooks(lambda group, plural: store.list((group, plural)))
        self._writer = Writer(store, webhooks, clock)
        self._reader = Reader(store, clock)
        # In which mode each user acted last, see impersonation.
        self._modes: dict[str, str] = {}
        self._parts = Subresources(self._writer, accounts, self._authorizer, log_of)

    def user_of(self, authorization: str) -> User:
        """Who asks. Raises Refused: 401 for a token that nobody has."""
        user = self.accounts.authenticate(authorization)
        if user is None:
            raise Refused(401, "Unauthorized", "Unauthorized")
        return user

    async def answer(self, call: Call) -> Answer | Streamed | Forwarding:
        """One request by somebody who is known. Raises Refused."""
        target = parse_path(call.path)
        if target is None:
            attributes = Attributes(verb=_VERBS.get(call.method, "get"), path=call.path)
            return self._document(self._authorized(call, attributes))
        verb = verb_of(call, target)
        call = self._authorized(call, _attributes(target, verb))
        if target.subresource and target.subresource != "status":
            return await self._parts.answer(call, target)
        if verb not in target.resource.verbs:
            raise _not_allowed()
        if target.resource.group == "authorization.k8s.io":
            return self._parts.review(call, target)
        answer = await self._answer(call, target, verb)
        if target.resource.kind == "Endpoints" and isinstance(answer, Answer):
            answer.warnings.append(_ENDPOINTS)
        return answer

    async def _answer(self, call: Call, target: Target, verb: str) -> Answer | Streamed:
        match verb:
            case "get":
                return Answer(self._reader.get(call, target))
            case "list":
                return Answer(self._reader.page(call, target))
            case "watch":
                return Streamed(self._reader.watch(call, target))
            case "create":
                return await self._writer.create(call, target)
            case "update":
                return await self._writer.update(call, target)
            case "patch":
                return await self._writer.patch(call, target)
            case "delete":
                return await delete(self._writer, call, target)
            case "deletecollection":
                items = self._reader.selected(call, target)
                await delete_all(self._writer, call, target, items)
                return Answer(self._reader.page(replace(call, method="GET"), target))
        raise _not_allowed()

    def _document(self, call: Call) -> Answer:
        found = discovery.document(call.path)
        if found is None:
            return Answer("404 page not found\n", 404)
        return Answer(found)

    def _authorized(self, call: Call, attributes: Attributes) -> Call:
        """The call as whoever it is to be done as, who may do it. Raises Refused: 403."""
        user = impersonated(call.user, call.acting, self._authorizer, attributes, self._modes)
        verdict = self._authorizer.decide(user, attributes)
        if not verdict.allowed:
            raise forbidden(user, attributes, verdict.reason)
        return replace(call, user=user)


def _attributes(target: Target, verb: str) -> Attributes:
    # A Namespace is in itself.
    own = target.name if target.resource.kind == "Namespace" else ""
    return Attributes(
        verb=verb,
        group=target.resource.group,
        resource=target.resource.plural,
        subresource=target.subresource,
        namespace=target.namespace or own,
        name=target.name,
    )


def _not_allowed() -> Refused:
    message = "the server does not allow this method on the requested resource"
    return Refused(405, "MethodNotAllowed", message)


def _now() -> datetime:
    return datetime.now(UTC)


def encode(body: Json | str) -> bytes:
    """An answer's body as it is sent."""
    if isinstance(body, str):
        # A log may hold any byte.
        return body.encode(errors="surrogateescape")
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"
