"""What the API server's refusals mean, as errors of ours.

The shapes are those of k8s.io/apimachinery's Status (`reason`, `message`,
`details`). Anything else that answers on that address, a proxy's error page
for one, is told apart.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.errors import (
    ApiConflict,
    ApiError,
    ApiFailed,
    ApiForbidden,
    ApiNotFound,
    ApiRefused,
    ApiUnauthorized,
)

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_READING = ("get", "list", "watch")
_BY_RESOURCE = {kind.resource: kind for kind in KINDS.values()}

_NOT_ALLOWED = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>[\w:-]+) resource "(?P<resource>[^"]+)"'
    r'(?: in API group "(?P<group>[^"]*)")?'
    r'(?: in the namespace "(?P<namespace>[^"]*)")?'
)
_DENIED = re.compile(
    r'admission webhook "(?P<webhook>[^"]+)" denied the request(?:: |)(?P<why>.*)', re.DOTALL
)
_WEBHOOK_FAILED = re.compile(r'failed calling webhook "(?P<webhook>[^"]+)": (?P<why>.*)', re.DOTALL)
# A server-side apply of a field of the wrong type, for which the API server blames itself.
_MISTYPED = "failed to create typed patch object"
_GRANTS = "attempting to grant RBAC permissions not currently held"
_AGAIN = "change what it names, then run the command again"
_OWNER = re.compile(r'conflict with "(?P<manager>[^"]+)"')


class KindNotServed(ApiNotFound):
    """404 for the kind itself: the cluster has no such API."""


class Expired(ApiFailed):
    """410: the list or watch is too old to go on; begin it anew."""


class Overloaded(ApiFailed):
    """429, after all patience: the API server takes nothing more for now."""


class FieldsOwned(ApiConflict):
    """409 of a server-side apply: other managers own fields. `owners`: (field, manager)."""

    owners: tuple[tuple[str, str], ...] = ()


class WebhookDenied(ApiRefused):
    """An admission webhook looked at the object and refused it. `webhook` is its name."""

    webhook = ""


class WebhookFailed(ApiFailed):
    """An admission webhook could not be asked, so nothing was written. `webhook` is its name."""

    webhook = ""


class Session(Struct, frozen=True):
    """Who is talking to which server; for messages. `flags` select the same in kubectl."""

    server: str
    context: str = ""
    user: str = ""
    flags: tuple[str, ...] = ()

    @property
    def server_named(self) -> str:
        """``the API server at URL``."""
        return f"the API server at {self.server}"

    @property
    def in_context(self) -> str:
        """`` (context X)``, or nothing."""
        return f" (context {self.context})" if self.context else ""


class Target(Struct, frozen=True):
    """What a request is about, as RBAC sees it. No resource: a path that is no object's."""

    verb: str
    path: str
    group: str = ""
    plural: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def resource(self) -> str:
        """As kubectl and RBAC name it: ``ingresses.networking.k8s.io``, ``pods/log``."""
        named = f"{self.plural}.{self.group}" if self.plural and self.group else self.plural
        return f"{named}/{self.subresource}" if self.subresource else named

    @property
    def noun(self) -> str:
        """``ingress x in namespace y``, ``ingresses in all namespaces``, or the path."""
        if not self.plural:
            return self.path
        kind = _BY_RESOURCE.get(f"{self.plural}.{self.group}" if self.group else self.plural)
        what = self.plural
        if self.name:
            what = f"{kind.name.lower() if kind else self.plural} {self.name}"
        return f"{what}{self.place}"

    @property
    def place(self) -> str:
        """`` in namespace x``, `` in all namespaces``, or nothing for what has none."""
        if self.namespace:
            return f" in namespace {self.namespace}"
        kind = _BY_RESOURCE.get(self.resource)
        return " in all namespaces" if kind and kind.namespaced and self.verb != "create" else ""

    @property
    def scope(self) -> tuple[str, ...]:
        """The namespace as kubectl's flag."""
        return ("-n", self.namespace) if self.namespace else ()


def target_of(method: str, path: str, *, watch: bool = False) -> Target:
    """A request's method and URL path -> Target."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    skip = {"api": 2, "apis": 3}.get(parts[0], len(parts))
    group = parts[1] if parts[0] == "apis" and len(parts) > 1 else ""
    rest = parts[skip:]
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces" and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, "", "", "")[:3]
    reading = "watch" if watch else ("get" if name or not plural else "list")
    return Target(_VERBS.get(method, reading), path, group, plural, namespace, name, subresource)


def parse_object(status: int, body: bytes, session: Session) -> dict[str, object]:
    """The body of a 2xx answer -> JSON object, {} when empty. Raises ApiFailed."""
    if not body.strip():
        return {}
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _not_kubernetes(status, body, session) from error
    if not isinstance(data, dict):
        raise _not_kubernetes(status, body, session)
    return data


def _not_kubernetes(status: int, body: bytes, session: Session) -> ApiFailed:
    return ApiFailed(
        f"{session.server_named} answered {status}, but not as Kubernetes does: {_excerpt(body)}"
        f"{session.in_context}",
        "check the address, and what stands before it (a proxy, a login page)",
    )


def _excerpt(body: bytes) -> str:
    text = body[:4096].decode("utf-8", "replace")
    title = re.search(r"<title[^>]*>([^<]+)</title>", text, re.IGNORECASE)
    line = " ".join((title.group(1) if title else text).split())
    if not line:
        return "an empty body"
    return f'"{line[:80]}…"' if len(line) > 80 else f'"{line}"'


def refusal(status: int, body: bytes, target: Target, session: Session) -> ApiError:
    """An answer of 300 and above -> the error to raise."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and data.get("kind") == "Status":
        return refusal_of(Reader(data, "Status", Origin()), status, target, session)
    if status == 401:
        return _unauthorized(session)
    if status == 404 and target.plural:
        # For a group it does not know the API server answers "404 page not found".
        return _kind_not_served(target, session)
    if status == 403:
        page = _not_kubernetes(status, body, session)
        return ApiForbidden(page.sentence, page.next_step)
    return _not_kubernetes(status, body, session)


def refusal_of(data: Reader, status: int, target: Target, session: Session) -> ApiError:
    """A Kubernetes Status -> the error to raise."""
    message = " ".join(data.text("message").split()) or f"status {status}"
    webhook = _webhook_error(message, target)
    if webhook:
        return webhook
    if status == 401:
        return _unauthorized(session)
    if status == 403:
        return _forbidden(message, target, session)
    if status == 404:
        return _not_found(data.child("details"), message, target, session)
    if status == 409:
        return _conflict(data, message, target, session)
    if status == 410:
        return Expired(f"{target.noun}: {message}", "run the command again")
    if status == 429:
        return Overloaded(
            f"{session.server_named} is overloaded: {message}", "run the command again in a while"
        )
    if 400 <= status < 500 or _MISTYPED in message:
        why = _causes(data) or message
        return ApiRefused(f"the API server refuses {target.noun}: {why}", _AGAIN)
    what = f"{target.verb} {target.noun}" if target.plural else target.path
    # A write may have been done all the same; each command of ours can be given twice.
    again = "" if target.verb in _READING else "\nand then run the command again"
    return ApiFailed(
        f"{session.server_named} failed to {what}: {status}: {message}",
        f"see how it is: {_kubectl(session, 'get', '--raw', '/readyz?verbose')}{again}",
    )


def _webhook_error(message: str, target: Target) -> ApiError | None:
    denied = _DENIED.search(message)
    if denied:
        why = denied["why"].strip().removeprefix("without explanation") or "it does not say why"
        refused = WebhookDenied(
            f"{target.noun} is refused by the admission webhook {denied['webhook']}: {why}",
            _AGAIN,
        )
        refused.webhook = denied["webhook"]
        return refused
    failed = _WEBHOOK_FAILED.search(message)
    if failed:
        unasked = WebhookFailed(
            f"{target.noun} was not written: the admission webhook {failed['webhook']} "
            f"did not answer: {failed['why']}",
            # It says what keeps it from it.
            "kubectl ingress doctor\n"
            "see whose it is: kubectl get validatingwebhookconfigurations,"
            "mutatingwebhookconfigurations",
        )
        unasked.webhook = failed["webhook"]
        return unasked
    return None


def _unauthorized(session: Session) -> ApiUnauthorized:
    who = f" of the user {session.user}" if session.user else ""
    return ApiUnauthorized(
        f"{session.server_named} does not accept the credentials{who}{session.in_context}",
        f"log in again, and check with: {_kubectl(session, 'get', '--raw', '/version')}",
    )


def _kubectl(session: Session, *words: str) -> str:
    return shlex.join(("kubectl", *words, *session.flags))


def _forbidden(message: str, target: Target, session: Session) -> ApiForbidden:
    found = _NOT_ALLOWED.search(message)
    if not found:
        return _forbidden_otherwise(message, target, session)
    if found["verb"].startswith("impersonate"):
        # Since 1.35 the verb says on what, as in "impersonate-on:user-info:list".
        return ApiForbidden(
            f"you may not act as another user (user {found['user']}); needed: impersonate users",
            "leave out --as, or ask for that right",
        )
    plural, _, subresource = found["resource"].partition("/")
    namespace = found["namespace"] or ""
    missing = Target(
        found["verb"], target.path, found["group"] or "", plural, namespace, "", subresource
    )
    scope = missing.scope or (("-A",) if missing.place else ())
    return ApiForbidden(
        f"you may not {missing.verb} {found['resource']}{missing.place} (user {found['user']}); "
        f"needed: {missing.verb} {missing.resource}",
        "check: " + _kubectl(session, "auth", "can-i", missing.verb, missing.resource, *scope),
    )


def _may_not_grant(message: str, target: Target) -> ApiForbidden:
    """A role with more rights than the user's own, or a binding to one."""
    plural = target.plural.replace("rolebindings", "roles")
    verb = "escalate" if plural == target.plural else "bind"
    _, _, rights = message.partition("currently held: ")
    return ApiForbidden(
        f"you may not grant what you do not have yourself, as {target.noun} does; "
        f"needed: {verb} {replace(target, plural=plural).resource}{target.place}",
        f"or have it yourself: {rights[:400]}",
    )


def _forbidden_otherwise(message: str, target: Target, session: Session) -> ApiForbidden:
    """Quotas, Pod security, namespaces that are going away."""
    if _GRANTS in message:
        return _may_not_grant(message, target)
    describe = _kubectl(session, "describe", "namespace", target.namespace)
    again = "see what is in its way: " + describe
    if "being terminated" in message:
        gone = ("wait", "--for=delete", f"namespace/{target.namespace}", "--timeout=5m")
        again = "wait until it is gone: " + _kubectl(session, *gone)
    return ApiForbidden(
        f"the API server forbids to {target.verb} {target.noun}: {message}",
        again if target.namespace else _AGAIN,
    )


def _kind_not_served(target: Target, session: Session) -> KindNotServed:
    return KindNotServed(
        f"{session.server_named} does not know {target.resource}{session.in_context}",
        "see what it serves: " + _kubectl(session, "api-resources"),
    )


def _not_found(details: Reader, message: str, target: Target, session: Session) -> ApiNotFound:
    kind, name = details.text("kind"), details.text("name")
    if not target.plural:
        return ApiNotFound(f"{session.server_named} has no {target.path}: {message}")
    if not name:
        return _kind_not_served(target, session)
    if kind == "namespaces" and target.plural != "namespaces":
        # Not begun with kubectl: the namespace that was typed is none of this command's flags.
        create = "create it: " + _kubectl(session, "create", "namespace", name)
        return ApiNotFound(f"there is no namespace {name}", create)
    return ApiNotFound(
        f"there is no {target.noun}" if name == target.name else message,
        "see which there are: " + _kubectl(session, "get", target.plural, *target.scope),
    )


def _conflict(data: Reader, message: str, target: Target, session: Session) -> ApiConflict:
    owners = tuple(
        (cause.text("field"), owner["manager"])
        for cause in data.child("details").children("causes")
        if (owner := _OWNER.search(cause.text("message")))
    )
    if owners:
        words = ("get", f"{target.plural}/{target.name}", *target.scope, "-o", "yaml")
        owned = FieldsOwned(
            f"{target.noun}: others own what was to be set: {_listed(_by_manager(owners))}",
            "see who set what: " + _kubectl(session, *words, "--show-managed-fields"),
        )
        owned.owners = owners
        return owned
    if data.text("reason") == "AlreadyExists":
        name = data.child("details").text("name") or target.name
        return ApiConflict(f"{replace(target, name=name).noun} exists already", _AGAIN)
    if "object has been modified" in message:
        return ApiConflict(
            f"{target.noun} was changed by another in the meantime", "run the command again"
        )
    return ApiConflict(f"{target.noun}: {message}", _AGAIN)


def _by_manager(owners: Iterable[tuple[str, str]]) -> list[str]:
    fields: dict[str, list[str]] = {}
    for field, manager in owners:
        fields.setdefault(manager, []).append(field)
    return [f"{manager} ({', '.join(owned)})" for manager, owned in fields.items()]


def _causes(data: Reader) -> str:
    causes = data.child("details").children("causes")
    pairs = [(cause.text("field"), cause.text("message")) for cause in causes]
    return _listed([": ".join(part for part in pair if part) for pair in pairs])


def _listed(items: list[str]) -> str:
    shown = [" ".join(item.split()) for item in items if item][:5]
    more = f"; and {len(items) - 5} more" if len(items) > 5 else ""
    return "; ".join(shown) + more
