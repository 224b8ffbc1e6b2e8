"""Where a redirect leads, and what is sent there: as curl -L does it, measured with curl 7.88."""

from __future__ import annotations

from urllib.parse import urljoin

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Unreachable
from kubectl_ingress.core.hosts import normalise_host
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.target import parse_target
from kubectl_ingress.errors import UsageError

_SEE_OTHER = 303
_BODILESS = (301, 302, _SEE_OTHER)
# These two are all that curl keeps back, whatever else may be secret.
_NOT_FOR_OTHERS = ("authorization", "cookie")


class Follow(Struct, frozen=True):
    """Whether `limit` redirects are followed, and with what.

    A typed method (-X) stays, typed cookies (-b, and not -H) go to other hosts too.
    """

    limit: int
    keeps_method: bool = False
    keeps_cookies: bool = False


class Redirect(Struct, frozen=True):
    """One that was followed: what was asked for, what came, and after how many seconds.

    `curl` is the command that asks for the same, "" where there is none.
    """

    method: str
    url: str
    status: int
    location: str
    total: float
    curl: str = ""


def location_of(result: Answer | Unreachable | None) -> str:
    """What a redirect names, "" where the result is none."""
    if not isinstance(result, Answer) or not 300 <= result.status < 400:
        return ""
    return result.header("location") or ""


def next_request(request: Request, answer: Answer, follow: Follow) -> Request | None:
    """What is sent after this answer; None where it names no place for HTTP.

    The body goes with it if the method is the same and the status is neither 301,
    302 nor 303; see `keeps_body`.
    """
    raw = location_of(answer).encode("latin-1", "replace")
    location = "".join(chr(b) if 0x21 <= b < 0x7F else f"%{b:02X}" for b in raw)
    method = request.method
    # Of 301 and 302 curl makes a GET of a POST alone.
    changes = answer.status in _BODILESS if method == "POST" else answer.status == _SEE_OTHER
    if changes and method != "HEAD" and not follow.keeps_method:
        method = "GET"
    try:
        found = parse_target(urljoin(request.url, location), "", method)
    except (UsageError, ValueError):
        return None
    dropped: tuple[str, ...] = ()
    if _origin(found) != _origin(request):
        dropped = _NOT_FOR_OTHERS[:1] if follow.keeps_cookies else _NOT_FOR_OTHERS
    kept = tuple(pair for pair in request.headers if pair[0].lower() not in dropped)
    return replace(found, headers=kept, client=request.client, user=request.user)


def _origin(request: Request) -> tuple[str, str, int | None]:
    return request.scheme, normalise_host(request.host), request.port


def keeps_body(answer: Answer) -> bool:
    """Whether a redirect asks for the body again."""
    return answer.status not in _BODILESS
