"""A limit is answered with 503, like a fault.

What it does
Finds limit-rps, limit-rpm and limit-connections of ingress-nginx while the ConfigMap leaves
limit-req-status-code and limit-conn-status-code at 503. Told with `--level info`.

Why it is bad
Clients and monitors take 503 for a backend that is down, and try again at once; 429 says that
they have asked too often.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/limit-rps: "5"

Use instead

    kind: ConfigMap
    data:
      limit-req-status-code: "429"
      limit-conn-status-code: "429"
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.core.objects import ConfigMap, Finding, Snapshot
from kubectl_ingress.lint.remedies import in_config_map
from kubectl_ingress.lint.subject import ROUTES, Compiled, Subject, finding_on

CODE = "KI409"
NAME = "limit-status"
LEVEL = "info"
READS = ("ConfigMap", ROUTES)

_PREFIX = "nginx.ingress.kubernetes.io/"
_LIMITS = {
    "limit-rps": "limit-req-status-code",
    "limit-rpm": "limit-req-status-code",
    "limit-connections": "limit-conn-status-code",
}


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses of ingress-nginx."""
    for compiled, ingress in subject.routes.taken_by("ingress-nginx"):
        for name, key in _LIMITS.items():
            annotation = f"{_PREFIX}{name}"
            if ingress.meta.annotations.get(annotation, "0") == "0":
                continue
            config = _config_map(compiled, subject.snapshot)
            if config is not None and config.data.get(key, "503") != "503":
                continue
            message = f"{name}: who asks too often gets 503, as if the backend were down"
            fix = f'data: {key}: "429" in the ConfigMap of ingress-nginx'
            if config is not None:
                fix = in_config_map(config.meta, key, "429")
            place = ("metadata", "annotations", annotation)
            yield finding_on(ingress, CODE, LEVEL, message, place, fix)


def _config_map(compiled: Compiled, snapshot: Snapshot) -> ConfigMap | None:
    settings = compiled.settings
    source = settings.config.source if isinstance(settings, Settings) else ""
    namespace, _, name = source.removeprefix("ConfigMap ").partition("/")
    return snapshot.config_map_by_key.get((namespace, name))
