"""Who wrote an answer: the pages and headers by which controllers, clouds and CDNs are known.

Pages and headers are those of the projects' own sources and of answers that were
seen (autumn 2026). An application may write any of these too: what it does seldom.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct

from kubectl_ingress.core.answer import Answer, Unreachable

PLAIN_TO_TLS = "The plain HTTP request was sent to HTTPS port"
"""In nginx's own 400."""


class Part(StrEnum):
    """What its writer had to do with the answer."""

    WROTE = "wrote it"
    """Nobody behind it was asked, or none of them answered."""
    PASSED = "passed it on"
    FETCHED = "passed on what the application answered"


class Signature(Struct, frozen=True):
    """One sign of one writer; all of what is set must hold.

    `who` is for people, `controllers` are the names of those it may be. `body`
    is text in the body, `empty` that there is none. `header` is a header with
    text that is in it ("" for any), `without` one that is not there.
    `certificate` is the common name of what was presented. `sure` is whether
    applications do not often write the same.
    """

    who: str
    controllers: tuple[str, ...] = ()
    part: Part = Part.WROTE
    statuses: tuple[int, ...] = ()
    body: str = ""
    empty: bool = False
    header: tuple[str, str] = ("", "")
    without: str = ""
    certificate: str = ""
    sure: bool = True

    def fits(self, answer: Answer) -> bool:
        """Whether an answer has it."""
        name, text = self.header
        value = answer.header(name) if name else ""
        shown = answer.certificate.subject if answer.certificate else ""
        return (
            (not self.statuses or answer.status in self.statuses)
            and self.body in answer.text
            and not (self.empty and answer.body.strip())
            and value is not None
            and text.lower() in value.lower()
            and not (self.without and answer.header(self.without) is not None)
            and (not self.certificate or self.certificate == shown)
        )


_NGINX = ("ingress-nginx",)
_TRAEFIK = ("traefik", "traefik-nginx", "gateway-api-traefik")
_HAPROXY = ("haproxy-ingress", "haproxytech")
_ENVOY = ("contour", "istio", "envoy-gateway", "cilium", "gateway-api", "gke")
_ALB = ("alb",)
_GKE = ("gke",)
_KONG = ("kong",)
_FAILED = (502, 503, 504)

# The most particular first: of those that fit, the first is taken.
SIGNATURES: tuple[Signature, ...] = (
    Signature("Kong", _KONG, statuses=(404,), body="no Route matched with those values"),
    Signature("Kong", _KONG, statuses=(503,), body="failure to get a peer from the ring-balancer"),
    Signature("Kong", _KONG, Part.FETCHED, header=("x-kong-upstream-latency", "")),
    Signature("GKE Ingress", _GKE, body="response 404 (backend NotFound)"),
    Signature(
        "Google's load balancer",
        _GKE,
        body="The server encountered a temporary error and could not complete your request",
    ),
    Signature(
        "an old default backend (defaultbackend, or GKE's)",
        ("ingress-nginx", "gke"),
        statuses=(404,),
        body="default backend - 404",
    ),
    Signature("AWS ALB", _ALB, statuses=(503,), body="Backend service does not exist"),
    Signature("AWS ALB", _ALB, header=("server", "awselb/")),
    Signature(
        "Azure Application Gateway", ("agic",), header=("server", "Microsoft-Azure-Application-Gat")
    ),
    Signature("Envoy", _ENVOY, statuses=(503,), body="no healthy upstream"),
    Signature("Envoy", _ENVOY, body="upstream connect error or disconnect/reset before headers"),
    Signature("Envoy", _ENVOY, Part.FETCHED, header=("x-envoy-upstream-service-time", "")),
    Signature("Envoy", _ENVOY, statuses=(404,), empty=True, header=("server", "envoy")),
    Signature("Cloudflare", statuses=(520, 521, 522, 523, 525, 526, 530)),
    Signature("CloudFront", statuses=(403, *_FAILED), header=("server", "CloudFront")),
    Signature("HAProxy", _HAPROXY, statuses=(404,), body="The resource could not be found."),
    Signature(
        "HAProxy",
        _HAPROXY,
        statuses=(503,),
        body="No server is available to handle this request.",
    ),
    Signature(
        "HAProxy Ingress",
        ("haproxy-ingress",),
        statuses=(404,),
        body="<h1>404 Not Found</h1>\nThe requested URL was not found.",
    ),
    # Programs in Go say the same as Traefik: its 404 has nothing else to be known by.
    Signature("Traefik", _TRAEFIK, statuses=(503,), body="no available server"),
    Signature(
        "Traefik",
        _TRAEFIK,
        statuses=(404,),
        body="404 page not found",
        without="server",
        sure=False,
    ),
    Signature("Traefik", _TRAEFIK, Part.PASSED, certificate="TRAEFIK DEFAULT CERT"),
    Signature(
        "an nginx (F5's controller, or an application's own)",
        ("f5-nginx",),
        statuses=(308, 400, 403, 404, 413, 414, 499, 500, *_FAILED),
        body="<center>nginx/",
        header=("server", "nginx/"),
        sure=False,
    ),
    # Without a version, and where the controller hides it without the header.
    Signature("ingress-nginx", _NGINX, body="<center>nginx</center>", sure=False),
    Signature("CloudFront", part=Part.PASSED, header=("x-amz-cf-id", "")),
    Signature("CloudFront", part=Part.PASSED, header=("via", "(CloudFront)")),
    Signature("Cloudflare", part=Part.PASSED, header=("server", "cloudflare")),
    Signature("Google's load balancer", _GKE, Part.PASSED, header=("via", "1.1 google")),
)


def written_by(answer: Answer) -> Signature | None:
    """Who wrote an answer or passed it on: the first signature that fits, None where none does."""
    return next((one for one in SIGNATURES if one.fits(answer)), None)


def stranger(answer: Answer, controller: str, forwarded: bool) -> str:
    """Who wrote an answer of which a controller was asked, "" where it, or the application, did.

    `controller` is the name of its profile, "" where that is not known;
    `forwarded` is whether an application should have answered, which may be the
    one that writes so.
    """
    found = written_by(answer)
    if found is None or found.part is not Part.WROTE or not controller:
        return ""
    own = controller in found.controllers or (forwarded and not found.sure)
    return "" if own else found.who


def is_own(answer: Answer, controller: str) -> bool:
    """Whether a controller, the name of its profile or "", is known to have written an answer."""
    found = written_by(answer)
    return found is not None and found.part is Part.WROTE and controller in found.controllers


def is_loop(answer: Answer | Unreachable, url: str) -> bool:
    """Whether an answer redirects to the very URL that was asked for: a slash makes another one."""
    if not isinstance(answer, Answer) or not 300 < answer.status < 400:
        return False
    return _page(answer.header("location") or "") == _page(url)


def _page(url: str) -> tuple[str, str, str, str]:
    """What makes two URLs the same: a host has no case, and no path is /."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url, "", "", "")
    return (parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", parts.query)
