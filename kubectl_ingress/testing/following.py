"""Following redirects from one request to the next, as long as they lead to the same controller."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.redirects import (
    Follow,
    Redirect,
    keeps_body,
    location_of,
    next_request,
)
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.result import RouteResult
from kubectl_ingress.core.verdict import Verdict

Send = Callable[[Request, bool], RouteResult]
"""Sends a request, with the body or without it."""


def follow_redirects(
    first: Request, send: Send, is_served: Callable[[Request], bool], follow: Follow
) -> RouteResult:
    """The result of the last request, with the redirects that led there.

    A host that `is_served` does not know is not asked: it is somebody else's.
    """
    request, with_body = first, True
    chain: list[Redirect] = []
    asked = {(first.method, first.url)}
    while True:
        result = replace(send(request, with_body), redirects=tuple(chain))
        answer, location = result.last, location_of(result.last)
        if not isinstance(answer, Answer) or not location or not result.verdict.passed:
            return result
        following = next_request(request, answer, follow)
        if following is None:
            return _ended(result, f"the redirect to {location!r} names no place for HTTP")
        if following.host != request.host and not is_served(following):
            sentence = (
                f"the redirect leads to {following.url}, whose host no route has here: not followed"
            )
            return replace(result, verdict=Verdict("warning", sentence, "KI632"))
        if (following.method, following.url) in asked:
            return _ended(result, f"the redirects lead back to {following.url}")
        if len(chain) == follow.limit:
            return _ended(result, f"there are more than {follow.limit} redirects")
        seconds = answer.timings.total
        chain.append(
            Redirect(request.method, request.url, answer.status, location, seconds, result.curl)
        )
        asked.add((following.method, following.url))
        with_body = with_body and keeps_body(answer)
        request = following


def _ended(result: RouteResult, sentence: str) -> RouteResult:
    fix = command("ingress", "trace", result.request.url)
    return replace(result, verdict=Verdict("error", sentence, "KI633", fix))
