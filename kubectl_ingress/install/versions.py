"""The releases of ingress-nginx that can be installed, by version number.

Digests are those of the project's own manifests; they are the same for all
providers. The images outlive the project, which was archived in March 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

REGISTRY = "registry.k8s.io"


@dataclass(frozen=True)
class Image:
    """An image without its registry, pinned by tag and digest."""

    path: str
    tag: str
    digest: str

    def reference(self, registry: str = REGISTRY) -> str:
        """As a pod names it: ``registry/path:tag@digest``."""
        return f"{registry}/{self.path}:{self.tag}@{self.digest}"


@dataclass(frozen=True)
class Version:
    """One release. `oldest` and `newest` are the Kubernetes minors it was tested with."""

    number: str
    controller: Image
    certgen: Image
    oldest: tuple[int, int]
    newest: tuple[int, int]


_CERTGEN_1_6_9 = Image(
    "ingress-nginx/kube-webhook-certgen",
    "v1.6.9",
    "sha256:01038e7de14b78d702d2849c3aad72fd25903c4765af63cf16aa3398f5d5f2dd",
)

VERSIONS: Mapping[str, Version] = MappingProxyType(
    {
        "1.15.1": Version(
            "1.15.1",
            Image(
                "ingress-nginx/controller",
                "v1.15.1",
                "sha256:594ceea76b01c592858f803f9ff4d2cb40542cae2060410b2c95f75907d659e1",
            ),
            _CERTGEN_1_6_9,
            oldest=(1, 31),
            newest=(1, 35),
        ),
    }
)

LATEST = VERSIONS["1.15.1"]
