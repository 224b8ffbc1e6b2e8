"""The curl command of a probe; tests/ports/test_probe_curl.py runs such commands."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.answer import Http, Plan, Wire
from kubectl_ingress.core.curl import curl_command
from kubectl_ingress.core.request import Request

FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("plan", "command"),
    [
        (Plan(Request("lb", "/x"), "lb", 80), "--max-time 30 http://lb/x"),
        (
            Plan(Request("a.example", "/x y", "https"), "lb", 443, verify=False, max_time=2.5),
            "--connect-to a.example:443:lb:443 --http1.1 -k --max-time 2.5 'https://a.example/x y'",
        ),
        (
            Plan(
                Request("lb", method="PUT", headers=(("A", "1"), ("B", ""), FORM)), "lb", 80, b"x"
            ),
            "-X PUT -H 'A: 1' -H 'B;' --data-raw VALUE --max-time 30 http://lb/",
        ),
        (
            Plan(Request("lb", method="POST"), "lb", 80, b""),
            "-H Content-Type: --data-raw '' --max-time 30 http://lb/",
        ),
        (
            Plan(
                Request(
                    "lb",
                    headers=(
                        ("Authorization", "Bearer eyJh"),
                        ("X-Api-Key", "s3cret"),
                        ("Cookie", "canary=always; sid=1"),
                        ("X-Version", "v2"),
                        ("Accept", "text/html"),
                    ),
                ),
                "lb",
                80,
            ),
            "-H 'Authorization: Bearer VALUE' -H 'X-Api-Key: VALUE'"
            " -H 'Cookie: canary=always; sid=VALUE' -H 'X-Version: v2' -H 'Accept: text/html'"
            " --max-time 30 http://lb/",
        ),
        (
            Plan(Request("a.example", "/", port=8080), "fd00::1", 80),
            "--connect-to 'a.example:8080:[fd00::1]:80' --max-time 30 http://a.example:8080/",
        ),
        (
            Plan(Request("lb", headers=(("Authorization", "Basic dTpw"),), user="u x"), "lb", 80),
            "-u 'u x:VALUE' --max-time 30 http://lb/",
        ),
        (Plan(Request("lb", method="HEAD"), "lb", 80), "-I --max-time 30 http://lb/"),
        (
            Plan(
                Request("lb", scheme="https"),
                "lb",
                443,
                wire=Wire(Http.TWO, 6, 1.5, "ca.pem", "c.pem", "c.key", True),
            ),
            "-6 --http2 --cacert ca.pem --cert c.pem --key c.key --connect-timeout 1.5"
            " --max-time 30 https://lb/",
        ),
        (
            Plan(Request("lb"), "lb", 80, wire=Wire(Http.TWO_AT_ONCE, cacert="ca.pem")),
            "--http2-prior-knowledge --max-time 30 http://lb/",
        ),
        (
            Plan(Request("lb", "/a/../b?x={}[1-3]"), "lb", 80),
            "--max-time 30 --path-as-is -g 'http://lb/a/../b?x={}[1-3]'",
        ),
        (
            Plan(Request("lb", "http://other/x"), "lb", 80),
            "--max-time 30 --request-target http://other/x http://lb/",
        ),
    ],
)
def test_curl(plan: Plan, command: str) -> None:
    assert curl_command(plan) == f"curl -sS -i {command}"
