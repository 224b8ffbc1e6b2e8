"""The releases of ingress-nginx that can be installed, by version number.

Digests are those of the project's own manifests; they are the same for all
providers. The images outlive the project, which was archived in March 2026.
What is known to be wrong with them is in vulnerabilities.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

REGISTRY = "registry.k8s.io"


class Image(Struct, frozen=True):
    """An image without its registry, pinned by tag and digest."""

    path: str
    tag: str
    digest: str

    def reference(self, registry: str = REGISTRY) -> str:
        """As a pod names it: ``registry/path:tag@digest``."""
        return f"{registry}/{self.path}:{self.tag}@{self.digest}"


class Version(Struct, frozen=True):
    """One release. `oldest` and `newest` are the Kubernetes minors it was tested with."""

    number: str
    controller: Image
    certgen: Image
    oldest: tuple[int, int]
    newest: tuple[int, int]


_CERTGEN = Image(
    "ingress-nginx/kube-webhook-certgen",
    "v1.6.9",
    "sha256:01038e7de14b78d702d2849c3aad72fd25903c4765af63cf16aa3398f5d5f2dd",
)


def _version(number: str, digest: str, oldest: tuple[int, int], newest: tuple[int, int]) -> Version:
    image = Image("ingress-nginx/controller", f"v{number}", f"sha256:{digest}")
    return Version(number, image, _CERTGEN, oldest, newest)


_ALL = (
    _version(
        "1.15.1",
        "594ceea76b01c592858f803f9ff4d2cb40542cae2060410b2c95f75907d659e1",
        oldest=(1, 31),
        newest=(1, 35),
    ),
    _version(
        "1.14.5",
        "af3312d040dbe8d503001a1094b248e8be372f70f317a4bc35f81fb312bff3a8",
        oldest=(1, 30),
        newest=(1, 34),
    ),
    _version(
        "1.13.9",
        "d803625b20d471400fdae9dce0fdd076c0361f8f7e1ecee0dcd2f84fa0d196f8",
        oldest=(1, 29),
        newest=(1, 33),
    ),
)

VERSIONS: Mapping[str, Version] = MappingProxyType({each.number: each for each in _ALL})
"""By number, the last release first."""

LATEST = _ALL[0]
