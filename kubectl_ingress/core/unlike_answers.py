"""Two answers to one request, from two controllers: what differs, of what matters to a client."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from kubectl_ingress.core.answer import Answer, Unreachable
from kubectl_ingress.core.echo import upstream_target
from kubectl_ingress.core.fingerprints import Part, written_by
from kubectl_ingress.core.route_judging import Difference
from kubectl_ingress.core.who_answered import Pods

HEADERS = (
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
    "Allow",
    "Cache-Control",
    "Content-Encoding",
    "Content-Security-Policy",
    "Content-Type",
    "Refresh",
    "Retry-After",
    "Strict-Transport-Security",
    "WWW-Authenticate",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-Robots-Tag",
)
"""The headers that are compared; of Set-Cookie only the names, which are compared too."""

BY_BACKEND = ("backend", "upstreamPath", "body")
"""What depends on which of several backends answers."""

Facets = Mapping[str, str]


def facets(answer: Answer | Unreachable, pods: Pods) -> Facets:
    """What is compared of an answer, by the name it has in a difference; what is not there is not.

    Pods of one Service count as one, and so do their names in a body. Each controller has
    pages of its own for redirects and errors, which are no difference between them.
    """
    if isinstance(answer, Unreachable):
        return {"answer": str(answer.why)}
    found = {"status": str(answer.status)}
    location = answer.header("location")
    if location is not None:
        found["location"] = location
    pod = pods.who(answer, ())
    if pod:
        found["backend"] = ", ".join("/".join(key) for key in sorted(pods.services(pod)))
    target = upstream_target(answer)
    if target is not None:
        found["upstreamPath"] = target
    own_page = not pod and _is_own_page(answer)
    for name in HEADERS:
        if own_page and name == "Content-Type":
            continue
        values = [value for key, value in answer.headers if key.lower() == name.lower()]
        if values:
            found[f"headers.{name}"] = ", ".join(values)
    cookies = [value for key, value in answer.headers if key.lower() == "set-cookie"]
    if cookies:
        found["headers.Set-Cookie"] = ", ".join(sorted(c.partition("=")[0] for c in cookies))
    if target is None and answer.body and not own_page:
        # An echo holds each request's own marks; where it came from and went to is above.
        body = answer.body.replace(pod.encode(), b"POD") if pod else answer.body
        found["body"] = f"{hashlib.sha256(body).hexdigest()[:12]} ({len(answer.body)} bytes)"
    return found


def _is_own_page(answer: Answer) -> bool:
    """Whether nobody reads the body for its own sake: of a redirect, or of a controller's error."""
    if answer.status < 400:
        return answer.status >= 300 and answer.header("location") is not None
    found = written_by(answer)
    return found is not None and found.part is Part.WROTE


def unsteady(one: Facets, other: Facets) -> tuple[str, ...]:
    """What differs between two answers of the same side, so that it tells nothing."""
    return tuple(name for name in _names(one, other) if one.get(name) != other.get(name))


def differences(old: Facets, new: Facets, apart: Collection[str]) -> tuple[Difference, ...]:
    """What differs, `apart` from what tells nothing; of no answer, only that there is none."""
    if "answer" in old or "answer" in new:
        return (Difference("answer", old.get("answer", "came"), new.get("answer", "came")),)
    # An echo's body is not among what is compared.
    skipped = {*apart, "body"} if "upstreamPath" in {*old, *new} else apart
    return tuple(
        Difference(name, old.get(name), new.get(name))
        for name in _names(old, new)
        if name not in skipped and old.get(name) != new.get(name)
    )


def _names(one: Facets, other: Facets) -> list[str]:
    return [*one, *(name for name in other if name not in one)]
