"""What echoing applications say they were asked for."""

from __future__ import annotations

import json

import pytest

from kubectl_ingress.core.echo import upstream_target
from tests.running import answer

WHOAMI = "Hostname: whoami-1\nIP: 10.0.0.1\nGET /api/x?a=1 HTTP/1.1\nHost: a.example\n"
ECHOSERVER = "Request Information:\n\tmethod=GET\n\treal path=/api/x?a=1\n\tquery=a=1\n"


@pytest.mark.parametrize(
    ("body", "target"),
    [
        (WHOAMI, "/api/x?a=1"),
        (ECHOSERVER, "/api/x?a=1"),
        (json.dumps({"path": "/x?a=1", "pod": "p"}), "/x?a=1"),
        (json.dumps({"http": {"originalUrl": "/x?a=1"}, "path": 1}), "/x?a=1"),
        (json.dumps({"path": "/x", "query": {}}), "/x"),
        # Such an echo has cut the query off.
        (json.dumps({"path": "/x", "query": {"a": "1"}}), None),
        (json.dumps({"path": "x"}), None),
        (json.dumps(["/x"]), None),
        ("{" * 100_000, None),
        ("hello", None),
        ("", None),
    ],
)
def test_upstream_target(body: str, target: str | None) -> None:
    assert upstream_target(answer(200, body)) == target
