"""Every signature is met by an answer as its writer sends it, and by no other writer's."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.answer import Answer, Certificate, Failure, Timings, Unreachable
from kubectl_ingress.core.fingerprints import (
    PLAIN_TO_TLS,
    SIGNATURES,
    Part,
    is_loop,
    stranger,
    written_by,
)


def answer(status: int, body: str = "", certificate: str = "", **headers: str) -> Answer:
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    shown = Certificate(certificate, "", (), "2027-01-01T00:00:00Z") if certificate else None
    return Answer(status, given, body.encode(), Timings(0.01), "203.0.113.1", shown)


def nginx(title: str, server: str = "nginx") -> str:
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1>"
        f"</center>\r\n<hr><center>{server}</center>\r\n</body>\r\n</html>\r\n"
    )


GOOGLE = (
    "The server encountered a temporary error and could not complete your request.<p>Please try"
)
HAPROXY_404 = (
    "<html><body><h1>404 Not Found</h1>\nThe requested URL was not found.\n</body></html>\n"
)
ENVOY = "upstream connect error or disconnect/reset before headers. reset reason: overflow"
HAPROXY_503 = (
    "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n"
)
CASES = {
    "ingress-nginx 404": (answer(404, nginx("404 Not Found")), "ingress-nginx"),
    "ingress-nginx 503": (
        answer(503, nginx("503 Service Temporarily Unavailable")),
        "ingress-nginx",
    ),
    "ingress-nginx 502": (answer(502, nginx("502 Bad Gateway")), "ingress-nginx"),
    "ingress-nginx 504": (answer(504, nginx("504 Gateway Time-out")), "ingress-nginx"),
    "ingress-nginx 413": (answer(413, nginx("413 Request Entity Too Large")), "ingress-nginx"),
    "ingress-nginx 308": (answer(308, nginx("308 Permanent Redirect")), "ingress-nginx"),
    "another nginx": (
        answer(404, nginx("404 Not Found", "nginx/1.29.4"), server="nginx/1.29.4"),
        "an nginx (F5's controller, or an application's own)",
    ),
    "old default backend": (
        answer(404, "default backend - 404"),
        "an old default backend (defaultbackend, or GKE's)",
    ),
    "GKE": (
        answer(
            404, "response 404 (backend NotFound), service rules for the path", via="1.1 google"
        ),
        "GKE Ingress",
    ),
    "Google 502": (answer(502, GOOGLE), "Google's load balancer"),
    "Google, passed": (answer(200, "hello", via="1.1 google"), "Google's load balancer"),
    "Kong 404": (
        answer(404, '{"message":"no Route matched with those values"}', server="kong/3.9.1"),
        "Kong",
    ),
    "Kong 503": (
        answer(503, '{"message":"failure to get a peer from the ring-balancer"}'),
        "Kong",
    ),
    "Kong, passed": (answer(200, "hello", x_kong_upstream_latency="3"), "Kong"),
    "Traefik 404": (answer(404, "404 page not found\n"), "Traefik"),
    "Traefik 503": (answer(503, "no available server\n"), "Traefik"),
    "Traefik's certificate": (answer(200, "hello", "TRAEFIK DEFAULT CERT"), "Traefik"),
    "haproxy-ingress 404": (answer(404, HAPROXY_404), "HAProxy Ingress"),
    "HAProxy 404": (answer(404, "The resource could not be found."), "HAProxy"),
    "HAProxy 503": (answer(503, HAPROXY_503), "HAProxy"),
    "ALB 503": (answer(503, "Backend service does not exist", server="awselb/2.0"), "AWS ALB"),
    "ALB 404": (answer(404, "", server="awselb/2.0"), "AWS ALB"),
    "Envoy 404": (answer(404, "", server="envoy"), "Envoy"),
    "Envoy 503": (answer(503, "no healthy upstream", server="envoy"), "Envoy"),
    "Envoy reset": (answer(503, ENVOY, server="envoy"), "Envoy"),
    "Envoy, passed": (answer(500, "oops", x_envoy_upstream_service_time="4"), "Envoy"),
    "Application Gateway": (
        answer(502, "<h1>502 Bad Gateway</h1>", server="Microsoft-Azure-Application-Gateway/v2"),
        "Azure Application Gateway",
    ),
    "CloudFront, passed": (
        answer(200, "hi", via="1.1 x.cloudfront.net (CloudFront)"),
        "CloudFront",
    ),
    "CloudFront's id": (answer(404, "mine", x_amz_cf_id="abc="), "CloudFront"),
    "CloudFront 502": (answer(502, "ERROR", server="CloudFront", x_amz_cf_id="a"), "CloudFront"),
    "Cloudflare 521": (answer(521, "Web server is down", server="cloudflare"), "Cloudflare"),
    "Cloudflare, passed": (answer(200, "hello", server="cloudflare"), "Cloudflare"),
}


@pytest.mark.parametrize("name", CASES)
def test_who_answered(name: str) -> None:
    given, who = CASES[name]
    found = written_by(given)
    assert found is not None
    assert found.who == who


def test_every_signature_is_met_by_a_case() -> None:
    met = {written_by(given) for given, _ in CASES.values()}
    assert set(SIGNATURES) <= met


@pytest.mark.parametrize(
    "given",
    [
        answer(200, "hello"),
        answer(
            404, "<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not"
        ),
        answer(404, "404 page not found\n", server="Caddy"),
        answer(500, "the peer could not be found"),
    ],
)
def test_what_an_application_says_is_nobodys(given: Answer) -> None:
    assert written_by(given) is None


@pytest.mark.parametrize(
    ("name", "controller", "forwarded", "who"),
    [
        ("ALB 503", "ingress-nginx", True, "AWS ALB"),
        ("ALB 503", "alb", True, ""),
        ("Kong 404", "traefik", False, "Kong"),
        # The application may be an nginx, or written in Go.
        ("ingress-nginx 404", "kong", True, ""),
        ("ingress-nginx 404", "kong", False, "ingress-nginx"),
        ("Traefik 404", "ingress-nginx", True, ""),
        # Who passes it on has not answered itself.
        ("Cloudflare, passed", "ingress-nginx", False, ""),
        ("Envoy, passed", "ingress-nginx", False, ""),
        ("ALB 503", "", False, ""),
    ],
)
def test_strangers(name: str, controller: str, forwarded: bool, who: str) -> None:
    assert stranger(CASES[name][0], controller, forwarded) == who


def test_parts_are_told_apart() -> None:
    kept = {name: found.part for name, (one, _) in CASES.items() if (found := written_by(one))}
    assert kept["Kong, passed"] is Part.FETCHED
    assert kept["CloudFront, passed"] is Part.PASSED
    assert kept["CloudFront 502"] is Part.WROTE


@pytest.mark.parametrize(
    ("location", "loops"),
    [
        ("https://a.example/x", True),
        ("https://A.example/x#top", True),
        ("https://a.example/y", False),
        # A server has both pages, or sends the one to the other.
        ("https://a.example/x/", False),
        ("https://a.example/x?", True),
        ("https://a.example/x?y", False),
        ("http://a.example/x", False),
        ("https://[", False),
        ("/x", False),
    ],
)
def test_loops(location: str, loops: bool) -> None:
    assert is_loop(answer(308, location=location), "https://a.example/x") is loops
    assert not is_loop(answer(200, location=location), "https://a.example/x")
    assert is_loop(answer(308, location="https://a.example"), "https://a.example/")
    none = Unreachable(Failure.TIMEOUT, "", "connect", Timings(1.0))
    assert not is_loop(none, "https://a.example/x")


def test_the_page_of_plain_http_on_a_tls_port() -> None:
    assert PLAIN_TO_TLS in nginx(f"400 {PLAIN_TO_TLS}")
