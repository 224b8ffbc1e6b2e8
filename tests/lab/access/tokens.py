"""TokenRequests and Authorization headers; the real answers are in data/access/tokens.json."""

from __future__ import annotations

import json
import re
from typing import Any

Json = dict[str, Any]


def _request(spec: Json, **metadata: str) -> Json:
    body: Json = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    return body | ({"metadata": metadata} if metadata else {})


# Name -> the ServiceAccount asked about (robot exists), and the body.
REQUESTS: dict[str, tuple[str, Json]] = {
    "plain": ("robot", _request({})),
    "no spec": ("robot", {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}),
    "audience": ("robot", _request({"audiences": ["https://kubernetes.default.svc"]})),
    "long": ("robot", _request({"expirationSeconds": 7200})),
    "named": ("robot", _request({}, name="robot", namespace="a")),
    "short": ("robot", _request({"expirationSeconds": 599})),
    "too long": ("robot", _request({"expirationSeconds": 2**32 + 1})),
    "misnamed": ("robot", _request({}, name="other")),
    "misplaced": ("robot", _request({}, namespace="b")),
    "of nobody": ("nobody", _request({})),
    "bound to a thing": (
        "robot",
        _request({"boundObjectRef": {"kind": "ConfigMap", "apiVersion": "v1", "name": "x"}}),
    ),
    "bound to no pod": (
        "robot",
        _request({"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "x"}}),
    ),
}

HEADERS: dict[str, str] = {
    "none": "",
    "wrong": "Bearer wrong",
    "wrong, lower case": "bearer wrong",
    "basic": "Basic YTpi",
    "empty": "Bearer ",
    "one word": "wrong",
}

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SERIAL = re.compile(r"JTI=[0-9a-f-]+")


def neutral(answer: Json, uid: str) -> Json:
    """An answer without what differs from run to run."""
    status = answer.get("status")
    if isinstance(status, dict) and "token" in status:
        answer = answer | {"status": status | {"token": "TOKEN"}}
    text = json.dumps(answer).replace(uid, "UID")
    return json.loads(_SERIAL.sub("JTI=SERIAL", _TIME.sub("TIME", text)))
