"""What an application that echoes requests says it was asked for."""

from __future__ import annotations

import json
import re

from kubectl_ingress.core.answer import Answer

# A request line as it arrived: traefik/whoami. And kubernetes' echoserver.
_LINE = re.compile(r"^[A-Z]+ (/\S*) HTTP/\d", re.MULTILINE)
_REAL_PATH = re.compile(r"^\s*real path=(/\S*)", re.MULTILINE)
# As ealen/echo-server and gateway-api's echo-basic have it.
_FIELDS = (("http", "originalUrl"), ("originalUrl",), ("path",))


def upstream_target(answer: Answer) -> str | None:
    """The request target that the pod says it saw, None where the body tells none."""
    text = answer.text
    if not text.lstrip().startswith("{"):
        found = _LINE.search(text) or _REAL_PATH.search(text)
        return found[1] if found else None
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for path in _FIELDS:
        if target := _target(data, path):
            return target
    return None


def _target(data: object, path: tuple[str, ...]) -> str:
    if path == ("path",) and isinstance(data, dict) and data.get("query"):
        # Such a path has lost its query.
        return ""
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, str) and data.startswith("/") else ""
