"""What the API server's refusals mean, as errors of ours.

The shapes are those of k8s.io/apimachinery's Status (`reason`, `message`,
`details`). Anything else that answers on that address, a proxy's error page
for one, is told apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

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
from kubectl_ingress.ports.asked import Session, Target

_READING = ("get", "list", "watch")

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
# What the API server writes where it fails before it knows which kind is asked for:
# k8s.io/apiserver, responsewriters.InternalError.
_OWN_500 = b'Internal Server Error: "'


class KindNotServed(ApiNotFound):
    """404 for the kind itself: the cluster has no such API."""


class Expired(ApiFailed):
    """410: the list or watch is too old to go on; begin it anew."""


class Overloaded(ApiFailed):
    """429, after all patience: the API server takes nothing more for now."""


class RightMissing(ApiForbidden):
    """403 of RBAC. `needed` is the right, as ``list services``; the sentence ends with it."""

    needed = ""


class FieldsOwned(ApiConflict):
    """409 of a server-side apply: other managers own fields. `owners`: (field, manager)."""

    owners: tuple[tuple[str, str], ...] = ()


class WebhookDenied(ApiRefused):
    """An admission webhook looked at the object and refused it. `webhook` is its name."""

    webhook = ""


class WebhookFailed(ApiFailed):
    """An admission webhook could not be asked, so nothing was written. `webhook` is its name."""

    webhook = ""


def parse_object(
    status: int, body: bytes, session: Session, *, reading: bool = True
) -> dict[str, object]:
    """The body of a 2xx answer -> JSON object; of a write {} when empty. Raises ApiFailed."""
    if not reading and not body.strip():
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


def _line(body: bytes) -> str:
    return " ".join(body[:4096].decode("utf-8", "replace").split())


def _excerpt(body: bytes) -> str:
    line = _line(body)
    title = re.search(r"<title[^>]*>([^<]+)</title>", line, re.IGNORECASE)
    if title:
        line = title.group(1).strip()
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
    if status == 429:
        # The API server's own has no Status, nor has that of a proxy, for which it means the same.
        return _overloaded("too many requests", session)
    if body.startswith(_OWN_500):
        return _failed(f"{status}: {_line(body)}", target, session)
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
        return _overloaded(message, session)
    if 400 <= status < 500 or _MISTYPED in message:
        why = _causes(data) or message
        return ApiRefused(f"the API server refuses {target.noun}: {why}", _AGAIN)
    return _failed(f"{status}: {message}", target, session)


def _overloaded(message: str, session: Session) -> Overloaded:
    return Overloaded(
        f"{session.server_named} is overloaded: {message}", "run the command again in a while"
    )


def _failed(message: str, target: Target, session: Session) -> ApiFailed:
    what = f"{target.verb} {target.noun}"
    # A write may have been done all the same; each command of ours can be given twice.
    again = "" if target.verb in _READING else "\nand then run the command again"
    return ApiFailed(
        f"{session.server_named} failed to {what}: {message}",
        f"see how it is: {session.kubectl('get', '--raw', '/readyz?verbose')}{again}",
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
    version = ("get", "--raw", "/version")
    if session.typed_token:
        return ApiUnauthorized(
            f"{session.server_named} does not accept the token of --token{session.in_context}",
            # Without the token, which is a secret, the command would ask as somebody else.
            f"check with: {session.kubectl(*version, '--token', 'TOKEN')}",
        )
    who = f" of the user {session.user}" if session.user else ""
    return ApiUnauthorized(
        f"{session.server_named} does not accept the credentials{who}{session.in_context}",
        f"log in again, and check with: {session.kubectl(*version)}",
    )


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
    needed = f"{missing.verb} {missing.resource}"
    refused = RightMissing(
        f"you may not {missing.verb} {found['resource']}{missing.place} (user {found['user']}); "
        f"needed: {needed}",
        "check: " + session.kubectl("auth", "can-i", missing.verb, missing.resource, *scope),
    )
    refused.needed = needed
    return refused


def all_missing(refused: Sequence[ApiForbidden]) -> ApiForbidden:
    """The first of several 403s, naming the rights too that the others were for."""
    first, *others = refused
    if not isinstance(first, RightMissing):
        return first
    more = [one.needed for one in others if isinstance(one, RightMissing)]
    return ApiForbidden(", ".join(dict.fromkeys([first.sentence, *more])), first.next_step)


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
    describe = session.kubectl("describe", "namespace", target.namespace)
    again = "see what is in its way: " + describe
    if "being terminated" in message:
        gone = ("wait", "--for=delete", f"namespace/{target.namespace}", "--timeout=5m")
        again = "wait until it is gone: " + session.kubectl(*gone)
    return ApiForbidden(
        f"the API server does not let you {target.verb} {target.noun}: {message}",
        again if target.namespace else _AGAIN,
    )


def _kind_not_served(target: Target, session: Session) -> KindNotServed:
    return KindNotServed(
        f"{session.server_named} does not know {target.resource}{session.in_context}",
        "see what it serves: " + session.kubectl("api-resources"),
    )


def _not_found(details: Reader, message: str, target: Target, session: Session) -> ApiNotFound:
    kind, name = details.text("kind"), details.text("name")
    if not target.plural:
        return ApiNotFound(f"{session.server_named} has no {target.path}: {message}")
    if not name:
        return _kind_not_served(target, session)
    if kind == "namespaces" and target.plural != "namespaces":
        # Not begun with kubectl: the namespace that was typed is none of this command's flags.
        create = "create it: " + session.kubectl("create", "namespace", name)
        return ApiNotFound(f"there is no namespace {name}", create)
    return ApiNotFound(
        f"there is no {target.noun}" if name == target.name else message,
        "see which there are: " + session.kubectl("get", target.plural, *target.scope),
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
            "see who set what: " + session.kubectl(*words, "--show-managed-fields"),
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
